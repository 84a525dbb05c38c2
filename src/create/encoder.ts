import { ConfigError, ShapeError } from "../base/errors.ts";
import { formatSize, type Size, sameSize } from "../base/size.ts";
import { type HostTensor, hostTensor } from "../base/tensor.ts";
import { Engine } from "../engine/engine.ts";
import type { Program } from "../engine/program.ts";
import type { Image } from "../media/image.ts";
import { planesOf } from "../media/planes.ts";
import { decodeEncoder, encoderGraph, type ModelInfo } from "../models/model-file.ts";
import { classIndex, type GeneratorOptions, type Latent } from "./generator.ts";

/** Pictures in one run; the last run of a series is padded. */
const BATCH = 8;

/** A trained encoder with frozen weights: real pictures to the codes from which its generator draws them again. */
export class Encoder {
  /** What the file says about the model: its architecture, classes and origin. */
  readonly info: ModelInfo;
  readonly #weights: ReadonlyMap<string, HostTensor>;
  readonly #engine: Engine;
  #program: Promise<Program> | undefined;

  private constructor(info: ModelInfo, weights: ReadonlyMap<string, HostTensor>, engine: Engine) {
    this.info = info;
    this.#weights = weights;
    this.#engine = engine;
  }

  /**
   * An encoder from the bytes of its ONNX file.
   *
   * @param where Name of the file, for messages.
   * @throws {CheckpointError} if it is damaged or no Ganbox encoder.
   */
  static async decode(
    bytes: Uint8Array,
    where: string,
    options: GeneratorOptions = {},
  ): Promise<Encoder> {
    const { info, weights } = decodeEncoder(bytes, where);
    return new Encoder(info, weights, await Engine.create(options));
  }

  /**
   * The codes of pictures, for `Generator.generate`: the mean of each picture's distribution of codes.
   *
   * @param images Pictures of the model's size.
   * @param wanted Class of the pictures, by name or index; models with classes need it.
   * @throws {ShapeError} if a picture has another size.
   * @throws {ConfigError} if the class is missing or unknown.
   */
  async encode(images: readonly Image[], wanted?: number | string): Promise<Latent[]> {
    const { architecture } = this.info;
    const { latent, classes } = architecture;
    const index = this.#classOf(wanted);
    const codes: Latent[] = [];
    for (let from = 0; from < images.length; from += BATCH) {
      const batch = images.slice(from, from + BATCH);
      const program = await this.#compiled();
      const { results } = await program.run(feedsOf(batch, architecture, classes, index));
      const means = results.mean?.data as Float32Array;
      for (const i of batch.keys())
        codes.push({ z: means.slice(i * latent, (i + 1) * latent), class: index });
    }
    return codes;
  }

  #classOf(wanted: number | string | undefined): number {
    const { classes } = this.info;
    if (wanted !== undefined) return classIndex(this.info, wanted);
    if (classes.length === 0) return 0;
    throw new ConfigError(
      `class: this model was trained with classes (${classes.join(", ")}), expected that of the pictures. Give it, by name or number.`,
    );
  }

  #compiled(): Promise<Program> {
    this.#program ??= this.#engine.compile(
      { mean: encoderGraph(this.info.architecture, BATCH).outputs.mean },
      { weights: this.#weights, tune: false },
    );
    return this.#program;
  }

  /** Frees the memory of the runtime. */
  async dispose(): Promise<void> {
    await (await this.#program)?.dispose();
    this.#program = undefined;
  }
}

function feedsOf(
  images: readonly Image[],
  size: Size,
  classes: number,
  index: number,
): Record<string, HostTensor> {
  const { width, height } = size;
  const pixels = hostTensor("float32", [BATCH, 3, height, width]);
  const c = hostTensor("float32", [BATCH, Math.max(1, classes)]);
  for (const [n, image] of images.entries()) {
    if (!sameSize(image, size)) {
      throw new ShapeError(
        `encode: picture ${n} is ${formatSize(image)}, expected ${formatSize(size)}, the model's size.`,
      );
    }
    const planes = planesOf(image);
    for (const [i, byte] of planes.entries()) pixels.data[n * planes.length + i] = byte / 127.5 - 1;
  }
  for (let n = 0; n < BATCH; n++) c.data[n * Math.max(1, classes) + index] = 1;
  return classes === 0 ? { images: pixels } : { images: pixels, c };
}
