import { CheckpointError } from "../../base/errors.ts";
import { type HostTensor, hostTensor } from "../../base/tensor.ts";
import { Engine } from "../../engine/engine.ts";
import type { Program } from "../../engine/program.ts";
import { gradients } from "../../graph/gradients.ts";
import { reduceMean } from "../../graph/ops/index.ts";
import type { Value } from "../../graph/value.ts";
import {
  decodeDiscriminator,
  decodeGenerator,
  discriminatorGraph,
  generatorGraph,
  type ModelInfo,
} from "../../models/model-file.ts";
import type { GeneratorOptions, Latent } from "../generator.ts";
import { checkMakesPictures } from "../makes-pictures.ts";
import type { Critic, Slope } from "./critic.ts";

/** Pictures of a run. Always as many, so that a picture is judged to the same bit whoever is asked about beside it. */
const BATCH = 16;

/** A model's file. */
export interface ModelFile {
  readonly bytes: Uint8Array;
  /** Its name, for messages. */
  readonly where: string;
}

/** A picture to judge. */
export interface Exhibit {
  /** [3, H, W], 0..255. */
  readonly planes: Uint8Array;
  /** Index of the class; ignored by unconditional models. */
  readonly class: number;
}

type Question = "latents" | "slopes" | "pictures";

/** A discriminator with frozen weights, in front of its generator. */
export class Judge implements Critic {
  /** What the file says about the model. */
  readonly info: ModelInfo;
  readonly #weights: ReadonlyMap<string, HostTensor>;
  readonly #engine: Engine;
  readonly #programs = new Map<Question, Promise<Program>>();

  private constructor(info: ModelInfo, weights: ReadonlyMap<string, HostTensor>, engine: Engine) {
    this.info = info;
    this.#weights = weights;
    this.#engine = engine;
  }

  /**
   * A judge from the files of a generator and its discriminator.
   *
   * @throws {CheckpointError} if one is damaged or of another kind, or they are not of one model.
   * @throws {ConfigError} if they make no pictures.
   */
  static async decode(
    generator: ModelFile,
    discriminator: ModelFile,
    options: GeneratorOptions = {},
  ): Promise<Judge> {
    const G = decodeGenerator(generator.bytes, generator.where);
    const D = decodeDiscriminator(discriminator.bytes, discriminator.where);
    checkMakesPictures(G.info.architecture, generator.where, { frames: false });
    const [ours, theirs] = [G, D].map(({ info }) => JSON.stringify(info.architecture));
    if (ours !== theirs) {
      throw new CheckpointError(
        `${discriminator.where}: the discriminator of another model (${theirs}), expected that of ${generator.where} (${ours}). Use the files of one run.`,
      );
    }
    const weights = new Map([...G.weights, ...D.weights]);
    return new Judge(G.info, weights, await Engine.create(options));
  }

  async logits(latents: readonly Latent[]): Promise<number[]> {
    const logits: number[] = [];
    for (const batch of batchesOf(latents)) {
      const results = await this.#ask("latents", this.#latentFeeds(batch));
      logits.push(...logitsOf(results, batch.length));
    }
    return logits;
  }

  /** Logits of latents, and how they change with each number of z. */
  async slopes(latents: readonly Latent[]): Promise<Slope[]> {
    const { latent: length } = this.info.architecture;
    const slopes: Slope[] = [];
    for (const batch of batchesOf(latents)) {
      const results = await this.#ask("slopes", this.#latentFeeds(batch));
      const all = results.gradient?.data as Float32Array;
      for (const [i, logit] of logitsOf(results, batch.length).entries())
        slopes.push({ logit, gradient: all.slice(i * length, (i + 1) * length) });
    }
    return slopes;
  }

  /** Logits of pictures that the generator did not make. */
  async logitsOfPictures(pictures: readonly Exhibit[]): Promise<number[]> {
    const { height, width } = this.info.architecture;
    const logits: number[] = [];
    for (const batch of batchesOf(pictures)) {
      const images = hostTensor("float32", [BATCH, 3, height, width]);
      for (const [i, { planes }] of batch.entries())
        images.data.set(
          Float32Array.from(planes, (x) => x / 127.5 - 1),
          i * planes.length,
        );
      const results = await this.#ask("pictures", { images, ...this.#classFeeds(batch) });
      logits.push(...logitsOf(results, batch.length));
    }
    return logits;
  }

  #latentFeeds(latents: readonly Latent[]): Record<string, HostTensor> {
    const { latent: length } = this.info.architecture;
    const z = hostTensor("float32", [BATCH, length]);
    for (const [i, latent] of latents.entries()) z.data.set(latent.z, i * length);
    return { z, ...this.#classFeeds(latents) };
  }

  #classFeeds(of: readonly { readonly class: number }[]): Record<string, HostTensor> {
    const { classes } = this.info.architecture;
    if (classes === 0) return {};
    const c = hostTensor("float32", [BATCH, classes]);
    for (const [i, { class: label }] of of.entries()) c.data[i * classes + label] = 1;
    return { c };
  }

  async #ask(
    question: Question,
    feeds: Record<string, HostTensor>,
  ): Promise<Record<string, HostTensor>> {
    let program = this.#programs.get(question);
    if (program === undefined) {
      program = this.#engine.compile(this.#graph(question), {
        weights: this.#weights,
        tune: false,
      });
      this.#programs.set(question, program);
    }
    return (await (await program).run(feeds)).results;
  }

  /** A discriminator that gives several logits for a picture means their mean. */
  #graph(question: Question): Record<string, Value> {
    const { architecture } = this.info;
    if (question === "pictures")
      return { logits: reduceMean(discriminatorGraph(architecture, BATCH).logits, { axes: [1] }) };
    const { z, images } = generatorGraph(architecture, BATCH);
    const logits = reduceMean(discriminatorGraph(architecture, BATCH, images).logits, {
      axes: [1],
    });
    if (question === "latents") return { logits };
    const [gradient] = gradients(logits, [z]);
    return { logits, gradient: gradient as Value };
  }

  /** Frees the memory of the runtime. */
  async dispose(): Promise<void> {
    for (const program of this.#programs.values()) await (await program).dispose();
    this.#programs.clear();
  }
}

function batchesOf<T>(items: readonly T[]): T[][] {
  const batches: T[][] = [];
  for (let i = 0; i < items.length; i += BATCH) batches.push(items.slice(i, i + BATCH));
  return batches;
}

function logitsOf({ logits }: Record<string, HostTensor>, count: number): number[] {
  return [...(logits as HostTensor<"float32">).data.subarray(0, count)];
}
