import { resolve } from "node:path";
import { ConfigError } from "../base/errors.ts";
import type { TrainEvent } from "../base/events.ts";
import type { MusicGenerator } from "../create/music/music-generator.ts";
import type { WritePiecesOptions } from "../create/music/pieces.node.ts";
import type { MusicReport } from "../data/music/doctor.node.ts";
import type { TrainOptions } from "../train/options.ts";
import type { TrainControl } from "./following.ts";
import type { MeasureMusicOptions, MusicMeasurement } from "./music-measure.ts";
import { TrainedModel } from "./trained-model.ts";

/** Options of a model of music: those of training, and the size of the segments that it makes. */
export interface MusicGANOptions extends Omit<TrainOptions, "family" | "resolution"> {
  /** Bars of a segment, 1 to 16; pieces are made of as many segments as they need. @default 4 */
  readonly bars?: number;
  /** Pitches from C1 (33 Hz) up: whole octaves, 24 to 96. @default 72 */
  readonly pitches?: number;
}

/** How a training of music is kept and watched. */
export interface MusicTrainControl extends TrainControl {
  /** Folder in which the run gets a folder of its own. @default "runs" */
  readonly runs?: string;
}

/** Steps of a bar. */
const STEPS = 16;

/**
 * What training is asked for.
 *
 * @throws {ConfigError} if bars or pitches are no whole numbers in range.
 */
export function musicTrainOptions({
  bars = 4,
  pitches = 72,
  ...options
}: MusicGANOptions): TrainOptions {
  if (!Number.isInteger(bars) || bars < 1 || bars > 16)
    throw new ConfigError(`bars: got ${bars}, expected a whole number from 1 to 16; 4 is usual.`);
  if (!Number.isInteger(pitches) || pitches % 12 !== 0 || pitches < 24 || pitches > 96) {
    throw new ConfigError(
      `pitches: got ${pitches}, expected whole octaves: a multiple of 12 from 24 to 96; 72 is usual.`,
    );
  }
  return { ...options, family: "music", resolution: `${pitches}x${STEPS * bars}` };
}

/** A GAN of music: trains on a folder of MIDI files, then makes pieces in five parts. */
export class MusicGAN extends TrainedModel<MusicGenerator> {
  /** @throws {ConfigError} if an option is unknown or out of range. */
  constructor(options: MusicGANOptions = {}) {
    super("MusicGAN", musicTrainOptions(options));
  }

  /**
   * Reads every MIDI file of a folder and says which of them training can use, and why not the others.
   *
   * @throws {DatasetError} if there are no MIDI files.
   */
  static async examine(folder: string): Promise<MusicReport> {
    const { examineMusic } = await import("../data/music/doctor.node.ts");
    return await examineMusic(folder);
  }

  /**
   * Trains a new run from the start, in a process of its own, and tells what happens. Leaving the loop early ends the run like `signal` does; it can be
   * resumed.
   *
   * @param folder MIDI files, with sub-folders.
   * @throws {DatasetError} if the files cannot be used.
   * @throws {ConfigError} if options contradict each other or the files.
   * @throws {DivergenceError} if training left the finite numbers and could not be brought back.
   */
  train(
    folder: string,
    { runs = "runs", ...control }: MusicTrainControl = {},
  ): AsyncGenerator<TrainEvent, void, undefined> {
    const request = { source: resolve(folder), options: this.options, runs: resolve(runs) };
    return this.follow(request, control);
  }

  /**
   * Writes the piece of each seed as MIDI, picture or sound.
   *
   * @returns The paths of the files.
   * @throws What `writePieces` throws, and {CheckpointError} if this model was neither trained nor loaded.
   */
  async generate(options: WritePiecesOptions): Promise<string[]> {
    const { writePieces } = await import("../create/music/pieces.node.ts");
    return await writePieces(await this.generator(), options);
  }

  /**
   * Measures its music beside real and shuffled music, and whether it copies.
   *
   * @param folder MIDI files to compare with.
   * @throws {CheckpointError} if this model was neither trained nor loaded.
   * @throws {DatasetError} if the folder cannot be used, or too little of it is held out.
   */
  async measure(folder: string, options: MeasureMusicOptions = {}): Promise<MusicMeasurement> {
    const { measureMusicModel } = await import("./music-measure.ts");
    return await measureMusicModel(await this.generator(), folder, options);
  }

  protected override async open(path: string): Promise<MusicGenerator> {
    const { loadMusicGenerator } = await import("../create/music/pieces.node.ts");
    return await loadMusicGenerator(path);
  }
}
