import { formatShape, sizeOf } from "../../base/shape.ts";
import { type DType, type HostTensor, hostTensor } from "../../base/tensor.ts";
import { float16ToFloat32 } from "../../graph/float16.ts";
import { tensorFromBytes } from "../../graph/tensor-bytes.ts";
import { PickleObject } from "./pickle-values.ts";
import type { UntrustedFile } from "./untrusted-file.ts";

/** Element types of stored tensors, with their size [bytes] and the type that they are read as. */
const ELEMENTS = {
  float64: [8, "float64"],
  float32: [4, "float32"],
  float16: [2, "float32"],
  bfloat16: [2, "float32"],
  int64: [8, "int64"],
  int32: [4, "int32"],
  int16: [2, "int32"],
  int8: [1, "int32"],
  uint8: [1, "uint8"],
  bool: [1, "bool"],
} as const satisfies Record<string, readonly [bytes: number, dtype: DType]>;

/** An element type of a stored tensor. Types that Ganbox lacks are read as the next larger one. */
export type Element = keyof typeof ELEMENTS;

/** Bytes of one element. */
export function elementBytes(element: Element): number {
  return ELEMENTS[element][0];
}

/** Elements in a row, in which tensors may share places. The bytes can come later than the tensors over them. */
export class Storage extends PickleObject {
  readonly kind = "a storage";
  /** Type of the elements. */
  readonly element: Element;
  /** Number of elements. */
  readonly length: number;
  /** The elements, once they are there. */
  bytes: Uint8Array | undefined;

  constructor(element: Element, length: number, bytes?: Uint8Array) {
    super();
    this.element = element;
    this.length = length;
    this.bytes = bytes;
  }
}

/** A tensor as PyTorch and NumPy keep it: element i, j, … is at `offset + i strides[0] + j strides[1] + …` of a storage. */
export class StridedTensor extends PickleObject {
  readonly kind = "a tensor";
  /** The elements that it lies over. */
  storage: Storage;
  /** Element at which it begins. */
  offset: number;
  /** Size along each axis. */
  shape: readonly number[];
  /** Elements from one place to the next along each axis. */
  strides: readonly number[];

  constructor(
    storage: Storage,
    offset: number,
    shape: readonly number[],
    strides: readonly number[],
  ) {
    super();
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

/** Strides of a tensor without gaps whose last axis is the fastest, in elements. */
export function denseStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = (strides[axis + 1] ?? 1) * (shape[axis + 1] ?? 1);
  }
  return strides;
}

/**
 * A copy in row-major order. float16 and bfloat16 become float32, int8 and int16 become int32.
 *
 * @param name Of the tensor, for messages.
 * @throws {CheckpointError} if the tensor lies outside of its storage, or the file asks for too much memory.
 */
export function denseTensor(tensor: StridedTensor, name: string, file: UntrustedFile): HostTensor {
  const { storage, shape, strides, offset } = tensor;
  const size = sizeOf(shape);
  const last = shape.reduce(
    (sum, length, axis) => sum + (length - 1) * (strides[axis] ?? 0),
    offset,
  );
  if (
    storage.bytes === undefined ||
    strides.length !== shape.length ||
    (size > 0 && !(last < storage.length))
  ) {
    throw file.damaged(
      `tensor "${name}" is ${formatShape(shape)} with strides ${formatShape(strides)} from ${offset}, which does not fit its storage of ${storage.length} elements`,
    );
  }
  const [width, dtype] = ELEMENTS[storage.element];
  file.spend(2 * size * width);
  return decode(storage.element, dtype, shape, gather(tensor, storage.bytes, size, width));
}

/** The elements' bytes in row-major order: a view of the storage where they lie so, else a copy. */
function gather(
  { shape, strides, offset }: StridedTensor,
  bytes: Uint8Array,
  size: number,
  width: number,
): Uint8Array {
  const dense = denseStrides(shape);
  if (size === 0 || shape.every((length, axis) => length === 1 || strides[axis] === dense[axis])) {
    return bytes.subarray(offset * width, (offset + size) * width);
  }
  const copy = new Uint8Array(size * width);
  const index = new Array<number>(shape.length).fill(0);
  let from = offset;
  for (let to = 0; to < size; to++) {
    for (let b = 0; b < width; b++) copy[to * width + b] = bytes[from * width + b] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      from += strides[axis] ?? 0;
      if (next < (shape[axis] ?? 0)) {
        index[axis] = next;
        break;
      }
      index[axis] = 0;
      from -= next * (strides[axis] ?? 0);
    }
  }
  return copy;
}

function decode(
  element: Element,
  dtype: DType,
  shape: readonly number[],
  bytes: Uint8Array,
): HostTensor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (element) {
    case "float16":
      return hostTensor("float32", shape, float16ToFloat32(bytes));
    case "bfloat16":
      return hostTensor("float32", shape, bfloat16ToFloat32(view));
    case "int16":
      return hostTensor(
        "int32",
        shape,
        new Int32Array(view.byteLength / 2).map((_, i) => view.getInt16(2 * i, true)),
      );
    case "int8":
      return hostTensor(
        "int32",
        shape,
        new Int32Array(view.byteLength).map((_, i) => view.getInt8(i)),
      );
    default:
      return tensorFromBytes(dtype, shape, bytes);
  }
}

/** bfloat16 is the upper half of a float32. */
function bfloat16ToFloat32(view: DataView): Float32Array {
  const bits = new Uint32Array(view.byteLength / 2).map(
    (_, i) => view.getUint16(2 * i, true) << 16,
  );
  return new Float32Array(bits.buffer);
}
