import { CheckpointError } from "../base/errors.ts";
import type { WriteImagesOptions } from "../create/images.node.ts";
import type { RefinedGenerator } from "../create/refine/refined-generator.ts";
import type { GANbox } from "./ganbox.ts";
import type { MeasureOptions, MetricReport } from "./metrics.ts";
import type { Model } from "./model.ts";
import { type LoadRefinedOptions, loadRefined } from "./refining.ts";

/** Options of a GANGAN: how the discriminator works for the picture. */
export type GANGANOptions = LoadRefinedOptions;

/**
 * The second pass: the discriminator of a trained GAN judges and refines what the generator makes.
 */
export class GANGAN {
  /** Run folder, or model in one, that pictures come from. */
  readonly path: string;
  readonly #generator: RefinedGenerator;

  private constructor(path: string, generator: RefinedGenerator) {
    this.path = path;
    this.#generator = generator;
  }

  /**
   * A GANGAN from a GAN or VAEGAN that was trained or loaded from its run, or from a run folder. The first time after a checkpoint, the discriminator is calibrated on pictures of the run.
   *
   * @throws {CheckpointError} if there is no run or no discriminator, or the discriminator does not tell real from generated pictures.
   * @throws {DatasetError} if the discriminator is to be calibrated and the pictures of the run cannot be used.
   * @throws {ConfigError} if the method is unknown or the rounds are out of range.
   */
  static async load(
    source: string | Pick<Model, "run">,
    options: GANGANOptions = {},
  ): Promise<GANGAN> {
    const path = typeof source === "string" ? source : source.run;
    if (path === undefined) {
      throw new CheckpointError(
        "GANGAN.load: this model has no run, expected one that was trained. Call its `train`, or give the path of a run.",
      );
    }
    return new GANGAN(path, await loadRefined(path, options));
  }

  /**
   * Writes one refined picture a seed, `seed0017.png`, and with `grid` all of them as `grid.png`.
   *
   * @returns The paths of the files; that of the grid is last.
   * @throws {ConfigError} if there is no seed, one is no whole number, or an option is out of range.
   * @throws {MediaError} if a file cannot be written.
   */
  async generateImage(options: WriteImagesOptions): Promise<string[]> {
    const { writeImages } = await import("../create/images.node.ts");
    return await writeImages(this.#generator, options);
  }

  /**
   * Measures its pictures like `GAN.measure`: with the same options, both tell what the second pass is worth.
   *
   * @throws {CheckpointError} if a feature network cannot be used.
   * @throws {DatasetError} if the pictures cannot be used or are fewer than a metric needs.
   * @throws {ConfigError} if an option is wrong.
   */
  async measure(box: GANbox, options: Omit<MeasureOptions, "refine"> = {}): Promise<MetricReport> {
    const { measureModel } = await import("./metrics.ts");
    const { method, rounds } = this.#generator.refine;
    return await measureModel(this.path, box.source, { ...options, refine: { method, rounds } });
  }

  /** Frees the memory of the loaded networks. */
  async dispose(): Promise<void> {
    await this.#generator.dispose();
  }
}
