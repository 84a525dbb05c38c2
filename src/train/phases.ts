import { NEXT } from "../engine/state.ts";
import { gradients } from "../graph/gradients.ts";
import * as ops from "../graph/ops/index.ts";
import { scope, type Value } from "../graph/value.ts";
import type { Architecture, Family } from "../models/family.ts";
import { adam, ema } from "../nn/adam.ts";
import { type Augmentation, augment, augmentInputs } from "../nn/augment.ts";
import { adversarialLosses, type LossName } from "../nn/losses.ts";
import { type Parameter, Parameters } from "../nn/parameters.ts";
import { oneCentred, type PenaltyName, squaredGradientNorm } from "../nn/penalties.ts";

const { add, mul, reduceMean } = ops;

/** The two phases of a step, in their order. */
export type PhaseName = "D" | "G";

/** How a phase goes through a batch. */
export interface Passes {
  readonly pairs: number;
  readonly rounds: number;
}

/**
 * Passes of each phase for a batch. The discriminator sees real and generated images as one batch, so its passes hold half as
 * many pairs as the generator's: `microBatch` images go through a network at a time.
 */
export function passesOf(batch: number, microBatch: number): Readonly<Record<PhaseName, Passes>> {
  const pairs = microBatch % 2 === 0 ? microBatch / 2 : microBatch;
  return {
    D: { pairs, rounds: batch / pairs },
    G: { pairs: microBatch, rounds: batch / microBatch },
  };
}

/** What the graphs of a run are built from. */
export interface PhaseOptions {
  readonly family: Family;
  readonly architecture: Architecture;
  /** Pairs of a real and a generated image in one forward and backward pass, and passes whose gradients are added up, a phase. */
  readonly passes: Readonly<Record<PhaseName, Passes>>;
  readonly augmentations: readonly Augmentation[];
  readonly loss: LossName;
  readonly penalty: PenaltyName;
}

/** The outputs of a graph by name; `next/x` replaces `x` in the state. */
export type PhaseGraph = Readonly<Record<string, Value>>;

/** The graphs of a phase: a pass, and the update where gradients are added up over several passes (otherwise the pass updates). */
export interface PhaseGraphs {
  readonly pass: PhaseGraph;
  readonly update: PhaseGraph | undefined;
}

/** The graphs of one training step: D, then G. */
export interface Phases {
  readonly generator: readonly Parameter[];
  readonly discriminator: readonly Parameter[];
  readonly D: PhaseGraphs;
  readonly G: PhaseGraphs;
}

/** Names of the state tensors that belong to a parameter. */
export const moment2Of = (name: string): string => `${name}.v`;
/** Name of a generator parameter's moving average. */
export const emaOf = (name: string): string => `${name}.ema`;
/** Name of the running sum of a parameter's gradients over the passes of a batch. */
export const gradientOf = (name: string): string => `${name}.grad`;

/** Pictures [n, 3, R, R] as bytes to [-1, 1]. */
function fromBytes(images: Value): Value {
  return ops.sub(mul(ops.cast(images, "float32"), 1 / 127.5), 1);
}

function batchInputs(
  { architecture }: PhaseOptions,
  pairs: number,
): { real: Value; z: Value; c?: Value } {
  const { resolution, latent, classes } = architecture;
  const real = fromBytes(ops.input("real", [pairs, 3, resolution, resolution], "uint8"));
  const z = ops.input("z", [pairs, latent]);
  return classes === 0 ? { real, z } : { real, z, c: ops.input("c", [pairs, classes]) };
}

/** Adam on every parameter, and the moving average where the network has one. The norm of the gradients shows divergence early. */
function updates(
  phase: PhaseName,
  parameters: readonly Parameter[],
  grads: readonly Value[],
): Record<string, Value> {
  const scalars = {
    learningRate: ops.input("learningRate", []),
    beta2: ops.input("beta2", []),
    biasCorrection2: ops.input("biasCorrection2", []),
  };
  const emaRate = phase === "G" ? ops.input("emaRate", []) : undefined;
  const outputs: Record<string, Value> = {};
  for (const [i, { name, shape, value }] of parameters.entries()) {
    const step = scope(`adam/${name}`, () =>
      adam(value, grads[i] as Value, ops.input(moment2Of(name), shape), scalars),
    );
    outputs[NEXT + name] = step.parameter;
    outputs[NEXT + moment2Of(name)] = step.moment2;
    if (emaRate !== undefined)
      outputs[NEXT + emaOf(name)] = ema(ops.input(emaOf(name), shape), step.parameter, emaRate);
  }
  const squares = grads.map((g) => ops.reduceSum(ops.square(g)));
  return { ...outputs, [`gradientNorm${phase}`]: ops.sqrt(squares.reduce((a, b) => add(a, b))) };
}

/** What a pass does with its gradients: update at once, or add its share to the running sums. */
function consume(
  phase: PhaseName,
  parameters: readonly Parameter[],
  loss: Value,
  rounds: number,
): Record<string, Value> {
  const grads = gradients(
    mul(loss, 1 / rounds),
    parameters.map((p) => p.value),
  );
  if (rounds === 1) return updates(phase, parameters, grads);
  return Object.fromEntries(
    parameters.map(({ name, shape }, i) => [
      NEXT + gradientOf(name),
      add(ops.input(gradientOf(name), shape), grads[i] as Value),
    ]),
  );
}

/** The update from the running sums, which start again at zero. */
function updateFromSums(phase: PhaseName, parameters: readonly Parameter[]): PhaseGraph {
  const sums = parameters.map(({ name, shape }) => ops.input(gradientOf(name), shape));
  const cleared = parameters.map(
    ({ name, shape }) => [NEXT + gradientOf(name), ops.zeros(shape)] as const,
  );
  return { ...updates(phase, parameters, sums), ...Object.fromEntries(cleared) };
}

/** A penalty as it goes into the loss, before gamma, and the squared gradient norms that it looked at. */
interface Penalty {
  readonly value: Value;
  readonly r1: Value;
  readonly r2: Value;
}

/**
 * R1 and R2 are `|| dD/dx ||^2 / 2` at real and generated images, taken before augmentation. The penalty of WGAN-GP is taken at random points
 * between the augmented images of each pair.
 */
function penaltyOf(
  kind: PenaltyName,
  at: {
    readonly images: Value;
    readonly seen: Value;
    readonly logits: Value;
    readonly pairs: number;
  },
  judge: (images: Value) => Value,
): Penalty {
  const none = ops.scalar(0);
  if (kind === "none") return { value: none, r1: none, r2: none };
  const halves = (x: Value): [Value, Value] =>
    ops.split(x, 0, [at.pairs, at.pairs]) as [Value, Value];
  if (kind === "wgan-gp") {
    const [real, fake] = halves(at.seen);
    const share = ops.input("mix", [at.pairs, 1, 1, 1]);
    const between = ops.stopGradient(add(fake, mul(share, ops.sub(real, fake))));
    const norms = squaredGradientNorm(judge(between), between);
    return { value: reduceMean(oneCentred(norms)), r1: reduceMean(norms), r2: none };
  }
  const [r1, r2] = halves(squaredGradientNorm(at.logits, at.images)).map((part) =>
    reduceMean(part),
  ) as [Value, Value];
  return { value: mul(kind === "r1" ? r1 : add(r1, r2), 0.5), r1, r2 };
}

/**
 * D phase: adversarial loss and gamma times the penalty; by default `mean softplus(-(D(x) - D(G(z)))) + gamma / 2 mean(|| dD/dx ||^2 +
 * || dD/dG(z) ||^2)`. Reals and fakes go through the discriminator as one batch.
 */
function discriminatorPhase(options: PhaseOptions, G: Parameters, D: Parameters): PhaseGraph {
  const { family, architecture, augmentations } = options;
  const { pairs, rounds } = options.passes.D;
  const { real, z, c } = batchInputs(options, pairs);
  const fake = ops.stopGradient(family.generator(G, architecture, z, c));
  const images = ops.stopGradient(ops.concat([real, fake], 0)); // [2 n, 3, R, R]
  const seen =
    augmentations.length === 0
      ? images
      : augment(images, augmentInputs("augment", 2 * pairs), augmentations);
  const both = c === undefined ? undefined : ops.concat([c, c], 0);
  const logits = family.discriminator(D, architecture, seen, both); // [2 n, 1]
  const [realLogit = logits, fakeLogit = logits] = ops.split(logits, 0, [pairs, pairs]);
  const penalty = penaltyOf(options.penalty, { images, seen, logits, pairs }, (points) =>
    family.discriminator(D, architecture, points, c),
  );
  const adversarial = adversarialLosses[options.loss].discriminator(realLogit, fakeLogit);
  const loss =
    options.penalty === "none"
      ? adversarial
      : add(adversarial, mul(ops.input("gamma", []), penalty.value));
  return {
    ...consume("D", D.list(), loss, rounds),
    lossD: loss,
    realLogit: reduceMean(realLogit),
    fakeLogit: reduceMean(fakeLogit),
    realSign: reduceMean(ops.sign(ops.sub(realLogit, fakeLogit))),
    r1: penalty.r1,
    r2: penalty.r2,
  };
}

/** G phase: the generator's adversarial loss, by default `mean softplus(-(D(G(z)) - D(x)))`. */
function generatorPhase(options: PhaseOptions, G: Parameters, D: Parameters): PhaseGraph {
  const { family, architecture, augmentations } = options;
  const { pairs, rounds } = options.passes.G;
  const { real, z, c } = batchInputs(options, pairs);
  const judge = (images: Value, which: string): Value => {
    const seen =
      augmentations.length === 0
        ? images
        : augment(images, augmentInputs(`augment/${which}`, pairs), augmentations);
    return family.discriminator(D, architecture, seen, c);
  };
  const fakeLogit = judge(family.generator(G, architecture, z, c), "fake");
  const loss = adversarialLosses[options.loss].generator(fakeLogit, () => judge(real, "real"));
  return { ...consume("G", G.list(), loss, rounds), lossG: loss };
}

/** Builds the graphs of a training step. */
export function buildPhases(options: PhaseOptions): Phases {
  const [G, D] = [new Parameters("G"), new Parameters("D")];
  // The generator phase comes first only to declare both networks' parameters in their own order.
  const graphG = generatorPhase(options, G, D);
  const graphD = discriminatorPhase(options, G, D);
  const { passes } = options;
  return {
    generator: G.list(),
    discriminator: D.list(),
    D: { pass: graphD, update: passes.D.rounds === 1 ? undefined : updateFromSums("D", D.list()) },
    G: { pass: graphG, update: passes.G.rounds === 1 ? undefined : updateFromSums("G", G.list()) },
  };
}
