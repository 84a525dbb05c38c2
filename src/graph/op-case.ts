import { Random } from "../base/random.ts";
import { type Shape, sizeOf } from "../base/shape.ts";
import { type DType, type HostTensor, hostTensor } from "../base/tensor.ts";
import { gradients } from "./gradients.ts";
import { add, input, mul, reduceSum, scalar } from "./ops/index.ts";
import type { Value } from "./value.ts";

/** How one input of a case is filled: given numbers, or uniform ones in `low` .. `high` that keep away from `kinks`. */
export interface InputSpec {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly values?: readonly number[];
  readonly low: number;
  readonly high: number;
  readonly kinks: readonly number[];
}

/** One use of an operation or composite function, with inputs to try it on. */
export interface OpCase {
  readonly name: string;
  readonly inputs: Readonly<Record<string, InputSpec>>;
  readonly build: (inputs: Record<string, Value>) => Value;
  /** Whether the written gradient is the slope of the function here: not so at ties and kinks, nor past `stopGradient`. */
  readonly smooth: boolean;
  /** Whether a constant of the graph is rounded to float32, so that 1e-7 is as near as it comes to exact mathematics. */
  readonly rounded: boolean;
}

/** Distance that random inputs keep from kinks. */
const CLEARANCE = 0.05;

/** Uniform float32 numbers in `low` .. `high`, none within 0.05 of a kink. */
export function real(
  shape: Shape,
  low: number = -1,
  high: number = 1,
  kinks: readonly number[] = [],
): InputSpec {
  return { dtype: "float32", shape, low, high, kinks };
}

/** The numbers themselves, in row-major order. */
export function given(dtype: DType, shape: Shape, values: readonly number[]): InputSpec {
  return { dtype, shape, values, low: 0, high: 0, kinks: [] };
}

/** A case, with the inputs of `build` known by name to the compiler. */
export function opCase<N extends string>(
  name: string,
  inputs: Readonly<Record<N, InputSpec>>,
  build: (inputs: Record<N, Value>) => Value,
  { smooth = true, rounded = false }: Partial<Pick<OpCase, "smooth" | "rounded">> = {},
): OpCase {
  return { name, inputs, build: build as OpCase["build"], smooth, rounded };
}

/**
 * A case as graphs: the result `y`; the gradients of `loss = sum(y cotangent)`; and, once more, the gradients of
 * `slope = sum over the inputs of sum(gradient direction)`. The cotangent is an input, so the second order also covers how
 * gradients depend on it, which is all there is for linear operations.
 */
export interface CaseGraph {
  /** Numbers for every input: the case's own, `cotangent`, and `direction/<name>` for each float32 input. */
  readonly feeds: Readonly<Record<string, HostTensor>>;
  readonly y: Value;
  /** Scalar `sum(y cotangent)`; absent, like all below, when `y` is not float32. */
  readonly loss?: Value;
  /** Gradient of the loss for each float32 input. */
  readonly first: Readonly<Record<string, Value>>;
  /** Scalar `sum(first direction)`. */
  readonly slope?: Value;
  /** Gradient of the slope for each float32 input and the cotangent. */
  readonly second: Readonly<Record<string, Value>>;
}

/** Builds the graphs of a case. The same case always has the same numbers. */
export function buildCase({ name, inputs, build }: OpCase): CaseGraph {
  const random = new Random(0).split(name);
  const feeds: Record<string, HostTensor> = {};
  const feed = (label: string, spec: InputSpec): Value => {
    feeds[label] = hostTensor(spec.dtype, spec.shape, draw(spec, random.split(label)));
    return input(label, spec.shape, spec.dtype);
  };
  const x = Object.fromEntries(Object.entries(inputs).map(([key, spec]) => [key, feed(key, spec)]));
  const y = build(x);
  if (y.dtype !== "float32") return { feeds, y, first: {}, second: {} };

  const wrt = Object.entries(x).filter(([, value]) => value.dtype === "float32");
  const cotangent = feed("cotangent", real(y.shape));
  const loss = reduceSum(mul(y, cotangent));
  const first = gradientsByName(loss, wrt);
  const slope = wrt
    .map(([key, value]) => mul(first[key] as Value, feed(`direction/${key}`, real(value.shape))))
    .reduce((sum, term) => add(sum, reduceSum(term)), scalar(0));
  const second = gradientsByName(slope, [...wrt, ["cotangent", cotangent]]);
  return { feeds, y, loss, first, slope, second };
}

function gradientsByName(
  y: Value,
  wrt: readonly (readonly [string, Value])[],
): Record<string, Value> {
  const values = gradients(
    y,
    wrt.map(([, value]) => value),
  );
  return Object.fromEntries(wrt.map(([key], i) => [key, values[i] as Value]));
}

function draw(spec: InputSpec, random: Random): Float32Array & Int32Array & Uint8Array {
  const arrays = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array, bool: Uint8Array };
  const number = (): number => {
    const x = spec.low + (spec.high - spec.low) * random.uniform();
    return spec.kinks.some((kink) => Math.abs(x - kink) < CLEARANCE) ? number() : x;
  };
  const numbers = spec.values ?? Array.from({ length: sizeOf(spec.shape) }, number);
  return arrays[spec.dtype as keyof typeof arrays].from(numbers) as never;
}
