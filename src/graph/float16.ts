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
