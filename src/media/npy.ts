/**
 * @file Arrays as NumPy's .npy: a magic number, a header that is a Python literal, then the elements row by row.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */

import { ShapeError } from "../base/errors.ts";
import { formatShape, type Shape, sizeOf } from "../base/shape.ts";
import type { DType, HostTensor } from "../base/tensor.ts";

/** NumPy's name of each element type; all little-endian. */
const DESCRIPTIONS: Readonly<Record<DType, string>> = {
  float32: "<f4",
  float64: "<f8",
  int32: "<i4",
  int64: "<i8",
  uint8: "|u1",
  bool: "|b1",
};

/** Version 1.0: what every NumPy reads. */
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0];

/** NumPy lets the elements begin at a multiple of this, so that files can be mapped into memory [bytes]. */
const ALIGNMENT = 64;

/**
 * The bytes before the elements of an array.
 *
 * @param dtype Type of the elements, or the length of texts that are filled up with zeros [code points].
 */
export function npyHeader(dtype: DType | number, shape: Shape): Uint8Array {
  const description = typeof dtype === "number" ? `<U${dtype}` : DESCRIPTIONS[dtype];
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const literal = `{'descr': '${description}', 'fortran_order': False, 'shape': (${sides}), }`;
  const fixed = MAGIC.length + 2;
  const total = Math.ceil((fixed + literal.length + 1) / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(total).fill(0x20);
  bytes.set(MAGIC);
  new DataView(bytes.buffer).setUint16(MAGIC.length, total - fixed, true);
  bytes.set(new TextEncoder().encode(literal), fixed);
  bytes[total - 1] = 0x0a;
  return bytes;
}

/** The bytes of an array's elements as they lie in memory. */
export function elementBytes({ data }: Pick<HostTensor, "data">): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Texts as NumPy keeps them: UTF-32, each as long as the longest. */
export function textBytes(texts: readonly string[]): { length: number; bytes: Uint8Array } {
  const letters = texts.map((text) => [...text]);
  const length = Math.max(1, ...letters.map((text) => text.length));
  const codes = new DataView(new ArrayBuffer(4 * length * texts.length));
  for (const [n, text] of letters.entries())
    for (const [i, letter] of text.entries())
      codes.setUint32(4 * (n * length + i), letter.codePointAt(0) ?? 0, true);
  return { length, bytes: new Uint8Array(codes.buffer) };
}

/**
 * An array as the bytes of a .npy file, which `numpy.load` reads.
 *
 * @param array A tensor, or texts.
 * @throws {ShapeError} if the tensor's data does not fill its shape.
 */
export function encodeNpy(array: HostTensor | readonly string[]): Uint8Array {
  if (!("data" in array)) {
    const { length, bytes } = textBytes(array);
    return joined(npyHeader(length, [array.length]), bytes);
  }
  const { dtype, shape, data } = array;
  if (data.length !== sizeOf(shape)) {
    throw new ShapeError(
      `npy: ${data.length} elements do not fill shape ${formatShape(shape)}, expected ${sizeOf(shape)}.`,
    );
  }
  return joined(npyHeader(dtype, shape), elementBytes(array));
}

function joined(head: Uint8Array, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
}
