import { invariant } from "../base/errors.ts";
import type { Shape } from "../base/shape.ts";
import type { DType, HostTensor } from "../base/tensor.ts";

/** Geometry of a two-dimensional convolution. `pads` are top, left, bottom, right. */
export interface ConvAttrs {
  readonly strides: readonly [number, number];
  readonly pads: readonly [number, number, number, number];
  readonly dilations: readonly [number, number];
  readonly group: number;
}

/** A separable FIR filter that changes the resolution by a whole factor; see `downsample` and `upsample`. */
export interface ResampleAttrs {
  readonly factor: number;
  readonly taps: readonly number[];
  readonly pad: number;
}

type None = Record<never, never>;

/** Every operation of a graph and what it needs beside its inputs. Names are ONNX's where ONNX has the operation. */
export interface OpAttrs {
  Input: { readonly name: string };
  Constant: { readonly tensor: HostTensor };
  StopGradient: None;
  Cast: { readonly to: DType };
  // Elementwise, one input.
  Neg: None;
  Exp: None;
  Log: None;
  Sqrt: None;
  Reciprocal: None;
  Sin: None;
  Cos: None;
  Tanh: None;
  Sigmoid: None;
  Softplus: None;
  Erf: None;
  Abs: None;
  Sign: None;
  Floor: None;
  LeakyRelu: { readonly alpha: number };
  LeakyReluMask: { readonly alpha: number };
  Clip: { readonly min: number; readonly max: number };
  Not: None;
  // Elementwise with broadcasting.
  Add: None;
  Sub: None;
  Mul: None;
  Div: None;
  Pow: None;
  Min: None;
  Max: None;
  Greater: None;
  GreaterOrEqual: None;
  Less: None;
  LessOrEqual: None;
  Equal: None;
  And: None;
  Or: None;
  Where: None;
  // Reductions.
  ReduceSum: { readonly axes: readonly number[] };
  ReduceMax: { readonly axes: readonly number[] };
  Softmax: { readonly axis: number };
  // Movement.
  Reshape: None;
  Expand: None;
  Transpose: { readonly perm: readonly number[] };
  Slice: { readonly starts: readonly number[]; readonly steps: readonly number[] };
  Pad: { readonly before: readonly number[]; readonly after: readonly number[] };
  Concat: { readonly axis: number };
  Gather: None;
  ScatterAdd: None;
  // Contractions.
  MatMul: { readonly transA: boolean; readonly transB: boolean };
  Conv: ConvAttrs;
  ConvInputGrad: ConvAttrs;
  ConvWeightGrad: ConvAttrs;
  Downsample: ResampleAttrs;
  Upsample: ResampleAttrs;
}

/** Name of an operation. */
export type OpName = keyof OpAttrs;

/** A symbolic tensor: the result of one operation on other symbolic tensors. Shape and dtype are known; nothing is computed. */
export interface Value<K extends OpName = OpName> {
  /** Grows with creation, so inputs always have smaller ids. */
  readonly id: number;
  readonly op: K;
  readonly inputs: readonly Value[];
  readonly attrs: OpAttrs[K];
  readonly shape: Shape;
  readonly dtype: DType;
  /** Path of the named scopes in which it was made, for example `generator/b32/conv0`. */
  readonly scope: string;
}

let nextId = 0;
let currentScope = "";

/** Runs `build` with `name` appended to the scope path that its values and errors carry. */
export function scope<T>(name: string, build: () => T): T {
  const outer = currentScope;
  currentScope = outer === "" ? name : `${outer}/${name}`;
  try {
    return build();
  } finally {
    currentScope = outer;
  }
}

/** Operation and scope as they appear at the start of an error: `conv2d (generator/b32/conv0)`. */
export function here(operation: string): string {
  return currentScope === "" ? operation : `${operation} (${currentScope})`;
}

/** Makes a node. Shapes are the caller's promise: use the operations of `ops/`, which check them. */
export function makeValue<K extends OpName>(
  op: K,
  inputs: readonly Value[],
  attrs: OpAttrs[K],
  shape: Shape,
  dtype: DType,
): Value<K> {
  invariant(
    shape.every((d) => Number.isInteger(d) && d > 0),
    `${op} made shape [${shape.join(", ")}]`,
  );
  return { id: nextId++, op, inputs, attrs, shape, dtype, scope: currentScope };
}

/** Attributes as JSON, for keys and for people. What JSON lacks (infinities, NaN, -0) is spelled out. */
export function attrsToJson(attrs: object): string {
  return JSON.stringify(attrs, (_, v) =>
    typeof v === "number" && (!Number.isFinite(v) || Object.is(v, -0))
      ? v === 0
        ? "-0"
        : String(v)
      : v,
  );
}

/** True, with its attributes known, when the value was made by `op`. */
export function isOp<K extends OpName>(value: Value, op: K): value is Value<K> {
  return value.op === op;
}

/** All values that `outputs` depend on, themselves included, inputs before users. */
export function topologicalOrder(outputs: readonly Value[]): Value[] {
  const seen = new Set<Value>();
  const stack = [...outputs];
  for (let value = stack.pop(); value !== undefined; value = stack.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    stack.push(...value.inputs);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}
