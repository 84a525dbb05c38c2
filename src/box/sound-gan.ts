import { resolve } from "node:path";
import { ConfigError } from "../base/errors.ts";
import type { TrainEvent } from "../base/events.ts";
import type { SoundGenerator } from "../create/sound/sound-generator.ts";
import type { WriteSoundsOptions } from "../create/sound/write-sounds.node.ts";
import type { SoundReport } from "../data/sounds/doctor.node.ts";
import { formatOfModel, type SoundFormat } from "../media/spectrogram/format.ts";
import { SOUND } from "../models/sound/defaults.ts";
import { frameOf } from "../train/config.ts";
import type { TrainOptions } from "../train/options.ts";
import type { TrainControl } from "./following.ts";
import type { MeasureSoundsOptions, SoundMeasurement } from "./sound-measure.ts";
import { TrainedModel } from "./trained-model.ts";

/** Options of a model of sounds: those of training, and the size of its pictures. */
export interface SoundGANOptions extends Omit<TrainOptions, "family" | "resolution" | "crops"> {
  /** Length of a sound in columns of 14.5 ms. @default 64: 0.93 s */
  readonly columns?: number;
  /** Mel bands: more sound clearer and take longer to train. @default 96 */
  readonly bands?: number;
  /** Most one-shot sounds that a long recording is cut into. @default "auto": 16 */
  readonly pieces?: number | "auto";
}

/** How a training of sounds is kept and watched. */
export interface SoundTrainControl extends TrainControl {
  /** Folder in which the run gets a folder of its own. @default "runs" */
  readonly runs?: string;
}

/** How a folder of sounds is examined. */
export interface ExamineOptions extends Pick<SoundGANOptions, "columns" | "bands"> {
  /** Stops it. */
  readonly signal?: AbortSignal;
  /** Told about each file. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * What training is asked for.
 *
 * @throws {ConfigError} if bands or columns are no whole numbers.
 */
export function soundTrainOptions({
  columns = 64,
  bands = 96,
  pieces = "auto",
  ...options
}: SoundGANOptions): TrainOptions {
  for (const [name, value] of Object.entries({ columns, bands })) {
    if (Number.isInteger(value) && value >= 16 && value <= 512) continue;
    throw new ConfigError(
      `${name}: got ${value}, expected a whole number from 16 to 512; 64 columns and 96 bands are usual.`,
    );
  }
  return {
    ...options,
    family: "sound",
    resolution: `${columns}x${bands}`,
    ...(pieces === "auto" ? {} : { crops: pieces }),
  };
}

/** How sounds become pictures where models are trained as `options` ask. */
function formatOf(options: Pick<SoundGANOptions, "columns" | "bands">): SoundFormat {
  const { family = "", resolution } = soundTrainOptions(options);
  return formatOfModel({ ...frameOf(family, resolution), extra: SOUND }, "SoundGAN");
}

/**
 * Reads every sound of a folder and says what training makes of it, and which files it cannot use and why.
 *
 * @throws {DatasetError} if there are no sounds.
 * @throws {RuntimeUnavailableError} if nothing on this machine can decode them.
 */
export async function examineSoundFolder(
  folder: string,
  { columns, bands, ...options }: ExamineOptions = {},
): Promise<SoundReport> {
  const { examineSounds } = await import("../data/sounds/doctor.node.ts");
  const size = {
    ...(columns === undefined ? {} : { columns }),
    ...(bands === undefined ? {} : { bands }),
  };
  return await examineSounds(folder, { ...options, format: formatOf(size) });
}

/** A GAN of one-shot sounds: trains on a folder of audio, then makes sounds of about a second. */
export class SoundGAN extends TrainedModel<SoundGenerator> {
  /** @throws {ConfigError} if an option is unknown or out of range. */
  constructor(options: SoundGANOptions = {}) {
    super("SoundGAN", soundTrainOptions(options));
  }

  /**
   * Reads every sound of a folder and says what training makes of it, and which files it cannot use and why.
   *
   * @throws {DatasetError} if there are no sounds.
   * @throws {RuntimeUnavailableError} if nothing on this machine can decode them.
   */
  static async examine(folder: string, options: ExamineOptions = {}): Promise<SoundReport> {
    return await examineSoundFolder(folder, options);
  }

  /**
   * Trains a new run from the start, in a process of its own, and tells what happens. Leaving the loop early ends the run like `signal` does; it can be
   * resumed.
   *
   * @param folder Sounds, with sub-folders; with `conditional` these are the classes.
   * @throws {DatasetError} if the files cannot be used.
   * @throws {ConfigError} if options contradict each other or the files.
   * @throws {DivergenceError} if training left the finite numbers and could not be brought back.
   */
  train(
    folder: string,
    { runs = "runs", ...control }: SoundTrainControl = {},
  ): AsyncGenerator<TrainEvent, void, undefined> {
    const request = { source: resolve(folder), options: this.options, runs: resolve(runs) };
    return this.follow(request, control);
  }

  /**
   * Writes the sound of each seed as WAV, MP3, FLAC or Ogg, and its picture.
   *
   * @returns The paths of the files.
   * @throws What `writeSounds` throws, and {CheckpointError} if this model was neither trained nor loaded.
   */
  async generate(options: WriteSoundsOptions): Promise<string[]> {
    const { writeSounds } = await import("../create/sound/write-sounds.node.ts");
    return await writeSounds(await this.generator(), options);
  }

  /**
   * Measures its sounds beside real ones, and whether they are copies.
   *
   * @param folder Sounds to compare with.
   * @throws {CheckpointError} if this model was neither trained nor loaded.
   * @throws {DatasetError} if the folder cannot be used, or holds too few sounds.
   */
  async measure(folder: string, options: MeasureSoundsOptions = {}): Promise<SoundMeasurement> {
    const { measureSoundModel } = await import("./sound-measure.ts");
    return await measureSoundModel(await this.generator(), folder, options);
  }

  protected override async open(path: string): Promise<SoundGenerator> {
    const { loadSoundGenerator } = await import("../create/sound/write-sounds.node.ts");
    return await loadSoundGenerator(path);
  }
}
