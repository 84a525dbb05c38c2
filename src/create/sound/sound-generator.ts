import { CheckpointError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import type { Image } from "../../media/image.ts";
import { formatOfModel, type SoundFormat } from "../../media/spectrogram/format.ts";
import { LogMel } from "../../media/spectrogram/log-mel.ts";
import { mediumOf } from "../../models/registry.ts";
import type { GenerateOptions, Generator } from "../generator.ts";
import { restoreSound } from "./restore.ts";

/** A sound that a model made. */
export interface MadeSound {
  readonly seed: number;
  /** One channel, full scale at -1 and 1. */
  readonly samples: Float32Array<ArrayBuffer>;
  /** Of the samples [Hz]. */
  readonly sampleRate: number;
  /** What the model made, from which the sound was recovered: low bands at the bottom, time to the right, white is loud. */
  readonly picture: Image;
}

/** A trained generator of sounds: the same seed gives the same sound. */
export class SoundGenerator {
  /** How pictures stand for sounds. */
  readonly format: SoundFormat;
  readonly #generator: Generator;
  readonly #logMel: LogMel;

  /**
   * @param where Name of the model, for messages.
   * @throws {CheckpointError} if the model makes no sounds.
   */
  constructor(generator: Generator, where: string) {
    const { architecture } = generator.info;
    const { family } = architecture;
    if (mediumOf(family) !== "sounds") {
      throw new CheckpointError(
        `${where}: this is a model of the family ${family}, which makes ${mediumOf(family)}, expected one that makes sounds. Train one with \`ganbox sounds train\`.`,
      );
    }
    this.format = formatOfModel(architecture, where);
    this.#generator = generator;
    this.#logMel = new LogMel(this.format);
  }

  /** Names of the classes; empty for models without. */
  get classes(): readonly string[] {
    return this.#generator.info.classes;
  }

  /**
   * The sounds of seeds, in their order.
   *
   * @throws {ConfigError} if there is no seed, one is no whole number, the model has no such class, or an option is out of range.
   */
  async *sounds(
    seeds: readonly number[],
    options: GenerateOptions = {},
  ): AsyncGenerator<MadeSound, void, undefined> {
    const { sampleRate, bands, frames } = this.format;
    let done = 0;
    for await (const picture of this.#generator.fromSeeds(seeds, options)) {
      const seed = seeds[done++] ?? 0;
      const grey = new Uint8Array(bands * frames).map((_, i) => picture.data[3 * i] as number);
      const random = new Random(seed).split("phases");
      yield { seed, samples: restoreSound(this.#logMel, grey, random), sampleRate, picture };
    }
  }

  /** Frees the memory of the runtime. */
  async dispose(): Promise<void> {
    await this.#generator.dispose();
  }
}
