import { ConfigError } from "../base/errors.ts";
import { NEXT } from "../engine/state.ts";
import { gradients } from "../graph/gradients.ts";
import * as ops from "../graph/ops/index.ts";
import { scope, type Value } from "../graph/value.ts";
import type { Family, NetworkName, PhaseDefinition } from "../models/family.ts";
import {
  type AugmentDraw,
  type Draw,
  emptyNetworks,
  type Networks,
  PhaseContext,
  parametersOf,
  type StepFacts,
} from "../models/phase-context.ts";
import { adam, ema } from "../nn/adam.ts";
import type { Parameter } from "../nn/parameters.ts";

const { add, mul } = ops;

/** How a phase goes through a batch. */
export interface Passes {
  /** Real images in one forward and backward pass. */
  readonly pairs: number;
  /** Passes whose gradients are added up, in all replicas. */
  readonly rounds: number;
}

/**
 * Passes of a phase for a batch, of which each replica takes an equal part: `microBatch` images go through a network at a time. Where real and generated
 * images go as one batch, a pass holds half as many of each.
 */
export function passesOf(
  batch: number,
  microBatch: number,
  imagesPerReal: 1 | 2,
  replicas: number,
): Passes {
  const images = imagesPerReal === 2 && microBatch % 2 === 0 ? microBatch / 2 : microBatch;
  const pairs = Math.min(images, batch / replicas);
  return { pairs, rounds: batch / pairs };
}

/** What the graphs of a run are built from. */
export interface PhaseOptions extends StepFacts {
  readonly family: Family;
  readonly batch: number;
  readonly microBatch: number;
  /** Parts of a batch that are computed at the same time. */
  readonly replicas: number;
  /** Decay of Adam's first moment. */
  readonly beta1: number;
  /** Parts of the discriminator, from the picture on, that are not trained. @default 0 */
  readonly freeze?: number;
}

/** The outputs of a graph by name; `next/x` replaces `x` in the state. */
export type PhaseGraph = Readonly<Record<string, Value>>;

/** A phase of a training step as graphs. */
export interface Phase {
  readonly name: string;
  readonly every: number;
  readonly passes: Passes;
  /** One pass: it updates the networks, or adds to the sums of their gradients where there are several passes. */
  readonly pass: PhaseGraph;
  /** The update from the sums. */
  readonly update: PhaseGraph | undefined;
  /** Parameters that it trains. */
  readonly trained: readonly Parameter[];
  /** Random inputs of a pass. */
  readonly draws: readonly Draw[];
  readonly augmented: readonly AugmentDraw[];
}

/** The graphs of one training step. */
export interface Phases {
  readonly parameters: Readonly<Record<NetworkName, readonly Parameter[]>>;
  /** In their order. */
  readonly phases: readonly Phase[];
}

/** Names of the state tensors that belong to a parameter. */
export const moment2Of = (name: string): string => `${name}.v`;
/** Name of a parameter's first moment, which only momentum has. */
export const moment1Of = (name: string): string => `${name}.m`;
/** Name of a parameter's moving average. */
export const emaOf = (name: string): string => `${name}.ema`;
/** Name of the running sum of a parameter's gradients over the passes of a batch. */
export const gradientOf = (name: string): string => `${name}.grad`;

/** Whether a parameter or buffer has a moving average: all but the discriminator's. Statistics must keep pace with the weights they belong to. */
export function isAveraged({ name }: Parameter): boolean {
  return !name.startsWith("D/");
}

/** Adam on every parameter, and the moving averages. The norm of the gradients shows divergence early. */
function updates(
  phase: string,
  parameters: readonly Parameter[],
  grads: readonly Value[],
  beta1: number,
): Record<string, Value> {
  const scalars = {
    learningRate: ops.input("learningRate", []),
    beta2: ops.input("beta2", []),
    biasCorrection2: ops.input("biasCorrection2", []),
  };
  const biasCorrection1 = ops.input("biasCorrection1", []);
  const emaRate = ops.input("emaRate", []);
  const outputs: Record<string, Value> = {};
  for (const [i, parameter] of parameters.entries()) {
    const { name, shape, value } = parameter;
    const momentum =
      beta1 === 0
        ? undefined
        : { moment1: ops.input(moment1Of(name), shape), beta1, biasCorrection1 };
    const step = scope(`adam/${name}`, () =>
      adam(value, grads[i] as Value, ops.input(moment2Of(name), shape), scalars, momentum),
    );
    outputs[NEXT + name] = step.parameter;
    outputs[NEXT + moment2Of(name)] = step.moment2;
    if (step.moment1 !== undefined) outputs[NEXT + moment1Of(name)] = step.moment1;
    if (isAveraged(parameter))
      outputs[NEXT + emaOf(name)] = ema(ops.input(emaOf(name), shape), step.parameter, emaRate);
  }
  const squares = grads.map((g) => ops.reduceSum(ops.square(g)));
  return { ...outputs, [`gradientNorm${phase}`]: ops.sqrt(squares.reduce((a, b) => add(a, b))) };
}

/** What a pass does with its gradients: update at once, or add its share to the running sums. */
function consume(
  phase: string,
  parameters: readonly Parameter[],
  loss: Value,
  rounds: number,
  beta1: number,
): Record<string, Value> {
  const grads = gradients(
    mul(loss, 1 / rounds),
    parameters.map((p) => p.value),
  );
  if (rounds === 1) return updates(phase, parameters, grads, beta1);
  return Object.fromEntries(
    parameters.map(({ name, shape }, i) => [
      NEXT + gradientOf(name),
      add(ops.input(gradientOf(name), shape), grads[i] as Value),
    ]),
  );
}

/** The update from the running sums, which start again at zero. */
function updateFromSums(
  phase: string,
  parameters: readonly Parameter[],
  beta1: number,
): PhaseGraph {
  const sums = parameters.map(({ name, shape }) => ops.input(gradientOf(name), shape));
  const cleared = parameters.map(
    ({ name, shape }) => [NEXT + gradientOf(name), ops.zeros(shape)] as const,
  );
  return { ...updates(phase, parameters, sums, beta1), ...Object.fromEntries(cleared) };
}

/** Next values of buffers, and their averages. */
function bufferUpdates(
  declared: readonly Parameter[],
  updated: ReadonlyMap<string, Value>,
): PhaseGraph {
  const emaRate = ops.input("emaRate", []);
  const outputs: Record<string, Value> = {};
  for (const parameter of declared) {
    const { name, shape } = parameter;
    const value = updated.get(name);
    if (value === undefined) continue;
    outputs[NEXT + name] = value;
    if (isAveraged(parameter))
      outputs[NEXT + emaOf(name)] = ema(ops.input(emaOf(name), shape), value, emaRate);
  }
  return outputs;
}

/**
 * Parameters of the first parts of a discriminator, which sees pictures first: `D/b64` and `D/b32` are two.
 *
 * @throws {ConfigError} if nothing would be left to train.
 * @see Mo, Cho, Shin 2020, "Freeze the Discriminator: a Simple Baseline for Fine-Tuning GANs", arXiv:2002.10964
 */
function frozenOf(parameters: readonly Parameter[], freeze: number): ReadonlySet<Parameter> {
  const partOf = ({ name }: Parameter): string => name.split("/")[1] ?? "";
  const parts = [...new Set(parameters.map(partOf))];
  if (freeze > 0 && freeze >= parts.length) {
    throw new ConfigError(
      `freeze: got ${freeze}, expected less than ${parts.length}, the parts of the discriminator: ${parts.join(", ")}.`,
    );
  }
  const first = parts.slice(0, freeze);
  return new Set(parameters.filter((p) => first.includes(partOf(p))));
}

function buildPhase(options: PhaseOptions, definition: PhaseDefinition, networks: Networks): Phase {
  const { name, trains, every = 1, imagesPerReal = 1 } = definition;
  const passes = passesOf(options.batch, options.microBatch, imagesPerReal, options.replicas);
  const context = new PhaseContext(options, networks, passes.pairs);
  const { loss, reports } = definition.objective(context);
  const declared = parametersOf(networks);
  const frozen = frozenOf(declared.D, options.freeze ?? 0);
  const trained = trains.flatMap((network) =>
    declared[network].filter((p) => p.trained && !frozen.has(p)),
  );
  return {
    name,
    every,
    passes,
    trained,
    pass: {
      ...consume(name, trained, loss, passes.rounds, options.beta1),
      ...bufferUpdates(
        trains.flatMap((network) => declared[network]),
        context.updatesOf(trains),
      ),
      [`loss${name}`]: loss,
      ...reports,
    },
    update: passes.rounds === 1 ? undefined : updateFromSums(name, trained, options.beta1),
    draws: context.draws,
    augmented: context.augmented,
  };
}

/** Builds the graphs of a training step. */
export function buildPhases(options: PhaseOptions): Phases {
  const networks = emptyNetworks();
  const phases = options.family
    .phases(options.objective)
    .map((definition) => buildPhase(options, definition, networks));
  return { parameters: parametersOf(networks), phases };
}
