import { NEXT } from "../../src/engine/state.ts";
import { gradients } from "../../src/graph/gradients.ts";
import {
  add,
  concat,
  input,
  leakyRelu,
  mul,
  reduceMean,
  reshape,
  split,
  stopGradient,
  tanh,
} from "../../src/graph/ops/index.ts";
import type { Value } from "../../src/graph/value.ts";
import { adam, ema } from "../../src/nn/adam.ts";
import { LEAKY_GAIN, linearLayer } from "../../src/nn/layers.ts";
import { relativisticLoss } from "../../src/nn/losses.ts";
import { type Parameter, Parameters } from "../../src/nn/parameters.ts";
import { squaredGradientNorm } from "../../src/nn/penalties.ts";

/** Coordinates of a latent, as in PacGAN: z ~ N(0, I), [N, 2]. */
export const LATENT = 2;

/** Width and number of the hidden layers of a network. */
export interface Layers {
  readonly width: number;
  readonly hidden: number;
}

/** Activations of the hidden layers, and the gain of the weights before them. */
const ACTIVATIONS = {
  tanh: { apply: tanh, gain: 1.5 },
  leakyRelu: { apply: leakyRelu, gain: LEAKY_GAIN },
} as const;

/** The first layer's biases start with this standard deviation, so that its kinks do not all meet at the origin. */
const FIRST_BIAS = 0.5;

function perceptron(
  p: Parameters,
  x: Value,
  { width, hidden }: Layers,
  activation: keyof typeof ACTIVATIONS,
  outputs: number,
): Value {
  const { apply, gain } = ACTIVATIONS[activation];
  let y = x;
  for (let i = 0; i < hidden; i++) {
    const bias = p.get(`${i}/bias`, [1, width], i === 0 ? FIRST_BIAS : 0);
    y = apply(add(linearLayer(p, `${i}/weight`, y, width, gain), bias));
  }
  return add(linearLayer(p, "out/weight", y, outputs), p.get("out/bias", [1, outputs], 0));
}

/**
 * Latents [N, 2] to points [N, 2]. The latent space has no gaps and the data has, so what lies between two modes is a share of all samples that only
 * becomes small where the generator is steep. Layers of tanh become steep by their weights alone and stay flat beside the step.
 */
export function generator(p: Parameters, z: Value, layers: Layers): Value {
  return perceptron(p, z, layers, "tanh", 2);
}

/** Points, as pictures of one pixel with two channels [N, 2, 1, 1], to logits [N, 1]. */
export function discriminator(p: Parameters, points: Value, layers: Layers): Value {
  return perceptron(p, reshape(points, [points.shape[0] as number, 2]), layers, "leakyRelu", 1);
}

/** The graphs of one training step, in their order, and what they train. */
export interface PointsPhases {
  readonly generator: readonly Parameter[];
  readonly discriminator: readonly Parameter[];
  readonly D: Readonly<Record<string, Value>>;
  readonly G: Readonly<Record<string, Value>>;
}

/** Name of the state tensor with a parameter's second moment. */
export const moment2Of = (name: string): string => `${name}.v`;
/** Name of the state tensor with a generator parameter's moving average. */
export const emaOf = (name: string): string => `${name}.ema`;

function updates(loss: Value, parameters: readonly Parameter[]): Record<string, Value> {
  const slopes = gradients(
    loss,
    parameters.map((p) => p.value),
  );
  const scalars = {
    learningRate: input("learningRate", []),
    beta2: input("beta2", []),
    biasCorrection2: input("biasCorrection2", []),
  };
  const outputs: Record<string, Value> = {};
  for (const [i, { name, shape, value }] of parameters.entries()) {
    const next = adam(value, slopes[i] as Value, input(moment2Of(name), shape), scalars);
    outputs[NEXT + name] = next.parameter;
    outputs[NEXT + moment2Of(name)] = next.moment2;
  }
  return outputs;
}

function averages(
  parameters: readonly Parameter[],
  updated: Readonly<Record<string, Value>>,
): Record<string, Value> {
  const rate = input("emaRate", []);
  return Object.fromEntries(
    parameters.map(({ name, shape }) => [
      NEXT + emaOf(name),
      ema(input(emaOf(name), shape), updated[NEXT + name] as Value, rate),
    ]),
  );
}

/**
 * R3GAN's two phases on points: relativistic pairing loss, and R1 and R2 every step (Huang et al. 2024, arXiv:2501.05441). Inputs are `real`
 * [N, 2, 1, 1], `z` [N, 2] and the scalars of the schedules.
 */
export function pointsPhases(batch: number, layersG: Layers, layersD: Layers): PointsPhases {
  const [G, D] = [new Parameters("G"), new Parameters("D")];
  // Not reshaped from [N, 2] here: two reshapes that cancel are left out, and the logits would not pass through the points that are penalised.
  const real = input("real", [batch, 2, 1, 1]);
  const fake = reshape(generator(G, input("z", [batch, LATENT]), layersG), [batch, 2, 1, 1]);
  const points = stopGradient(concat([real, fake], 0));
  const logits = discriminator(D, points, layersD);
  const [onReal, onFake] = split(logits, 0, [batch, batch]) as [Value, Value];
  // gamma / 2 (R1 + R2), where R1 + R2 is twice the mean over both halves.
  const penalty = mul(input("gamma", []), reduceMean(squaredGradientNorm(logits, points)));
  const lossD = add(relativisticLoss(onReal, onFake), penalty);
  const lossG = relativisticLoss(discriminator(D, fake, layersD), discriminator(D, real, layersD));
  const updatesG = updates(lossG, G.list());
  return {
    generator: G.list(),
    discriminator: D.list(),
    D: { lossD, ...updates(lossD, D.list()) },
    G: { lossG, ...updatesG, ...averages(G.list(), updatesG) },
  };
}
