import { invariant } from "../../base/errors.ts";
import { broadcastShapes, formatShape, sameShape } from "../../base/shape.ts";
import type { OpAttrs, OpName } from "../value.ts";
import { erf } from "./erf.ts";
import { allocateFor, broadcastStrides, type Kernel, type KernelTable, walk } from "./tensor.ts";

/** Applies `f` to every element. */
function map<K extends OpName>(f: (x: number, attrs: OpAttrs[K]) => number): Kernel<K> {
  return ({ x: [x], attrs, value }) => {
    const y = allocateFor(value);
    for (let i = 0; i < y.length; i++) y[i] = f(x.data[i]!, attrs);
    return y;
  };
}

/** Applies `f` to the elements of two or three tensors that broadcast to the result. */
function zip<K extends OpName>(f: (a: number, b: number, c: number) => number): Kernel<K> {
  return ({ x: [a, b, c = b], inputs, value }) => {
    // A value that claims a larger shape would pass here and fail in a runtime that infers shapes.
    const shape = broadcastShapes(value.op, ...inputs.map((t) => t.shape));
    invariant(sameShape(shape, value.shape), `${value.op} claims ${formatShape(value.shape)}`);
    const y = allocateFor(value);
    const [pa, pb, pc] = [a, b, c].map((t) =>
      walk(value.shape, broadcastStrides(t.shape, value.shape)),
    ) as [Int32Array, Int32Array, Int32Array];
    for (let i = 0; i < y.length; i++) {
      y[i] = f(a.data[pa[i]!]!, b.data[pb[i]!]!, c.data[pc[i]!]!);
    }
    return y;
  };
}

/** Stable for large `|x|`: neither branch overflows. */
function sigmoid(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}

/** Kernels of elementwise operations. */
export const elementwiseKernels = {
  Neg: map((x) => -x),
  Exp: map(Math.exp),
  Log: map(Math.log),
  Sqrt: map(Math.sqrt),
  Reciprocal: map((x) => 1 / x),
  Sin: map(Math.sin),
  Cos: map(Math.cos),
  Tanh: map(Math.tanh),
  Sigmoid: map(sigmoid),
  Softplus: map((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  Erf: map(erf),
  Abs: map(Math.abs),
  Sign: map(Math.sign),
  Floor: map(Math.floor),
  LeakyRelu: map((x, { alpha }) => (x > 0 ? x : alpha * x)),
  LeakyReluMask: map((x, { alpha }) => (x > 0 ? 1 : alpha)),
  Clip: map((x, { min, max }) => Math.min(Math.max(x, min), max)),
  Cast: map((x, { to }) => (to === "bool" ? Number(x !== 0) : x)),
  StopGradient: map((x) => x),
  Not: map((x) => 1 - x),
  Add: zip((a, b) => a + b),
  Sub: zip((a, b) => a - b),
  Mul: zip((a, b) => a * b),
  Div: zip((a, b) => a / b),
  Pow: zip((a, b) => a ** b),
  Min: zip(Math.min),
  Max: zip(Math.max),
  Greater: zip((a, b) => Number(a > b)),
  GreaterOrEqual: zip((a, b) => Number(a >= b)),
  Less: zip((a, b) => Number(a < b)),
  LessOrEqual: zip((a, b) => Number(a <= b)),
  Equal: zip((a, b) => Number(a === b)),
  And: zip((a, b) => a & b),
  Or: zip((a, b) => a | b),
  Where: zip((condition, a, b) => (condition ? a : b)),
} satisfies Partial<KernelTable>;
