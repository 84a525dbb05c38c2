import { resolutionOf } from "../base/size.ts";
import type { Dataset } from "../data/dataset.ts";
import { Sampler } from "../data/sampler.ts";
import { Engine } from "../engine/engine.ts";
import type { Image } from "../media/image.ts";
import { imageFromPlanes } from "../media/planes.ts";
import { encodeGenerator } from "../models/model-file.ts";
import { type RunConfig, resolveConfig } from "./config.ts";
import type { TrainOptions } from "./options.ts";
import { SampleDrawer } from "./samples.ts";
import { type StepReport, Trainer } from "./trainer.ts";

/** Options of training without those of files and of a run's folder. The size is that of the pictures. */
export type TrainingOptions = Omit<
  TrainOptions,
  | "resolution"
  | "crops"
  | "background"
  | "tickSeconds"
  | "checkpointSeconds"
  | "sampleKimg"
  | "metricKimg"
  | "heldOut"
  | "replicas"
>;

/** A training in this thread, step by step and without files: for pages, or rather for their workers, since a step computes for a while. */
export class Training {
  /** Everything that was given or chosen. */
  readonly config: RunConfig;
  readonly #trainer: Trainer;
  readonly #drawer: SampleDrawer;

  private constructor(config: RunConfig, trainer: Trainer, drawer: SampleDrawer) {
    this.config = config;
    this.#trainer = trainer;
    this.#drawer = drawer;
  }

  /**
   * Chooses what was left open, measures kernels, and draws the starting weights.
   *
   * @param options `threads` is by default the number of cores, where it can be known.
   * @throws {ConfigError} if options contradict each other or the pictures.
   * @throws {RuntimeUnavailableError} if the provider is not there.
   */
  static async create(dataset: Dataset, options: TrainingOptions = {}): Promise<Training> {
    const { contentHash, count, classes } = dataset;
    const resolution = resolutionOf(dataset);
    const cores = globalThis.navigator?.hardwareConcurrency ?? 2; // Node 20 has no navigator
    const data = { source: "memory", hash: contentHash, pictures: count, classes };
    // A first pass finds mistakes before anything is loaded; the engine knows the platform's provider.
    const here = { ...options, resolution, replicas: 1 };
    const { threads, arena } = resolveConfig(here, data, cores);
    const engine = await Engine.create({ threads, arena, provider: options.provider });
    const { provider } = engine.target;
    const config = resolveConfig({ ...here, provider }, data, cores);
    const sampler = new Sampler(dataset, { seed: config.seed, mirror: config.mirror });
    const trainer = await Trainer.create(config, engine, sampler);
    return new Training(config, trainer, await SampleDrawer.create(config, engine));
  }

  /** Thousands of real images shown. */
  get kimg(): number {
    return this.#trainer.kimg;
  }

  /** True when the length that was asked for is reached; more steps may follow. */
  get finished(): boolean {
    return this.#trainer.finished;
  }

  /**
   * One D step and one G step.
   *
   * @throws {DivergenceError} if a loss or gradient is not finite; the weights are then as before the failing phase.
   */
  async step(): Promise<StepReport> {
    return await this.#trainer.step();
  }

  /** Pictures of seeds 0 .. count - 1 by the averaged generator; classes in turn. */
  async draw(count: number): Promise<Image[]> {
    const { architecture } = this.config;
    const pictures = await this.#drawer.draw(count, this.#trainer.state);
    return pictures.map((planes) => imageFromPlanes(planes, architecture));
  }

  /**
   * The averaged generator as the bytes of a model file (.onnx), for `Generator.decode` and the `ganbox` command.
   *
   * @param name Name of the data, which the file keeps.
   */
  async encodeModel(name = "memory"): Promise<Uint8Array> {
    const { architecture, data } = this.config;
    const weights = await this.#trainer.weightsOf("G");
    const classes = architecture.classes === 0 ? [] : data.classes;
    const info = { version: 1, architecture, classes, kimg: this.kimg, data: name } as const;
    return encodeGenerator(info, weights);
  }

  /** Frees the memory of the runtime. */
  async dispose(): Promise<void> {
    await this.#drawer.dispose();
    await this.#trainer.dispose();
  }
}
