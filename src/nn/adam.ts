import { add, div, mul, sqrt, square, sub } from "../graph/ops/index.ts";
import type { Value } from "../graph/value.ts";

/** Scalars that an optimiser step reads; they are inputs of the graph, since schedules change them. */
export interface AdamScalars {
  readonly learningRate: Value;
  readonly beta2: Value;
  /** `1 - beta2^t` at step t, which undoes the pull of the zero start. */
  readonly biasCorrection2: Value;
}

/** Momentum of an optimiser step. */
export interface Momentum {
  /** Running mean of the gradient. */
  readonly moment1: Value;
  readonly beta1: number;
  /** `1 - beta1^t` at step t. */
  readonly biasCorrection1: Value;
}

/** A parameter and its moments after a step. */
export interface AdamStep {
  readonly parameter: Value;
  readonly moment2: Value;
  /** Absent without momentum. */
  readonly moment1?: Value;
}

const EPSILON = 1e-8;

/**
 * One step of Adam: `m' = beta1 m + (1 - beta1) g`, `v' = beta2 v + (1 - beta2) g^2`, `p' = p - lr (m' / (1 - beta1^t)) / (sqrt(v' / (1 - beta2^t)) +
 * eps)`. Without momentum (beta1 = 0) the first moment is the gradient itself and takes no memory.
 *
 * @see Kingma, Ba 2014, arXiv:1412.6980
 */
export function adam(
  parameter: Value,
  gradient: Value,
  moment2: Value,
  scalars: AdamScalars,
  momentum?: Momentum,
): AdamStep {
  const { learningRate, beta2, biasCorrection2 } = scalars;
  const squared = square(gradient);
  const v = add(squared, mul(beta2, sub(moment2, squared)));
  const scale = add(sqrt(div(v, biasCorrection2)), EPSILON);
  if (momentum === undefined) {
    const step = div(mul(learningRate, gradient), scale);
    return { parameter: sub(parameter, step), moment2: v };
  }
  const { moment1, beta1, biasCorrection1 } = momentum;
  const m = add(gradient, mul(beta1, sub(moment1, gradient)));
  const step = div(mul(div(learningRate, biasCorrection1), m), scale);
  return { parameter: sub(parameter, step), moment2: v, moment1: m };
}

/** Exponential moving average: `average + (1 - beta) (value - average)`. */
export function ema(average: Value, value: Value, oneMinusBeta: Value): Value {
  return add(average, mul(oneMinusBeta, sub(value, average)));
}
