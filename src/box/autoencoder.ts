import type {
  Autoencoder as LoadedAutoencoder,
  WriteInterpolationOptions,
  WriteReconstructionsOptions,
} from "../create/autoencoder.node.ts";
import type { TrainOptions } from "../train/options.ts";
import { Model } from "./model.ts";

/** Options of an autoencoder: those of training, but the family. */
export type AutoencoderOptions = Omit<TrainOptions, "family">;

/** A way between two pictures, and the file to write it to. */
export interface InterpolateOptions extends WriteInterpolationOptions {
  /** .png, .jpg or .webp. */
  readonly output: string;
}

/** A model that knows the codes of real pictures, too. */
export abstract class Autoencoder extends Model {
  #loaded: Promise<LoadedAutoencoder> | undefined;

  /**
   * Writes the reconstruction of each picture, `0000-name.png`, and all of them below their originals as `grid.png`.
   *
   * @returns The paths of the files; that of the grid is last.
   * @throws {CheckpointError} if this model was neither trained nor loaded, or has no encoder beside it.
   * @throws {ConfigError} if there is no picture, or the class is missing or unknown.
   * @throws {MediaError} if a picture cannot be read or a file cannot be written.
   */
  async reconstruct(options: WriteReconstructionsOptions): Promise<string[]> {
    const { writeReconstructions } = await import("../create/autoencoder.node.ts");
    return await writeReconstructions(await this.#both(), options);
  }

  /**
   * Writes the way from one real picture to another as one strip of pictures.
   *
   * @returns The path of the strip.
   * @throws {CheckpointError} if this model was neither trained nor loaded, or has no encoder beside it.
   * @throws {ConfigError} if there are fewer than two steps, or the class is missing or unknown.
   * @throws {MediaError} if a picture cannot be read or the file cannot be written.
   */
  async interpolate({ output, ...options }: InterpolateOptions): Promise<string> {
    const { writeInterpolation } = await import("../create/autoencoder.node.ts");
    return await writeInterpolation(await this.#both(), output, options);
  }

  /** Frees the memory of the loaded networks; they are loaded again when needed. */
  override async dispose(): Promise<void> {
    const loaded = this.#loaded;
    this.#loaded = undefined;
    await (await loaded?.catch(() => undefined))?.dispose();
    await super.dispose();
  }

  async #both(): Promise<LoadedAutoencoder> {
    const { path } = this;
    this.#loaded ??= import("../create/autoencoder.node.ts").then((m) => m.loadAutoencoder(path));
    return await this.#loaded;
  }
}
