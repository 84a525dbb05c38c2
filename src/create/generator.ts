import { ConfigError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import { type HostTensor, hostTensor } from "../base/tensor.ts";
import { Engine, type EngineOptions } from "../engine/engine.ts";
import type { Program } from "../engine/program.ts";
import type { Image } from "../media/image.ts";
import { imageFromPlanes } from "../media/planes.ts";
import { drawInputs, type ExampleInputs, stackInputs } from "../models/inputs.ts";
import { generatorGraph, type ModelInfo, readGenerator } from "../models/model-file.ts";
import { styleGraphs } from "../models/style-graphs.ts";
import { Styles, type Truncation } from "./styles.ts";
import { type Interpolation, latentPath } from "./walk.ts";

/** How a generator runs. */
export type GeneratorOptions = Pick<EngineOptions, "provider" | "threads">;

/** What a generator is asked for, beside z. */
export interface GenerateOptions {
  /**
   * Truncation: z is multiplied by this; in families with styles, the distance of w from its mean. Below 1 pictures are more typical and more alike,
   * above 1 more unusual; 0 gives one picture for every seed.
   *
   * @default 1
   */
  readonly truncationPsi?: number;
  /**
   * Families with styles: truncation goes towards the nearest of this many centres of w, so that different kinds of pictures stay different.
   *
   * @default 1, the mean of all w
   */
  readonly centres?: number;
  /** Class of every picture, by name or index. @default what the seed decides */
  readonly class?: number | string;
}

/** One picture to make. */
export interface Latent {
  /** [latent], standard normal. */
  readonly z: Float32Array;
  /** Index of the class; ignored by unconditional models. */
  readonly class: number;
  /** What the model's family needs beside z and c, by name. @default what seed 0 draws */
  readonly inputs?: ExampleInputs;
}

/** One picture to make, of a family with styles, from w as it is: truncation does not change it. */
export interface Style {
  /** [W], see `Family.mapping`. */
  readonly w: Float32Array;
}

/** Most centres of truncation. */
const MAX_CENTRES = 1000;

/** @throws {ConfigError} if there is no seed, or one is no whole number. */
export function checkSeeds(seeds: readonly number[]): void {
  if (seeds.length === 0) throw new ConfigError("seeds: got none, expected at least 1.");
  const odd = seeds.find((seed) => !Number.isSafeInteger(seed));
  if (odd !== undefined) {
    throw new ConfigError(`seeds: ${odd} is no seed, expected whole numbers.`);
  }
}

/**
 * Index of a class of a model.
 *
 * @param wanted Its name, or its index as a number or text.
 * @throws {ConfigError} if the model has no such class.
 */
export function classIndex(info: ModelInfo, wanted: number | string): number {
  const { classes } = info;
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
  readonly #graphs: ReturnType<typeof styleGraphs>;
  /** Only families with styles have them. */
  readonly #styles: Styles | undefined;

  private constructor(info: ModelInfo, weights: ReadonlyMap<string, HostTensor>, engine: Engine) {
    this.info = info;
    this.#weights = weights;
    this.#engine = engine;
    this.#graphs = styleGraphs(info.architecture);
    this.#styles =
      this.#graphs === undefined ? undefined : new Styles(info, weights, engine, this.#graphs);
  }

  /**
   * A generator from the bytes of its ONNX file, or of a StyleGAN2-ADA network pickle.
   *
   * @param where Name of the file, for messages.
   * @throws {CheckpointError} if it is damaged or no Ganbox generator.
   */
  static async decode(
    bytes: Uint8Array,
    where: string,
    options: GeneratorOptions = {},
  ): Promise<Generator> {
    const { info, weights } = await readGenerator(bytes, where);
    return new Generator(info, weights, await Engine.create(options));
  }

  /** What it runs with, for searches in the space of latents that have graphs of their own. */
  get parts(): { readonly engine: Engine; readonly weights: ReadonlyMap<string, HostTensor> } {
    return { engine: this.#engine, weights: this.#weights };
  }

  /** What a seed stands for: z, and a class for conditional models. It does not depend on anything else. */
  latentOf(seed: number): Latent {
    const { latent, classes } = this.info.architecture;
    const random = new Random(seed);
    const inputs = drawInputs(this.info.architecture, random.split("inputs"));
    return {
      ...(Object.keys(inputs).length === 0 ? {} : { inputs }),
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
    return classIndex(this.info, wanted);
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
   * A closed path through the pictures of seeds, for walks: through z, or through w in families with styles.
   *
   * @returns What to `generate` at t, where 0 and 1 are the same place. All of one class: the one asked for, or that of the first seed.
   * @throws {ConfigError} if there are fewer than two seeds, one is no whole number, or `generate` refuses the options.
   */
  async path(
    seeds: readonly number[],
    options: GenerateOptions & { readonly interpolation?: Interpolation | undefined } = {},
  ): Promise<(t: number) => Latent | Style> {
    checkSeeds(seeds);
    const truncation = this.#truncationOf(options);
    const keys = seeds.map((seed) => this.latentOf(seed));
    const label = truncation.class ?? keys[0]?.class ?? 0;
    if (this.#styles === undefined) {
      const zs = keys.map(({ z }) => z);
      const along = latentPath(zs, options.interpolation);
      return (t) => ({ z: along(t), class: label });
    }
    const ofClass = keys.map(({ z }) => ({ z, class: label }));
    const along = latentPath(
      await this.#styles.of(ofClass, truncation),
      options.interpolation,
      "flat",
    );
    return (t) => ({ w: along(t) });
  }

  /**
   * The styles w [W] that the pictures of seeds are made from, truncated; undefined in families without styles.
   *
   * @throws {ConfigError} if there is no seed, one is no whole number, or `generate` refuses the options.
   */
  async stylesOf(
    seeds: readonly number[],
    options: GenerateOptions = {},
  ): Promise<Float32Array[] | undefined> {
    checkSeeds(seeds);
    const truncation = this.#truncationOf(options);
    const latents = seeds.map((seed) => this.latentOf(seed));
    return await this.#styles?.of(
      latents.map((one) => ({ z: one.z, class: truncation.class ?? one.class })),
      truncation,
    );
  }

  #truncationOf(options: GenerateOptions): Truncation {
    const { truncationPsi: psi = 1, centres = 1 } = options;
    if (!(psi >= 0 && Number.isFinite(psi))) {
      throw new ConfigError(`truncation: got ${psi}, expected 0 or more; 0.5 to 1 is usual.`);
    }
    if (!(Number.isInteger(centres) && centres >= 1 && centres <= MAX_CENTRES)) {
      throw new ConfigError(`centres: got ${centres}, expected 1 to ${MAX_CENTRES}.`);
    }
    if (centres > 1 && this.#styles === undefined) {
      throw new ConfigError(
        `centres: ${centres} were asked for, but the family ${this.info.architecture.family} has no styles to find them in, expected 1. Leave them out.`,
      );
    }
    const label = options.class === undefined ? undefined : this.classOf(options.class);
    return { psi, centres, class: label };
  }

  /**
   * The pictures of `latents`, in their order, up to 16 at a time.
   *
   * @throws {ConfigError} if the model has no such class, truncation is no finite number of 0 or more, or centres or a style are asked of a family
   *   without styles.
   */
  async *generate(
    latents: Iterable<Latent | Style>,
    options: GenerateOptions = {},
  ): AsyncGenerator<Image, void, undefined> {
    for await (const planes of this.planes(latents, options))
      yield imageFromPlanes(planes, this.info.architecture);
  }

  /**
   * What the model makes of `latents` as it is, not as pictures: [channels, H, W] each, in [-1, 1], for models of other media.
   *
   * @throws {ConfigError} as `generate`.
   */
  async *planes(
    latents: Iterable<Latent | Style>,
    options: GenerateOptions = {},
  ): AsyncGenerator<Float32Array, void, undefined> {
    const truncation = this.#truncationOf(options);
    const largest = BATCHES[0];
    let waiting: (Latent | Style)[] = [];
    for (const latent of latents) {
      waiting.push(latent);
      if (waiting.length < largest) continue;
      yield* await this.#run(waiting, truncation, largest);
      waiting = [];
    }
    if (waiting.length === 0) return;
    const fits = BATCHES.filter((batch) => batch >= waiting.length).at(-1) ?? largest;
    yield* await this.#run(waiting, truncation, this.#programs.has(largest) ? largest : fits);
  }

  /** One run of `batch` pictures, of which those of `latents` are given back. */
  async #run(
    latents: readonly (Latent | Style)[],
    truncation: Truncation,
    batch: number,
  ): Promise<Float32Array[]> {
    const { architecture } = this.info;
    const feeds =
      this.#styles === undefined
        ? this.#latentFeeds(latents, truncation, batch)
        : await this.#styleFeeds(this.#styles, latents, truncation, batch);
    const program = await this.#program(batch);
    const { results } = await program.run(feeds);
    const size = architecture.channels * architecture.height * architecture.width;
    const pixels = results.images?.data as Float32Array;
    return latents.map((_, n) => pixels.slice(n * size, (n + 1) * size));
  }

  #latentFeeds(
    latents: readonly (Latent | Style)[],
    { psi, class: fixed }: Truncation,
    batch: number,
  ): Record<string, HostTensor> {
    const { architecture } = this.info;
    const { family, latent: length, classes } = architecture;
    const inputs: ExampleInputs[] = [];
    const z = hostTensor("float32", [batch, length]);
    const c = hostTensor("float32", [batch, classes]);
    for (const [n, latent] of latents.entries()) {
      if (!("z" in latent)) {
        throw new ConfigError(
          `generate: got a style, but the family ${family} has none, expected z.`,
        );
      }
      for (const [i, x] of latent.z.entries()) z.data[n * length + i] = x * psi;
      if (classes > 0) c.data[n * classes + (fixed ?? latent.class)] = 1;
      inputs.push(latent.inputs ?? drawInputs(architecture, new Random(0).split("inputs")));
    }
    const feeds = { z, ...stackInputs(architecture, inputs, batch) };
    return classes > 0 ? { ...feeds, c } : feeds;
  }

  async #styleFeeds(
    styles: Styles,
    latents: readonly (Latent | Style)[],
    truncation: Truncation,
    batch: number,
  ): Promise<Record<string, HostTensor>> {
    const mapped = latents
      .filter((latent) => "z" in latent)
      .map((latent) => ({ ...latent, class: truncation.class ?? latent.class }));
    const found = mapped.length === 0 ? [] : await styles.of(mapped, truncation);
    const rows = latents.map((latent) => ("z" in latent ? found.shift() : latent.w));
    const length = rows[0]?.length ?? 0;
    const w = hostTensor("float32", [batch, length]);
    for (const [n, row] of rows.entries()) w.data.set(row ?? [], n * length);
    return { w };
  }

  async #program(batch: number): Promise<Program> {
    const known = this.#programs.get(batch);
    if (known !== undefined) return known;
    const { images } =
      this.#graphs?.synthesis(batch) ?? generatorGraph(this.info.architecture, batch);
    const program = await this.#engine.compile({ images }, { weights: this.#weights, tune: false });
    this.#programs.set(batch, program);
    return program;
  }

  /** Frees the memory of the runtime. */
  async dispose(): Promise<void> {
    for (const program of this.#programs.values()) await program.dispose();
    this.#programs.clear();
    await this.#styles?.dispose();
  }
}
