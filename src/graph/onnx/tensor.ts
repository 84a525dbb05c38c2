import { CheckpointError } from "../../base/errors.ts";
import { formatShape, sizeOf } from "../../base/shape.ts";
import { type DataOf, type DType, type HostTensor, hostTensor } from "../../base/tensor.ts";
import { float16ToFloat32, float16ToNumber } from "../float16.ts";
import type { Message } from "./message.ts";
import { DATA_TYPE, DATA_TYPE_NAMES, FLOAT16, TENSOR } from "./schema.ts";

/** How the elements of one `TensorProto.DataType` are read, from raw bytes or from the typed field. */
interface Elements<D extends DType> {
  readonly dtype: D;
  /** Bytes of one element in `raw_data`. */
  readonly rawBytes: number;
  readonly fromRaw: (bytes: Uint8Array) => DataOf[D];
  readonly fromField: (tensor: Message) => DataOf[D];
}

const READERS: ReadonlyMap<number, Elements<DType>> = new Map<number, Elements<DType>>([
  [
    DATA_TYPE.float32,
    {
      dtype: "float32",
      rawBytes: 4,
      fromRaw: (bytes) => new Float32Array(copyBuffer(bytes)),
      fromField: (tensor) => Float32Array.from(tensor.floats(TENSOR.floatData)),
    },
  ],
  [
    DATA_TYPE.float64,
    {
      dtype: "float64",
      rawBytes: 8,
      fromRaw: (bytes) => new Float64Array(copyBuffer(bytes)),
      fromField: (tensor) => Float64Array.from(tensor.doubles(TENSOR.doubleData)),
    },
  ],
  [
    FLOAT16,
    {
      dtype: "float32",
      rawBytes: 2,
      fromRaw: float16ToFloat32,
      fromField: (tensor) => Float32Array.from(tensor.ints(TENSOR.int32Data), float16ToNumber),
    },
  ],
  [
    DATA_TYPE.int32,
    {
      dtype: "int32",
      rawBytes: 4,
      fromRaw: (bytes) => new Int32Array(copyBuffer(bytes)),
      fromField: (tensor) => Int32Array.from(tensor.ints(TENSOR.int32Data)),
    },
  ],
  [
    DATA_TYPE.int64,
    {
      dtype: "int64",
      rawBytes: 8,
      fromRaw: (bytes) => new BigInt64Array(copyBuffer(bytes)),
      fromField: (tensor) => BigInt64Array.from(tensor.bigints(TENSOR.int64Data)),
    },
  ],
  [
    DATA_TYPE.uint8,
    {
      dtype: "uint8",
      rawBytes: 1,
      fromRaw: (bytes) => Uint8Array.from(bytes),
      fromField: (tensor) => Uint8Array.from(tensor.ints(TENSOR.int32Data)),
    },
  ],
  [
    DATA_TYPE.bool,
    {
      dtype: "bool",
      rawBytes: 1,
      fromRaw: (bytes) => Uint8Array.from(bytes, (byte) => (byte ? 1 : 0)),
      fromField: (tensor) =>
        Uint8Array.from(tensor.ints(TENSOR.int32Data), (element) => (element ? 1 : 0)),
    },
  ],
]);

/**
 * Reads a `TensorProto`: its elements from `raw_data`, or from the typed field of its element type.
 *
 * @throws {CheckpointError} if the elements do not fill the shape, are of a type that Ganbox lacks, or lie in another file.
 */
export function decodeTensor(tensor: Message): HostTensor {
  const label = `${tensor.where} "${tensor.string(TENSOR.name)}"`;
  const code = tensor.int(TENSOR.dataType);
  const reader = READERS.get(code);
  if (!reader) {
    const known = [...READERS.keys()].map((key) => DATA_TYPE_NAMES[key]).join(", ");
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
    if (raw.byteLength !== size * reader.rawBytes) throw misfit(`${raw.byteLength} bytes`);
    return hostTensor(reader.dtype, shape, reader.fromRaw(raw));
  }
  const data = reader.fromField(tensor);
  if (data.length !== size) throw misfit(`${data.length} elements`);
  return hostTensor(reader.dtype, shape, data);
}

/** The bytes in a buffer of their own, where elements of any size are aligned. */
function copyBuffer(bytes: Uint8Array): ArrayBuffer {
  const buffer = new ArrayBuffer(bytes.byteLength);
  new Uint8Array(buffer).set(bytes);
  return buffer;
}
