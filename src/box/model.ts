import { join } from "node:path";
import { CheckpointError, ConfigError } from "../base/errors.ts";
import type { TrainEvent } from "../base/events.ts";
import type { WriteWalkOptions } from "../create/film.node.ts";
import type { Generator } from "../create/generator.ts";
import type { WriteImagesOptions } from "../create/images.node.ts";
import type { WriteSamplesOptions } from "../create/samples.node.ts";
import type { WriteFilmOptions } from "../create/video/write-film.node.ts";
import type { TrainOptions } from "../train/options.ts";
import type { TrainControl } from "./following.ts";
import type { GANbox } from "./ganbox.ts";
import type { MeasureOptions, MetricReport } from "./metrics.ts";
import { TrainedModel } from "./trained-model.ts";
import { mergeOptions } from "./workspace/config-file.ts";

/** A film to make: of a model of pictures a walk through `seeds`, of a video model what `WriteFilmOptions` says. */
export interface GenerateVideoOptions
  extends Omit<WriteWalkOptions, "onProgress" | "seeds">,
    Pick<WriteFilmOptions, "loop" | "continue"> {
  /** Models of pictures: those to pass through, at least two. Video models: one film each, side by side. @default 0 */
  readonly seeds?: readonly number[];
  /** Folder for the file; made if missing. */
  readonly outputDir: string;
  /** @default "mp4" */
  readonly format?: "mp4" | "webm" | "gif";
}

/** Pictures to write as arrays. */
export interface GenerateArraysOptions extends WriteSamplesOptions {
  /** The file, .npz; its folder is made if missing. */
  readonly output: string;
}

/** A model that trains on the pictures of a box, then makes new ones. */
export abstract class Model extends TrainedModel<Generator> {
  /**
   * @param family The only family that it may be of. @default any
   * @throws {ConfigError} if an option is unknown or out of range, or asks for another family.
   */
  protected constructor(name: string, options: TrainOptions, family?: string) {
    super(name, family === undefined ? options : { ...options, family });
    if (family !== undefined && options.family !== undefined && options.family !== family) {
      throw new ConfigError(
        `${name}: family: got "${options.family}", expected "${family}" or nothing. Use \`GAN\` for other families.`,
      );
    }
  }

  /**
   * Trains a new run from the start, in a process of its own, and tells what happens. Settings of the box's workspace hold where the options of
   * this model say nothing. Leaving the loop early ends the run like `signal` does; it
   * can be resumed.
   *
   * @throws {DatasetError} if the pictures cannot be used.
   * @throws {ConfigError} if options contradict each other or the pictures.
   * @throws {DivergenceError} if training left the finite numbers and could not be brought back.
   */
  train(box: GANbox, control: TrainControl = {}): AsyncGenerator<TrainEvent, void, undefined> {
    const options = mergeOptions(box.settings, this.options);
    return this.follow({ source: box.source, options, runs: box.runs }, control);
  }

  /**
   * Writes one picture a seed, `seed0017.png`, and with `grid` all of them as `grid.png`.
   *
   * @returns The paths of the files; that of the grid is last.
   * @throws {CheckpointError} if this model was neither trained nor loaded.
   * @throws {MediaError} if a file cannot be written.
   */
  async generateImage(options: WriteImagesOptions): Promise<string[]> {
    const { writeImages } = await import("../create/images.node.ts");
    return await writeImages(await this.generator(), options);
  }

  /**
   * Writes pictures and what they were made from as arrays (.npz) that `numpy.load` reads: `images`, `seed`, `z`, `w` in families with styles, `truncation`,
   * and `class` and `classes` of conditional models.
   *
   * @returns `output`.
   * @throws {CheckpointError} if this model was neither trained nor loaded.
   * @throws {ConfigError} if there is no seed, one is no whole number, or the arrays take more than 4 GB.
   * @throws {MediaError} if the file cannot be written.
   */
  async generateArrays({ output, ...options }: GenerateArraysOptions): Promise<string> {
    const { writeSamples } = await import("../create/samples.node.ts");
    return await writeSamples(await this.generator(), output, options);
  }

  /**
   * Writes a film: a video model's, `video.mp4`; of a model of pictures a walk from seed to seed that loops, `walk.mp4`.
   *
   * @returns The path of the film.
   * @throws {CheckpointError} if this model was neither trained nor loaded.
   * @throws {ConfigError} if a walk has fewer than two seeds, the length is out of range, or a walk is to go on from a film.
   * @throws {MediaError} if the file cannot be written, or the film to go on from not be read.
   * @throws {RuntimeUnavailableError} if nothing on this machine can encode the format.
   */
  async generateVideo(options: GenerateVideoOptions): Promise<string> {
    const { outputDir, format = "mp4", seeds, ...film } = options;
    const generator = await this.generator();
    const { makesFilms, writeFilm } = await import("../create/video/write-film.node.ts");
    if (makesFilms(generator)) {
      const path = join(outputDir, `video.${format}`);
      return await writeFilm(generator, path, {
        ...film,
        ...(seeds === undefined ? {} : { seeds }),
      });
    }
    if (film.continue !== undefined) {
      throw new ConfigError(
        `${this.name}.generateVideo: continue: models of pictures make walks, which go on from no film, expected a model of the family video.`,
      );
    }
    const { writeWalk } = await import("../create/film.node.ts");
    return await writeWalk(generator, join(outputDir, `walk.${format}`), {
      ...film,
      seeds: seeds ?? [],
    });
  }

  /**
   * Measures how good, how varied and how new its pictures are, against those of a box.
   *
   * @throws {CheckpointError} if this model was neither trained nor loaded, or a feature network cannot be used.
   * @throws {DatasetError} if the pictures cannot be used or are fewer than a metric needs.
   * @throws {ConfigError} if an option is wrong.
   */
  async measure(box: GANbox, options: MeasureOptions = {}): Promise<MetricReport> {
    const { measureModel } = await import("./metrics.ts");
    return await measureModel(this.path, box.source, options);
  }

  /** @throws {CheckpointError} if there is none, or it is damaged, no Ganbox generator, or of another family than this class makes. */
  protected override async open(path: string): Promise<Generator> {
    const { loadGenerator } = await import("../create/load.node.ts");
    const generator = await loadGenerator(path);
    const { family } = generator.info.architecture;
    const expected = this.options.family ?? family;
    if (family === expected) return generator;
    await generator.dispose();
    throw new CheckpointError(
      `${path}: this is a model of the family ${family}, expected ${expected}. Open it with \`GAN.load\`.`,
    );
  }
}
