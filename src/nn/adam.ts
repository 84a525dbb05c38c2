import { add, div, mul, sqrt, square, sub } from "../graph/ops/index.ts";
import type { Value } from "../graph/value.ts";

/** Scalars that an optimiser step reads; they are inputs of the graph, since schedules change them. */
export interface AdamScalars {
  readonly learningRate: Value;
  readonly beta2: Value;
  /** `1 - beta2^t` at step t, which undoes the pull of the zero start. */
  readonly biasCorrection2: Value;
}

const EPSILON = 1e-8;

/**
 * One step of Adam with beta1 = 0: `v' = beta2 v + (1 - beta2) g^2`, `p' = p - lr g / (sqrt(v' / (1 - beta2^t)) + eps)`. Without
 * momentum the first moment is the gradient itself and takes no memory.
 *
 * @returns The new parameter and second moment.
 * @see Kingma, Ba 2014, arXiv:1412.6980
 */
export function adam(
  parameter: Value,
  gradient: Value,
  moment2: Value,
  scalars: AdamScalars,
): { parameter: Value; moment2: Value } {
  const { learningRate, beta2, biasCorrection2 } = scalars;
  const squared = square(gradient);
  const v = add(squared, mul(beta2, sub(moment2, squared)));
  const step = div(mul(learningRate, gradient), add(sqrt(div(v, biasCorrection2)), EPSILON));
  return { parameter: sub(parameter, step), moment2: v };
}

/** Exponential moving average: `average + (1 - beta) (value - average)`. */
export function ema(average: Value, value: Value, oneMinusBeta: Value): Value {
  return add(average, mul(oneMinusBeta, sub(value, average)));
}
