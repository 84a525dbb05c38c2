import { DTypeError } from "../../base/errors.ts";
import { type Shape, sizeOf, stridesOf } from "../../base/shape.ts";
import type { DType, HostTensor } from "../../base/tensor.ts";
import type { OpAttrs, OpName, Value } from "../value.ts";

/** Elements while interpreting: floating point as float64, int32 as itself, uint8 and bool as bytes. */
export type Elements = Float64Array | Int32Array | Uint8Array;

/** An interpreted tensor, dense and row-major. */
export interface Tensor {
  readonly shape: Shape;
  readonly data: Elements;
}

/** What a kernel sees: interpreted inputs `x`, the operation's attributes, and the value that it computes. */
export interface KernelContext<K extends OpName> {
  readonly x: readonly [Tensor, Tensor, Tensor];
  readonly inputs: readonly Tensor[];
  readonly attrs: OpAttrs[K];
  readonly value: Value<K>;
  readonly feeds: Readonly<Record<string, HostTensor>>;
}

/** Computes the elements of one value. */
export type Kernel<K extends OpName> = (context: KernelContext<K>) => Elements;

/** A kernel for every operation. */
export type KernelTable = { readonly [K in OpName]: Kernel<K> };

/**
 * Zeros for `size` elements. Storing a number converts it to the element type: integers truncate towards zero.
 *
 * @throws {DTypeError} for int64, which float64 does not hold exactly.
 */
export function allocate(dtype: DType, size: number): Elements {
  switch (dtype) {
    case "float32":
    case "float64":
      return new Float64Array(size);
    case "int32":
      return new Int32Array(size);
    case "uint8":
    case "bool":
      return new Uint8Array(size);
    case "int64":
      throw new DTypeError(
        "interpret: a tensor is int64, expected float32, int32, uint8 or bool. Use cast().",
      );
  }
}

/** Zeros for the elements of a value. */
export function allocateFor(value: Value): Elements {
  return allocate(value.dtype, sizeOf(value.shape));
}

/**
 * Positions visited by a row-major walk over `shape` through memory with the given strides: index (i, j, …) lies at
 * `offset + i strides[0] + j strides[1] + …`. Every movement of elements is such a walk.
 */
export function walk(shape: Shape, strides: readonly number[], offset = 0): Int32Array {
  let positions = Int32Array.of(offset);
  for (const [axis, size] of shape.entries()) {
    const longer = new Int32Array(positions.length * size);
    for (let p = 0; p < positions.length; p++) {
      for (let i = 0; i < size; i++) longer[p * size + i] = positions[p]! + i * strides[axis]!;
    }
    positions = longer;
  }
  return positions;
}

/** Strides that read a tensor of shape `from` as if it were broadcast to `to`: 0 along repeated axes. */
export function broadcastStrides(from: Shape, to: Shape): number[] {
  const strides = stridesOf(from);
  const lead = to.length - from.length;
  return to.map((_, i) => (i < lead || from[i - lead] === 1 ? 0 : strides[i - lead]!));
}
