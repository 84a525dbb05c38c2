import type { Shape } from "../base/shape.ts";
import { type DType, type HostTensor, hostTensor } from "../base/tensor.ts";

/**
 * The elements as they lie in memory, without a copy. Model files are little-endian, and so is every platform that runs
 * ONNX Runtime.
 */
export function tensorBytes({ data }: HostTensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * A tensor over a copy of its little-endian bytes; any byte but 0 is true.
 *
 * @param bytes As many as the shape takes: the caller checks that.
 */
export function tensorFromBytes(dtype: DType, shape: Shape, bytes: Uint8Array): HostTensor {
  const tensor = hostTensor(dtype, shape);
  const own = tensorBytes(tensor);
  own.set(bytes);
  if (dtype === "bool")
    own.forEach((byte, i) => {
      own[i] = byte ? 1 : 0;
    });
  return tensor;
}

/** The pieces one after another, each copied once. */
export function concatBytes(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
  let position = 0;
  for (const piece of pieces) {
    bytes.set(piece, position);
    position += piece.byteLength;
  }
  return bytes;
}
