import { type Shape, sizeOf } from "../../base/shape.ts";
import { allocateFor, broadcastStrides, type KernelTable, walk } from "./tensor.ts";

/** For each element of a tensor of shape `from`, the element that it is reduced into. */
function targets(from: Shape, axes: readonly number[]): Int32Array {
  const to = from.map((size, axis) => (axes.includes(axis) ? 1 : size));
  return walk(from, broadcastStrides(to, from));
}

/** Kernels of reductions. */
export const reduceKernels = {
  ReduceSum: ({ x: [x], value, attrs: { axes } }) => {
    const y = allocateFor(value);
    const target = targets(x.shape, axes);
    for (let i = 0; i < x.data.length; i++) y[target[i]!] = y[target[i]!]! + x.data[i]!;
    return y;
  },
  ReduceMax: ({ x: [x], value, attrs: { axes } }) => {
    const y = allocateFor(value).fill(Number.NEGATIVE_INFINITY);
    const target = targets(x.shape, axes);
    for (let i = 0; i < x.data.length; i++) y[target[i]!] = Math.max(y[target[i]!]!, x.data[i]!);
    return y;
  },
  Softmax: ({ x: [x], value, attrs: { axis } }) => {
    const y = allocateFor(value);
    const target = targets(x.shape, [axis]);
    const groups = sizeOf(x.shape) / x.shape[axis]!;
    const top = new Float64Array(groups).fill(Number.NEGATIVE_INFINITY);
    const total = new Float64Array(groups);
    for (let i = 0; i < y.length; i++) top[target[i]!] = Math.max(top[target[i]!]!, x.data[i]!);
    for (let i = 0; i < y.length; i++) {
      y[i] = Math.exp(x.data[i]! - top[target[i]!]!);
      total[target[i]!] = total[target[i]!]! + y[i]!;
    }
    return y.map((e, i) => e / total[target[i]!]!);
  },
} satisfies Partial<KernelTable>;
