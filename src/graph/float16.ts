/**
 * The value of an IEEE 754 half-precision number: `(-1)^s 2^(e-15) (1 + m / 1024)`.
 *
 * @param bits 16 bits: sign, 5 bits of exponent, 10 bits of mantissa.
 */
export function float16ToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1024 + mantissa) * 2 ** (exponent - 25);
}

/** Half-precision numbers, little-endian two bytes each, as single precision. */
export function float16ToFloat32(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return new Float32Array(bytes.byteLength >> 1).map((_, i) =>
    float16ToNumber(view.getUint16(2 * i, true)),
  );
}

/** Largest finite half-precision number. */
export const FLOAT16_MAX = 65504;

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

/** The bits of the nearest half-precision number, ties to even; beyond `FLOAT16_MAX` an infinity. */
export function numberToFloat16(value: number): number {
  single[0] = value;
  const bits = singleBits[0] as number;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = Math.abs(single[0]);
  if (Number.isNaN(magnitude)) return sign | 0x7e00;
  if (magnitude >= 65520) return sign | 0x7c00;
  // A number below 2^-14 is a multiple of 2^-24; any other keeps 11 significant bits.
  const exponent = Math.max((bits >>> 23) & 0xff, 113) - 127;
  const units = magnitude * 2 ** (10 - exponent);
  const below = Math.floor(units);
  const rest = units - below;
  const rounded = rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
  // The hidden bit of a number adds to its exponent, and so does a mantissa that rounding filled up.
  return sign | (((exponent + 14) << 10) + rounded);
}

/** Single-precision numbers as half-precision ones, little-endian two bytes each. */
export function float32ToFloat16(values: Float32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * values.length));
  for (const [i, value] of values.entries()) view.setUint16(2 * i, numberToFloat16(value), true);
  return new Uint8Array(view.buffer);
}
