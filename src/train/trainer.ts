import { DivergenceError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import { type HostTensor, hostTensor } from "../base/tensor.ts";
import type { Sampler } from "../data/sampler.ts";
import type { Engine, Program } from "../engine/engine.ts";
import { State } from "../engine/state.ts";
import { familyOf } from "../models/registry.ts";
import { adaptAugment, sampleAugment } from "../nn/augment.ts";
import { initialize } from "../nn/parameters.ts";
import { cosineSchedule, emaBeta } from "../nn/schedule.ts";
import type { RunConfig } from "./config.ts";
import { firstNonFinite } from "./diagnose.ts";
import {
  buildPhases,
  emaOf,
  gradientOf,
  moment2Of,
  type PhaseGraph,
  type PhaseName,
  type Phases,
  passesOf,
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

/** What one step measured. */
export interface StepReport {
  readonly lossD: number;
  readonly lossG: number;
  readonly realLogit: number;
  readonly fakeLogit: number;
  readonly realSign: number;
  readonly r1: number;
  readonly r2: number;
  /** Euclidean norm of the gradient of all weights, mean over passes. */
  readonly gradientNormD: number;
  readonly gradientNormG: number;
  readonly learningRate: number;
  readonly gamma: number;
  readonly augmentP: number;
}

/** Steps between adjustments of adaptive augmentation, as in ADA. */
const ADAPT_STEPS = 4;

const scalar = (value: number): HostTensor => hostTensor("float32", [], Float32Array.of(value));

interface CompiledPhase {
  readonly graph: PhaseGraph;
  readonly pass: Program;
  readonly update: Program | undefined;
}

/**
 * Trains one GAN step by step. Everything random is addressed by purpose and step number, so a trainer restored from a
 * checkpoint does exactly what the stopped one would have done.
 */
export class Trainer {
  /** Weights, moments, averages and sums of gradients, by name. */
  readonly state: State = new State();
  /** The graphs of a step. */
  readonly phases: Phases;
  readonly #config: RunConfig;
  readonly #engine: Engine;
  readonly #sampler: Sampler;
  readonly #random: Random;
  readonly #compiled: { readonly D: CompiledPhase; readonly G: CompiledPhase };
  #progress: Progress;

  private constructor(
    config: RunConfig,
    engine: Engine,
    sampler: Sampler,
    phases: Phases,
    compiled: { D: CompiledPhase; G: CompiledPhase },
  ) {
    this.#config = config;
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

  /** Builds and compiles the graphs and draws the starting weights. */
  static async create(config: RunConfig, engine: Engine, sampler: Sampler): Promise<Trainer> {
    const { architecture, microBatch, batch, augment, augmentations, loss, penalty } = config;
    const phases = buildPhases({
      family: familyOf(architecture.family),
      architecture,
      passes: passesOf(batch, microBatch),
      augmentations: augment === "none" ? [] : augmentations,
      loss,
      penalty,
    });
    const compile = async (name: PhaseName): Promise<CompiledPhase> => {
      const { pass, update } = phases[name];
      return {
        graph: pass,
        pass: await engine.compile(pass),
        update: update === undefined ? undefined : await engine.compile(update),
      };
    };
    const compiled = { D: await compile("D"), G: await compile("G") };
    const trainer = new Trainer(config, engine, sampler, phases, compiled);
    trainer.#start();
    return trainer;
  }

  #start(): void {
    const { generator, discriminator } = this.phases;
    for (const [name, tensor] of initialize(
      [...generator, ...discriminator],
      this.#random.split("init"),
    )) {
      this.state.set(name, tensor);
      this.state.set(moment2Of(name), hostTensor("float32", tensor.shape));
    }
    for (const { name } of generator) this.state.set(emaOf(name), this.state.peek(name));
    this.#clearSums();
  }

  /** Running sums of gradients start at zero; a step that failed may have left something in them. */
  #clearSums(): void {
    const { D, G } = this.#compiled;
    const summed = [
      ...(D.update === undefined ? [] : this.phases.discriminator),
      ...(G.update === undefined ? [] : this.phases.generator),
    ];
    for (const { name, shape } of summed)
      this.state.set(gradientOf(name), hostTensor("float32", shape));
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
    const { generator, discriminator } = this.phases;
    const base = [...generator, ...discriminator].flatMap(({ name }) => [name, moment2Of(name)]);
    return [...base, ...generator.map(({ name }) => emaOf(name))];
  }

  /** Goes back (or on) to a checkpoint. */
  restore(tensors: ReadonlyMap<string, HostTensor>, progress: Progress): void {
    for (const [name, tensor] of tensors) this.state.set(name, tensor);
    this.#clearSums();
    this.#progress = progress;
  }

  /** Goes on with half the learning rates. */
  halveLearningRates(): void {
    this.#progress = { ...this.#progress, learningRateScale: this.#progress.learningRateScale / 2 };
  }

  /**
   * One D step and one G step.
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
    } = this.#config;
    const { step, learningRateScale } = this.#progress;
    const at = (range: readonly [number, number]): number =>
      cosineSchedule(range, step * batch, scheduleKimg * 1000);
    const augmentP = augment === "adaptive" ? this.#progress.augmentP : at(ps);
    const [learningRate, beta2, gamma] = [at(rates) * learningRateScale, at(betas), at(gammas)];
    const scalars = {
      learningRate: scalar(learningRate),
      beta2: scalar(beta2),
      biasCorrection2: scalar(1 - beta2 ** (step + 1)),
      gamma: scalar(gamma),
      emaRate: scalar(1 - emaBeta(batch, at(emaHalflifeKimg))),
    };
    const d = await this.#phase("D", scalars, augmentP);
    const g = await this.#phase("G", scalars, augmentP);
    const report = { ...d, ...g, learningRate, gamma, augmentP } as unknown as StepReport;
    this.#advance(report.realSign, augmentP);
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

  /** Inputs of one pass: pictures, z, classes and augmentations of step, phase and round. */
  #feeds(phase: PhaseName, round: number, augmentP: number): Record<string, HostTensor> {
    const { architecture, batch, microBatch, augment, augmentations, penalty } = this.#config;
    const { resolution, latent, classes } = architecture;
    const { step } = this.#progress;
    const { pairs } = passesOf(batch, microBatch)[phase];
    const position = (2 * step + (phase === "D" ? 0 : 1)) * batch + round * pairs;
    const { images, labels } = this.#sampler.batch(position, pairs);
    const z = this.#random
      .split("z")
      .split(position)
      .fillNormal(new Float32Array(pairs * latent));
    const feeds: Record<string, HostTensor> = {
      real: hostTensor("uint8", [pairs, 3, resolution, resolution], images),
      z: hostTensor("float32", [pairs, latent], z),
    };
    if (classes > 0) {
      const c = hostTensor("float32", [pairs, classes]);
      for (const [i, label] of labels.entries()) c.data[i * classes + label] = 1;
      feeds.c = c;
    }
    if (phase === "D" && penalty === "wgan-gp") {
      const random = this.#random.split("mix").split(position);
      feeds.mix = hostTensor("float32", [pairs, 1, 1, 1]);
      for (let i = 0; i < pairs; i++) feeds.mix.data[i] = random.uniform();
    }
    if (augment !== "none") {
      const random = this.#random.split("augment").split(position);
      const draw = (prefix: string, size: number): void =>
        void Object.assign(
          feeds,
          sampleAugment(prefix, random.split(prefix), augmentations, augmentP, size, resolution),
        );
      if (phase === "D") draw("augment", 2 * pairs);
      else for (const prefix of ["augment/real", "augment/fake"]) draw(prefix, pairs);
    }
    return feeds;
  }

  async #phase(
    name: PhaseName,
    scalars: Readonly<Record<string, HostTensor>>,
    augmentP: number,
  ): Promise<Record<string, number>> {
    const { pass, update } = this.#compiled[name];
    const { rounds } = passesOf(this.#config.batch, this.#config.microBatch)[name];
    const means: Record<string, number> = {};
    let feeds: Record<string, HostTensor> = {};
    const run = async (program: Program, share: number): Promise<void> => {
      const { results, next } = await program.run(feeds, this.state);
      for (const [key, tensor] of Object.entries(results))
        means[key] = (means[key] ?? 0) + (tensor.data[0] as number) * share;
      if (Object.values(means).some((v) => !Number.isFinite(v))) await this.#diverged(name, feeds);
      this.state.commit(next);
    };
    for (let round = 0; round < rounds; round++) {
      feeds = { ...scalars, ...this.#feeds(name, round, augmentP) };
      await run(pass, 1 / rounds);
    }
    if (update !== undefined) await run(update, 1);
    return means;
  }

  async #diverged(name: PhaseName, feeds: Readonly<Record<string, HostTensor>>): Promise<never> {
    const first = await firstNonFinite(this.#engine, this.#compiled[name].graph, feeds, this.state);
    throw new DivergenceError(
      `step ${this.#progress.step}, ${name} phase: ${first} is not finite.`,
    );
  }

  /** Frees the state and the compiled graphs. */
  async dispose(): Promise<void> {
    this.state.dispose();
    for (const { pass, update } of Object.values(this.#compiled)) {
      await pass.dispose();
      await update?.dispose();
    }
  }
}
