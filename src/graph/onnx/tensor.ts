import { CheckpointError } from "../../base/errors.ts";
import { formatShape, sizeOf } from "../../base/shape.ts";
import {
  bytesPerElement,
  type DataOf,
  type DType,
  type HostTensor,
  hostTensor,
} from "../../base/tensor.ts";
import { float16ToFloat32, float16ToNumber } from "../float16.ts";
import { tensorFromBytes } from "../tensor-bytes.ts";
import type { Message } from "./message.ts";
import { DATA_TYPE, DATA_TYPE_NAMES, dtypeOf, FLOAT16, TENSOR } from "./schema.ts";

/** Reads the elements of a `TensorProto` from the typed field of its element type. */
const FIELD_READERS: { readonly [D in DType]: (tensor: Message) => DataOf[D] } = {
  float32: (tensor) => Float32Array.from(tensor.floats(TENSOR.floatData)),
  float64: (tensor) => Float64Array.from(tensor.doubles(TENSOR.doubleData)),
  int32: (tensor) => Int32Array.from(tensor.ints(TENSOR.int32Data)),
  int64: (tensor) => BigInt64Array.from(tensor.bigints(TENSOR.int64Data)),
  uint8: (tensor) => Uint8Array.from(tensor.ints(TENSOR.int32Data)),
  bool: (tensor) => Uint8Array.from(tensor.ints(TENSOR.int32Data), (element) => (element ? 1 : 0)),
};

/**
 * Reads a `TensorProto`: its elements from `raw_data`, or from the typed field of its element type.
 *
 * @throws {CheckpointError} if the elements do not fill the shape, are of a type that Ganbox lacks, or lie in another file.
 */
export function decodeTensor(tensor: Message): HostTensor {
  const label = `${tensor.where} "${tensor.string(TENSOR.name)}"`;
  const code = tensor.int(TENSOR.dataType);
  const half = code === FLOAT16;
  const dtype = half ? "float32" : dtypeOf(code);
  if (!dtype) {
    const known = [...Object.keys(DATA_TYPE), DATA_TYPE_NAMES[FLOAT16]].join(", ");
    throw new CheckpointError(
      `${label}: its type is ${DATA_TYPE_NAMES[code] ?? code}, expected one of ${known}.`,
    );
  }
  if (tensor.int(TENSOR.dataLocation) !== 0) {
    throw new CheckpointError(
      `${label}: its elements lie in another file, expected them inside. Export the model as one file.`,
    );
  }
  const shape = tensor.ints(TENSOR.dims);
  if (shape.some((size) => size < 0)) {
    throw new CheckpointError(
      `${label}: its shape is ${formatShape(shape)}, expected sizes of 0 or more. The file is damaged.`,
    );
  }
  const size = sizeOf(shape);
  const misfit = (held: string): CheckpointError =>
    new CheckpointError(
      `${label}: it holds ${held}, expected ${size} elements for shape ${formatShape(shape)}. The file is damaged.`,
    );
  if (tensor.has(TENSOR.rawData)) {
    const raw = tensor.bytes(TENSOR.rawData);
    const expected = size * (half ? 2 : bytesPerElement(dtype));
    if (raw.byteLength !== expected) throw misfit(`${raw.byteLength} bytes`);
    return half
      ? hostTensor("float32", shape, float16ToFloat32(raw))
      : tensorFromBytes(dtype, shape, raw);
  }
  const data = half
    ? Float32Array.from(tensor.ints(TENSOR.int32Data), float16ToNumber)
    : FIELD_READERS[dtype](tensor);
  if (data.length !== size) throw misfit(`${data.length} elements`);
  return hostTensor(dtype, shape, data);
}
