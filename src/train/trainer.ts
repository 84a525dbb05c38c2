import { DivergenceError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import { type HostTensor, hostTensor } from "../base/tensor.ts";
import type { Sampler } from "../data/sampler.ts";
import type { Engine } from "../engine/engine.ts";
import type { EncodedProgram, Program } from "../engine/program.ts";
import type { ReplicaPlan, Replicas } from "../engine/replicas.node.ts";
import { NEXT, State } from "../engine/state.ts";
import { examplesShape, type Family, type NetworkName } from "../models/family.ts";
import type { Draw } from "../models/phase-context.ts";
import { familyOf } from "../models/registry.ts";
import { adaptAugment, sampleAugment } from "../nn/augment.ts";
import { initialize, type Parameter } from "../nn/parameters.ts";
import { cosineSchedule, emaBeta } from "../nn/schedule.ts";
import type { RunConfig } from "./config.ts";
import { firstNonFinite } from "./diagnose.ts";
import {
  buildPhases,
  emaOf,
  gradientOf,
  isAveraged,
  moment1Of,
  moment2Of,
  type Phase,
  type Phases,
} from "./phases.ts";

/** Numbers of a run that are not tensors: with the tensors, all that a checkpoint needs. */
export interface Progress {
  /** Steps done. */
  readonly step: number;
  readonly augmentP: number;
  /** Signal of adaptive augmentation since its last adjustment: sum of signs, and steps. */
  readonly signSum: number;
  readonly signSteps: number;
  /** Learning rates are multiplied by this; halved after each divergence. */
  readonly learningRateScale: number;
}

/** What one step measured: scalars by name. Phases that are not taken in every step report nothing in the others. */
export type StepReport = Readonly<Record<string, number>> & {
  readonly learningRate: number;
  readonly gamma: number;
  readonly augmentP: number;
};

/** Steps between adjustments of adaptive augmentation, as in ADA. */
const ADAPT_STEPS = 4;

type Feeds = Readonly<Record<string, HostTensor>>;

const scalar = (value: number): HostTensor => hostTensor("float32", [], Float32Array.of(value));

interface CompiledPhase {
  readonly phase: Phase;
  readonly pass: Program;
  readonly update: Program | undefined;
}

/** Starts threads that each take a part of every batch, beside this one. */
export type StartReplicas = (count: number, plan: ReplicaPlan) => Replicas;

/**
 * Trains one model step by step. Everything random is addressed by purpose and step number, so a trainer restored from a
 * checkpoint does exactly what the stopped one would have done.
 */
export class Trainer {
  /** Weights, moments, averages and sums of gradients, by name. */
  readonly state: State = new State();
  /** The graphs of a step. */
  readonly phases: Phases;
  readonly #config: RunConfig;
  readonly #family: Family;
  readonly #engine: Engine;
  readonly #sampler: Sampler;
  readonly #random: Random;
  readonly #compiled: readonly CompiledPhase[];
  #replicas: Replicas | undefined;
  #progress: Progress;

  private constructor(
    config: RunConfig,
    engine: Engine,
    sampler: Sampler,
    phases: Phases,
    compiled: readonly CompiledPhase[],
  ) {
    this.#config = config;
    this.#family = familyOf(config.architecture.family);
    this.#engine = engine;
    this.#sampler = sampler;
    this.#random = new Random(config.seed);
    this.phases = phases;
    this.#compiled = compiled;
    this.#progress = {
      step: 0,
      augmentP: config.augmentP[0],
      signSum: 0,
      signSteps: 0,
      learningRateScale: 1,
    };
  }

  /**
   * Builds and compiles the graphs and draws the starting weights.
   *
   * @param startReplicas Without it, this thread goes through the parts of a batch one after the other.
   */
  static async create(
    config: RunConfig,
    engine: Engine,
    sampler: Sampler,
    startReplicas?: StartReplicas,
  ): Promise<Trainer> {
    const { architecture, objective, microBatch, batch, augment, augmentations, beta1 } = config;
    const { replicas } = config;
    const phases = buildPhases({
      family: familyOf(architecture.family),
      architecture,
      objective,
      batch,
      microBatch,
      replicas,
      beta1,
      augmentations: augment === "none" ? [] : augmentations,
      freeze: config.from?.freeze ?? 0,
    });
    const compiled: CompiledPhase[] = [];
    const passes: EncodedProgram[] = [];
    for (const phase of phases.phases) {
      const { pass, update } = phase;
      const encoded = await engine.encode(pass);
      passes.push(encoded);
      compiled.push({
        phase,
        pass: await engine.load(encoded),
        update: update === undefined ? undefined : await engine.compile(update),
      });
    }
    const trainer = new Trainer(config, engine, sampler, phases, compiled);
    trainer.#start();
    if (replicas > 1) trainer.#replicas = startReplicas?.(replicas - 1, trainer.#planOf(passes));
    trainer.#publish();
    return trainer;
  }

  /** What replicas need for the passes of all phases. */
  #planOf(programs: readonly EncodedProgram[]): ReplicaPlan {
    const sums = this.phases.phases.flatMap(({ trained }) =>
      trained.map(({ name, shape }) => ({ name: gradientOf(name), shape })),
    );
    const inputs = new Set(programs.flatMap((program) => Object.keys(program.inputs)));
    const outputs = new Set(programs.flatMap((program) => Object.keys(program.outputs)));
    return {
      programs,
      weights: this.checkpointNames
        .filter((name) => inputs.has(name))
        .map((name) => ({ name, shape: this.state.peek(name).shape })),
      sums: [...new Map(sums.map((sum) => [sum.name, sum])).values()],
      written: [...outputs].filter((n) => n.startsWith(NEXT)).map((n) => n.slice(NEXT.length)),
    };
  }

  /** Gives the replicas all weights. */
  #publish(): void {
    this.#replicas?.publish(this.state, this.checkpointNames);
  }

  /** Parameters and buffers of all networks. */
  get #parameters(): readonly Parameter[] {
    return Object.values(this.phases.parameters).flat();
  }

  #start(): void {
    const tensors = initialize(this.#parameters, this.#random.split("init"));
    for (const [name, tensor] of tensors) this.state.set(name, tensor);
    for (const parameter of this.#parameters) {
      const { name, shape, trained } = parameter;
      if (trained) this.state.set(moment2Of(name), hostTensor("float32", shape));
      if (trained && this.#config.beta1 > 0)
        this.state.set(moment1Of(name), hostTensor("float32", shape));
      if (isAveraged(parameter)) this.state.set(emaOf(name), this.state.peek(name));
    }
    this.#clearSums();
  }

  /** Running sums of gradients start at zero; a step that failed may have left something in them. */
  #clearSums(): void {
    for (const { phase, update } of this.#compiled) {
      if (update === undefined) continue;
      for (const { name, shape } of phase.trained)
        this.state.set(gradientOf(name), hostTensor("float32", shape));
    }
  }

  /** Progress so far. */
  get progress(): Progress {
    return this.#progress;
  }

  /** Thousands of real images shown. */
  get kimg(): number {
    return (this.#progress.step * this.#config.batch) / 1000;
  }

  /** True when the run has reached its length. */
  get finished(): boolean {
    return this.kimg >= this.#config.kimg - 1e-9;
  }

  /** Tensors that a checkpoint keeps, by name. */
  get checkpointNames(): string[] {
    return this.#parameters.flatMap((parameter) => {
      const { name, trained } = parameter;
      const moments =
        this.#config.beta1 > 0 ? [moment2Of(name), moment1Of(name)] : [moment2Of(name)];
      const average = isAveraged(parameter) ? [emaOf(name)] : [];
      return [name, ...(trained ? moments : []), ...average];
    });
  }

  /** A network as it is to be used: averages where there are any, and buffers, by parameter name. */
  async weightsOf(network: NetworkName): Promise<Map<string, HostTensor>> {
    const weights = new Map<string, HostTensor>();
    for (const parameter of this.phases.parameters[network]) {
      const { name } = parameter;
      weights.set(name, await this.state.get(isAveraged(parameter) ? emaOf(name) : name));
    }
    return weights;
  }

  /** Goes back (or on) to a checkpoint. */
  restore(tensors: ReadonlyMap<string, HostTensor>, progress: Progress): void {
    for (const [name, tensor] of tensors) this.state.set(name, tensor);
    this.#clearSums();
    this.#publish();
    this.#progress = progress;
  }

  /** Goes on with half the learning rates. */
  halveLearningRates(): void {
    this.#progress = { ...this.#progress, learningRateScale: this.#progress.learningRateScale / 2 };
  }

  /**
   * One training step: every phase that is due.
   *
   * @throws {DivergenceError} if a loss or gradient is not finite; the weights are then as before the failing phase.
   */
  async step(): Promise<StepReport> {
    const {
      batch,
      learningRate: rates,
      beta2: betas,
      gamma: gammas,
      emaHalflifeKimg,
      scheduleKimg,
      augment,
      augmentP: ps,
      beta1,
    } = this.#config;
    const { step, learningRateScale } = this.#progress;
    const at = (range: readonly [number, number]): number =>
      cosineSchedule(range, step * batch, scheduleKimg * 1000);
    const augmentP = augment === "adaptive" ? this.#progress.augmentP : at(ps);
    const [learningRate, beta2, gamma] = [at(rates) * learningRateScale, at(betas), at(gammas)];
    const scalars = {
      learningRate: scalar(learningRate),
      beta2: scalar(beta2),
      biasCorrection1: scalar(1 - beta1 ** (step + 1)),
      biasCorrection2: scalar(1 - beta2 ** (step + 1)),
      gamma: scalar(gamma),
      emaRate: scalar(1 - emaBeta(batch, at(emaHalflifeKimg))),
    };
    const report = { learningRate, gamma, augmentP };
    for (const [index, compiled] of this.#compiled.entries()) {
      if (step % compiled.phase.every === 0)
        Object.assign(report, await this.#phase(compiled, index, scalars, augmentP));
    }
    this.#advance((report as StepReport).realSign ?? 0, augmentP);
    return report;
  }

  #advance(realSign: number, augmentP: number): void {
    const { step, signSum, signSteps, learningRateScale } = this.#progress;
    const [sum, steps] = [signSum + realSign, signSteps + 1];
    const adapt = this.#config.augment === "adaptive" && steps >= ADAPT_STEPS;
    this.#progress = {
      step: step + 1,
      augmentP: adapt ? adaptAugment(augmentP, sum / steps, steps * this.#config.batch) : augmentP,
      signSum: adapt ? 0 : sum,
      signSteps: adapt ? 0 : steps,
      learningRateScale,
    };
  }

  /** Inputs of one pass: examples, their numbers, classes, random numbers and augmentations of step, phase and round. */
  #feeds(phase: Phase, index: number, round: number, augmentP: number): Record<string, HostTensor> {
    const { architecture, batch, augmentations } = this.#config;
    const { classes } = architecture;
    const { pairs } = phase.passes;
    const phases = this.#compiled.length;
    const position = (phases * this.#progress.step + index) * batch + round * pairs;
    const { examples, facts, labels } = this.#sampler.batch(position, pairs);
    const feeds: Record<string, HostTensor> = {
      real: hostTensor("uint8", examplesShape(this.#family, architecture, pairs), examples),
    };
    if (facts.length > 0) feeds.facts = hostTensor("float32", [pairs, facts.length / pairs], facts);
    if (classes > 0) {
      const c = hostTensor("float32", [pairs, classes]);
      for (const [i, label] of labels.entries()) c.data[i * classes + label] = 1;
      feeds.c = c;
    }
    for (const draw of phase.draws)
      feeds[draw.name] = drawn(draw, this.#random.split(draw.name).split(position));
    const random = this.#random.split("augment").split(position);
    for (const { prefix, images: n } of phase.augmented)
      Object.assign(
        feeds,
        sampleAugment(prefix, random.split(prefix), augmentations, augmentP, n, architecture),
      );
    return feeds;
  }

  async #phase(
    compiled: CompiledPhase,
    index: number,
    scalars: Readonly<Record<string, HostTensor>>,
    augmentP: number,
  ): Promise<Record<string, number>> {
    const { phase, pass, update } = compiled;
    const { rounds } = phase.passes;
    const replicas = this.#replicas;
    const own = rounds / (1 + (replicas?.count ?? 0));
    const feedsOf = (round: number): Record<string, HostTensor> => ({
      ...scalars,
      ...this.#feeds(phase, index, round, augmentP),
    });
    const means: Record<string, number> = {};
    const note = async (values: Readonly<Record<string, number>>, round: number): Promise<void> => {
      const share = round < rounds ? 1 / rounds : 1;
      for (const [key, value] of Object.entries(values))
        means[key] = (means[key] ?? 0) + value * share;
      if (Object.values(means).some((v) => !Number.isFinite(v)))
        await this.#diverged(phase, feedsOf(Math.min(round, rounds - 1)));
    };
    const run = async (program: Program, round: number, feeds: Feeds): Promise<string[]> => {
      const { results, next } = await program.run(feeds, this.state);
      const values = Object.entries(results).map(
        ([k, { data }]) => [k, data[0] as number] as const,
      );
      await note(Object.fromEntries(values), round);
      this.state.commit(next);
      return [...next.keys()];
    };
    const others = replicas?.run(index, (replica) =>
      Array.from({ length: own }, (_, i) => feedsOf((1 + replica) * own + i)),
    );
    const written = new Set<string>();
    for (let round = 0; round < own; round++)
      for (const name of await run(pass, round, feedsOf(round))) written.add(name);
    const answers = (await others)?.flat() ?? [];
    for (const [i, values] of answers.entries()) await note(values, own + i);
    if (replicas !== undefined) this.#gather(replicas, written);
    if (update !== undefined)
      for (const name of await run(update, rounds, scalars)) written.add(name);
    replicas?.publish(this.state, written);
    return means;
  }

  /** Adds the replicas' sums of gradients to this thread's. Buffers, which followed a part of the batch in each, become their means. */
  #gather(replicas: Replicas, written: Iterable<string>): void {
    const sums = new Set(
      this.phases.phases.flatMap(({ trained }) => trained.map(({ name }) => gradientOf(name))),
    );
    for (const name of written) {
      const here = this.state.peek(name).data as Float32Array;
      for (const there of replicas.written(name))
        for (let i = 0; i < here.length; i++) here[i] = (here[i] as number) + (there[i] as number);
      if (sums.has(name)) continue;
      for (let i = 0; i < here.length; i++) here[i] = (here[i] as number) / (1 + replicas.count);
    }
  }

  async #diverged(
    { name, pass }: Phase,
    feeds: Readonly<Record<string, HostTensor>>,
  ): Promise<never> {
    const first = await firstNonFinite(this.#engine, pass, feeds, this.state);
    throw new DivergenceError(
      `step ${this.#progress.step}, ${name} phase: ${first} is not finite.`,
    );
  }

  /** Frees the state and the compiled graphs. */
  async dispose(): Promise<void> {
    await this.#replicas?.dispose();
    this.state.dispose();
    for (const { pass, update } of this.#compiled) {
      await pass.dispose();
      await update?.dispose();
    }
  }
}

/** The numbers of a random input. */
function drawn({ shape, kind }: Draw, random: Random): HostTensor<"float32"> {
  const tensor = hostTensor("float32", shape);
  if (kind === "normal") random.fillNormal(tensor.data);
  else for (let i = 0; i < tensor.data.length; i++) tensor.data[i] = random.uniform();
  return tensor;
}
