import { join } from "node:path";
import type { TrainOptions } from "../train/options.ts";
import { Model } from "./model.ts";
import type { GenerateMusicVideoOptions } from "./music-video.ts";

/** Options of a GAN: those of training. */
export type GANOptions = TrainOptions;

/** A generative adversarial network, or another family by `family`: trains on the pictures of a box, then makes new ones. */
export class GAN extends Model {
  /** @throws {ConfigError} if an option is unknown or out of range. */
  constructor(options: GANOptions = {}) {
    super("GAN", options);
  }

  /**
   * Makes a film to a song, `music-video.mp4`. One that was stopped or killed goes on where it was.
   *
   * @returns The path of the film.
   * @throws What `writeMusicVideo` throws, and {CheckpointError} if this GAN was neither trained nor loaded.
   */
  async generateMusicVideo(options: GenerateMusicVideoOptions): Promise<string> {
    const { writeMusicVideo } = await import("./music-video.ts");
    const { outputDir, format = "mp4", ...film } = options;
    const path = join(outputDir, `music-video.${format}`);
    return await writeMusicVideo(path, { ...film, models: [this.path] });
  }
}
