import { NEXT } from "../../src/engine/state.ts";
import { gradients } from "../../src/graph/gradients.ts";
import * as ops from "../../src/graph/ops/index.ts";
import type { Value } from "../../src/graph/value.ts";
import { adam, ema } from "../../src/nn/adam.ts";
import { relativisticLoss } from "../../src/nn/losses.ts";
import { type Parameter, Parameters } from "../../src/nn/parameters.ts";
import { squaredGradientNorm } from "../../src/nn/penalties.ts";
import { judge, MARGIN, spline, upscaler } from "./network.ts";
import { LARGE, SMALL } from "./photos.ts";

/** Pairs a step. */
export const BATCH = 8;

/** Adam's moments. */
export const [BETA1, BETA2] = [0.9, 0.99];

/** Share of the new weights in the moving average at each step. */
const EMA_RATE = 0.005;

/** Adam's next values for the parameters of one network. */
function stepsOf(
  parameters: readonly Parameter[],
  loss: Value,
  averaged: boolean,
): Record<string, Value> {
  const scalars = {
    learningRate: ops.input("learningRate", []),
    beta2: ops.scalar(BETA2),
    biasCorrection2: ops.input("biasCorrection2", []),
  };
  const slopes = gradients(
    loss,
    parameters.map(({ value }) => value),
  );
  const out: Record<string, Value> = {};
  for (const [i, { name, shape, value }] of parameters.entries()) {
    const next = adam(value, slopes[i] as Value, ops.input(`${name}.v`, shape), scalars, {
      beta1: BETA1,
      biasCorrection1: ops.input("biasCorrection1", []),
      moment1: ops.input(`${name}.m`, shape),
    });
    out[NEXT + name] = next.parameter;
    out[`${NEXT}${name}.v`] = next.moment2;
    out[`${NEXT}${name}.m`] = next.moment1 as Value;
    if (!averaged) continue;
    const average = ops.input(`${name}.ema`, shape);
    out[`${NEXT}${name}.ema`] = ema(average, next.parameter, ops.scalar(EMA_RATE));
  }
  return out;
}

/** Graphs and what they train. */
export interface Graphs {
  readonly upscaler: readonly Parameter[];
  readonly judge: readonly Parameter[];
  readonly soft: Readonly<Record<string, Value>>;
  readonly sharp: Readonly<Record<string, Value>>;
  readonly told: Readonly<Record<string, Value>>;
}

/**
 * The graphs of the three kinds of steps: the mean absolute error alone (soft); that and the adversarial loss (sharp), which gives the pictures `fake` as well;
 * and those of the discriminator (told), which takes them.
 */
export function graphsOf(closeness: number, gamma: number): Graphs {
  const [u, d] = [new Parameters("U"), new Parameters("D")];
  const inner = SMALL + 2 * MARGIN;
  const bytes = (x: Value): Value => ops.mul(x, 1 / 255);
  const small = bytes(ops.input("small", [BATCH, 3, inner, inner]));
  const large = bytes(ops.input("large", [BATCH, 3, LARGE, LARGE]));
  const blurred = spline(small);
  const made = upscaler(u, small);
  const error = ops.reduceMean(ops.abs(ops.sub(made, large)));
  const convinced = relativisticLoss(judge(d, made, blurred), judge(d, large, blurred));
  const sharp = ops.add(ops.mul(error, closeness), convinced);
  const fake = ops.input("fake", [BATCH, 3, LARGE, LARGE]);
  const images = ops.concat([large, fake], 0);
  const logits = judge(d, images, ops.concat([blurred, blurred], 0));
  const [real, other] = ops.split(logits, 0, [BATCH, BATCH]) as [Value, Value];
  // Of the sum of all places: what a pixel means for one of them does not depend on how many there are.
  const norms = squaredGradientNorm(ops.reduceSum(logits, { axes: [1, 2, 3] }), images);
  const places = (LARGE / 4) ** 2;
  const penalty = ops.mul(ops.reduceMean(norms), 2 / places); // R1 + R2
  const told = relativisticLoss(real, other);
  const judged = ops.add(told, ops.mul(penalty, gamma / 2));
  return {
    upscaler: u.list(),
    judge: d.list(),
    soft: { error, ...stepsOf(u.list(), error, true) },
    sharp: { error, convinced, fake: made, ...stepsOf(u.list(), sharp, true) },
    told: { told, penalty, ...stepsOf(d.list(), judged, false) },
  };
}
