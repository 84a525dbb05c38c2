import { ConfigError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import { type HostTensor, hostTensor } from "../base/tensor.ts";
import { Engine, type EngineOptions, type Program } from "../engine/engine.ts";
import type { Image } from "../media/image.ts";
import { imageFromPlanes } from "../media/planes.ts";
import { decodeGenerator, generatorGraph, type ModelInfo } from "../models/model-file.ts";

/** How a generator runs. */
export type GeneratorOptions = Pick<EngineOptions, "provider" | "threads">;

/** What a generator is asked for, beside z. */
export interface GenerateOptions {
  /**
   * Truncation: z is multiplied by this. Below 1 pictures are more typical and more alike, above 1 more unusual; 0 gives one picture for every
   * seed.
   *
   * @default 1
   */
  readonly truncationPsi?: number;
  /** Class of every picture, by name or index. @default what the seed decides */
  readonly class?: number | string;
}

/** One picture to make. */
export interface Latent {
  /** [latent], standard normal. */
  readonly z: Float32Array;
  /** Index of the class; ignored by unconditional models. */
  readonly class: number;
}

/** @throws {ConfigError} if there is no seed, or one is no whole number. */
export function checkSeeds(seeds: readonly number[]): void {
  if (seeds.length === 0) throw new ConfigError("seeds: got none, expected at least 1.");
  const odd = seeds.find((seed) => !Number.isSafeInteger(seed));
  if (odd !== undefined) {
    throw new ConfigError(`seeds: ${odd} is no seed, expected whole numbers.`);
  }
}

/** Pictures in one run, largest first. Few sizes, for each is compiled by itself; the last run of a series is padded. */
const BATCHES = [16, 4, 1] as const;

/**
 * A trained generator with frozen weights: the same seed gives the same picture.
 */
export class Generator {
  /** What the file says about the model: its architecture, classes and origin. */
  readonly info: ModelInfo;
  readonly #weights: ReadonlyMap<string, HostTensor>;
  readonly #engine: Engine;
  readonly #programs = new Map<number, Program>();

  private constructor(info: ModelInfo, weights: ReadonlyMap<string, HostTensor>, engine: Engine) {
    this.info = info;
    this.#weights = weights;
    this.#engine = engine;
  }

  /**
   * A generator from the bytes of its ONNX file.
   *
   * @param where Name of the file, for messages.
   * @throws {CheckpointError} if it is damaged or no Ganbox generator.
   */
  static async decode(
    bytes: Uint8Array,
    where: string,
    options: GeneratorOptions = {},
  ): Promise<Generator> {
    const { info, weights } = decodeGenerator(bytes, where);
    return new Generator(info, weights, await Engine.create(options));
  }

  /** What a seed stands for: z, and a class for conditional models. It does not depend on anything else. */
  latentOf(seed: number): Latent {
    const { latent, classes } = this.info.architecture;
    const random = new Random(seed);
    return {
      z: random.split("z").fillNormal(new Float32Array(latent)),
      class: classes === 0 ? 0 : random.split("class").integer(classes),
    };
  }

  /**
   * Index of a class.
   *
   * @param wanted Its name, or its index as a number or text.
   * @throws {ConfigError} if the model has no such class.
   */
  classOf(wanted: number | string): number {
    const { classes } = this.info;
    if (classes.length === 0) {
      throw new ConfigError(
        `class: "${wanted}" was asked for, but this model was trained without classes. Leave the class out.`,
      );
    }
    const named = classes.indexOf(String(wanted));
    const index = named === -1 && /^\d+$/.test(String(wanted)) ? Number(wanted) : named;
    if (index < 0 || index >= classes.length) {
      throw new ConfigError(
        `class: "${wanted}" is unknown, expected 0 to ${classes.length - 1} or one of ${classes.join(", ")}.`,
      );
    }
    return index;
  }

  /**
   * The pictures of seeds, in their order.
   *
   * @throws {ConfigError} if there is no seed, one is no whole number, or `generate` refuses the options.
   */
  fromSeeds(
    seeds: readonly number[],
    options: GenerateOptions = {},
  ): AsyncGenerator<Image, void, undefined> {
    checkSeeds(seeds);
    return this.generate(this.#latentsOf(seeds), options);
  }

  *#latentsOf(seeds: readonly number[]): Iterable<Latent> {
    for (const seed of seeds) yield this.latentOf(seed);
  }

  /**
   * The pictures of `latents`, in their order, up to 16 at a time.
   *
   * @throws {ConfigError} if the model has no such class, or truncation is no finite number of 0 or more.
   */
  async *generate(
    latents: Iterable<Latent>,
    options: GenerateOptions = {},
  ): AsyncGenerator<Image, void, undefined> {
    const { truncationPsi = 1 } = options;
    if (!(truncationPsi >= 0 && Number.isFinite(truncationPsi))) {
      throw new ConfigError(
        `truncation: got ${truncationPsi}, expected 0 or more; 0.5 to 1 is usual.`,
      );
    }
    const fixed = options.class === undefined ? undefined : this.classOf(options.class);
    const largest = BATCHES[0];
    let waiting: Latent[] = [];
    for (const latent of latents) {
      waiting.push({
        z: latent.z.map((x) => x * truncationPsi),
        class: fixed ?? latent.class,
      });
      if (waiting.length < largest) continue;
      yield* await this.#run(waiting, largest);
      waiting = [];
    }
    if (waiting.length === 0) return;
    const fits = BATCHES.filter((batch) => batch >= waiting.length).at(-1) ?? largest;
    yield* await this.#run(waiting, this.#programs.has(largest) ? largest : fits);
  }

  /** One run of `batch` pictures, of which those of `latents` are given back. */
  async #run(latents: readonly Latent[], batch: number): Promise<Image[]> {
    const { latent: length, classes, resolution } = this.info.architecture;
    const z = hostTensor("float32", [batch, length]);
    for (const [n, latent] of latents.entries()) z.data.set(latent.z, n * length);
    const feeds: Record<string, HostTensor> = { z };
    if (classes > 0) {
      const c = hostTensor("float32", [batch, classes]);
      for (const [n, latent] of latents.entries()) c.data[n * classes + latent.class] = 1;
      feeds.c = c;
    }
    const program = await this.#program(batch);
    const { results } = await program.run(feeds);
    const size = 3 * resolution * resolution;
    const pixels = results.images?.data as Float32Array;
    return latents.map((_, n) =>
      imageFromPlanes(pixels.subarray(n * size, (n + 1) * size), resolution),
    );
  }

  async #program(batch: number): Promise<Program> {
    const known = this.#programs.get(batch);
    if (known !== undefined) return known;
    const { images } = generatorGraph(this.info.architecture, batch);
    const program = await this.#engine.compile({ images }, { weights: this.#weights, tune: false });
    this.#programs.set(batch, program);
    return program;
  }

  /** Frees the memory of the runtime. */
  async dispose(): Promise<void> {
    for (const program of this.#programs.values()) await program.dispose();
    this.#programs.clear();
  }
}
