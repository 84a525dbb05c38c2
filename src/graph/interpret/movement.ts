import { ShapeError } from "../../base/errors.ts";
import { type Shape, sizeOf, stridesOf } from "../../base/shape.ts";
import type { Value } from "../value.ts";
import {
  allocateFor,
  broadcastStrides,
  type Elements,
  type KernelTable,
  type Tensor,
  walk,
} from "./tensor.ts";

/** The elements of `x` at `positions`, one for each element of `value`. */
function pick(value: Value, x: Tensor, positions: Int32Array): Elements {
  const y = allocateFor(value);
  for (let i = 0; i < y.length; i++) y[i] = x.data[positions[i]!]!;
  return y;
}

/** Copies all of `x` into `y`, of shape `shape`, so that its first element lands at index `corner`. */
function place(y: Elements, shape: Shape, x: Tensor, corner: readonly number[]): void {
  const strides = stridesOf(shape);
  const positions = walk(x.shape, strides, offsetOf(corner, strides));
  for (let i = 0; i < x.data.length; i++) y[positions[i]!] = x.data[i]!;
}

function offsetOf(index: readonly number[], strides: readonly number[]): number {
  return index.reduce((sum, i, axis) => sum + i * strides[axis]!, 0);
}

function requireRow(value: Value, index: number, rows: number): void {
  if (index < 0 || index >= rows) {
    const place = value.scope === "" ? "" : ` (${value.scope})`;
    throw new ShapeError(
      `${value.op}${place}: index ${index} lies outside the tensor's rows, expected 0 to ${rows - 1}.`,
    );
  }
}

/** Kernels of operations that move elements. */
export const movementKernels = {
  Reshape: ({ x: [x] }) => x.data.slice(),
  Expand: ({ x: [x], value }) =>
    pick(value, x, walk(value.shape, broadcastStrides(x.shape, value.shape))),
  Transpose: ({ x: [x], value, attrs: { perm } }) => {
    const strides = stridesOf(x.shape);
    return pick(
      value,
      x,
      walk(
        value.shape,
        perm.map((axis) => strides[axis]!),
      ),
    );
  },
  Slice: ({ x: [x], value, attrs: { starts, steps } }) => {
    const strides = stridesOf(x.shape);
    const hops = strides.map((stride, axis) => stride * steps[axis]!);
    return pick(value, x, walk(value.shape, hops, offsetOf(starts, strides)));
  },
  Pad: ({ x: [x], value, attrs: { before } }) => {
    const y = allocateFor(value);
    place(y, value.shape, x, before);
    return y;
  },
  Concat: ({ inputs, value, attrs: { axis } }) => {
    const y = allocateFor(value);
    const corner = value.shape.map(() => 0);
    for (const part of inputs) {
      place(y, value.shape, part, corner);
      corner[axis] = corner[axis]! + part.shape[axis]!;
    }
    return y;
  },
  Gather: ({ x: [x, indices], value }) => {
    const y = allocateFor(value);
    const rowSize = sizeOf(x.shape.slice(1));
    for (const [i, row] of indices.data.entries()) {
      requireRow(value, row, x.shape[0]!);
      for (let j = 0; j < rowSize; j++) y[i * rowSize + j] = x.data[row * rowSize + j]!;
    }
    return y;
  },
  ScatterAdd: ({ x: [updates, indices], value }) => {
    const y = allocateFor(value);
    const rowSize = sizeOf(value.shape.slice(1));
    for (const [i, row] of indices.data.entries()) {
      requireRow(value, row, value.shape[0]!);
      for (let j = 0; j < rowSize; j++) {
        y[row * rowSize + j] = y[row * rowSize + j]! + updates.data[i * rowSize + j]!;
      }
    }
    return y;
  },
} satisfies Partial<KernelTable>;
