import { ShapeError } from "./errors.ts";
import { formatShape, type Shape, sizeOf } from "./shape.ts";

/** Element types, named as in ONNX. */
export type DType = "float32" | "float64" | "int32" | "int64" | "uint8" | "bool";

/** Array that holds the elements of each type. `bool` is stored as 0 and 1. */
export interface DataOf {
  float32: Float32Array;
  float64: Float64Array;
  int32: Int32Array;
  int64: BigInt64Array;
  uint8: Uint8Array;
  bool: Uint8Array;
}

/** A dense row-major tensor in the memory of the host. */
export interface HostTensor<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: Shape;
  readonly data: DataOf[D];
}

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const;

/** Bytes of one element. */
export function bytesPerElement(dtype: DType): number {
  return ARRAYS[dtype].BYTES_PER_ELEMENT;
}

/**
 * A tensor over existing data, or of zeros.
 *
 * @throws {ShapeError} if the data has another number of elements than the shape.
 */
export function hostTensor<D extends DType>(
  dtype: D,
  shape: Shape,
  data?: DataOf[D],
): HostTensor<D> {
  const size = sizeOf(shape);
  const array = data ?? (new ARRAYS[dtype](size) as DataOf[D]);
  if (array.length !== size) {
    throw new ShapeError(
      `tensor: ${array.length} elements do not fill shape ${formatShape(shape)}, expected ${size}.`,
    );
  }
  return { dtype, shape, data: array };
}
