import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { CancelledError, ConfigError, MediaError } from "../../base/errors.ts";
import { audioInMemory } from "../../media/audio/audio.ts";
import { AUDIO_EXTENSIONS, writeAudio } from "../../media/audio/write.node.ts";
import { imageGrid } from "../../media/grid.ts";
import { writeImage } from "../../media/image.node.ts";
import type { Image } from "../../media/image.ts";
import { checkSeeds, type GenerateOptions, type GeneratorOptions } from "../generator.ts";
import { loadGenerator } from "../load.node.ts";
import { SoundGenerator } from "./sound-generator.ts";

/** What a sound can be written as: sound, or its picture. */
export const SOUND_FORMATS: readonly string[] = [
  ...AUDIO_EXTENSIONS.map((extension) => extension.slice(1)),
  "png",
];

/** Which sounds to write, and where. */
export interface WriteSoundsOptions extends GenerateOptions {
  /** One sound each; those named twice are made once. */
  readonly seeds: readonly number[];
  /** Folder for the files; made if missing. */
  readonly outputDir: string;
  /** Of wav, mp3, flac, ogg and png. @default wav */
  readonly formats?: readonly string[];
  /** Also write the pictures of all sounds as one, `grid.png`. @default false */
  readonly grid?: boolean;
  /** Told after each sound. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Aborting stops after the sound that is being written; those that are finished stay. */
  readonly signal?: AbortSignal;
}

/** Space between the pictures of a grid [pixels]. */
const GAP = 4;

/**
 * A generator of sounds from its ONNX file or from a run folder.
 *
 * @throws {CheckpointError} if there is none, or the file is damaged or makes no sounds.
 */
export async function loadSoundGenerator(
  path: string,
  options: GeneratorOptions = {},
): Promise<SoundGenerator> {
  const generator = await loadGenerator(path, options);
  try {
    return new SoundGenerator(generator, path);
  } catch (error) {
    await generator.dispose();
    throw error;
  }
}

/**
 * Writes the sound of each seed as `seed0017.wav`, or in the formats that are asked for.
 *
 * @returns The paths of the files; that of the grid is last.
 * @throws {ConfigError} if there is no seed, a format is unknown, the model has no such class, or an option is out of range.
 * @throws {MediaError} if a file cannot be written.
 * @throws {RuntimeUnavailableError} if an encoder is missing; the message says what to install.
 * @throws {CancelledError} if the signal stopped it.
 */
export async function writeSounds(
  generator: SoundGenerator,
  options: WriteSoundsOptions,
): Promise<string[]> {
  const { outputDir, formats = ["wav"], grid = false, onProgress, signal } = options;
  const seeds = [...new Set(options.seeds)];
  checkSeeds(seeds);
  checkFormats(formats);
  try {
    mkdirSync(outputDir, { recursive: true });
  } catch (cause) {
    throw new MediaError(
      `${outputDir}: the output folder cannot be made (${(cause as Error).message}). Choose another one, or check its permissions.`,
      { cause },
    );
  }
  const paths: string[] = [];
  const pictures: Image[] = [];
  let done = 0;
  for await (const { seed, samples, sampleRate, picture } of generator.sounds(seeds, options)) {
    if (signal?.aborted)
      throw new CancelledError(`Stopped after ${done} of ${seeds.length} sounds.`);
    for (const format of formats) {
      const path = join(outputDir, `seed${String(seed).padStart(4, "0")}.${format}`);
      if (format === "png") await writeImage(path, picture);
      else await writeAudio(path, audioInMemory(path, [samples], sampleRate));
      paths.push(path);
    }
    if (grid) pictures.push(picture);
    onProgress?.(++done, seeds.length);
  }
  if (!grid) return paths;
  const path = join(outputDir, "grid.png");
  await writeImage(path, imageGrid(pictures, { gap: GAP }));
  return [...paths, path];
}

function checkFormats(formats: readonly string[]): void {
  const odd = formats.find((format) => !SOUND_FORMATS.includes(format));
  if (odd === undefined && formats.length > 0) return;
  throw new ConfigError(
    `formats: got ${odd === undefined ? "none" : `"${odd}"`}, expected some of ${SOUND_FORMATS.join(", ")}.`,
  );
}
