import { MediaError } from "../../base/errors.ts";
import { type Bar, barAt, barsOf } from "../../media/midi/bars.ts";
import { familyOf, PARTS, type Part, partOf } from "../../media/midi/parts.ts";
import { type MidiFile, readMidi } from "../../media/midi/read.ts";
import { BEATS_PER_BAR, barSize, type RollFormat, rollsOf } from "../../media/midi/roll.ts";
import { secondsOf } from "../../media/midi/tempo.ts";
import type { Count } from "../doctor/report.ts";
import { countsOf } from "../doctor/statistics.ts";

/** What one MIDI file holds. */
export interface PieceReport {
  /** Path inside the data set, with `/`. */
  readonly file: string;
  /** Why training cannot use it; empty if it can. */
  readonly problem: string;
  readonly format: 0 | 1 | 2;
  /** Length up to the end of the last note [s]. */
  readonly seconds: number;
  /** Tempo [quarter notes a minute]: of the longest time, and its range. */
  readonly bpm: { readonly main: number; readonly lowest: number; readonly highest: number };
  /** Bars by their metre, the most frequent first. */
  readonly metres: readonly Count[];
  readonly bars: number;
  /** Bars that training can use: whole, in 4/4 or as long, without silence at either end. */
  readonly usableBars: number;
  /** Most of them in a row: a segment cannot be longer. */
  readonly longestRun: number;
  readonly notes: number;
  /** Tracks with notes. */
  readonly tracks: number;
  /** Notes of each part; those without a part are in none. */
  readonly parts: Readonly<Record<Part, number>>;
  /** Notes by family of instruments, the most frequent first. */
  readonly instruments: readonly Count[];
  /** Share of notes that begin within an eighth of a step of a step. About 0.25 for notes at random times. */
  readonly onGrid: { readonly 16: number; readonly 24: number };
  /** What is odd without being a fault. */
  readonly warnings: readonly string[];
}

/** Bars in a row that training can use. */
export interface Run {
  /** Number of the first bar in its piece. */
  readonly first: number;
  readonly count: number;
}

/** A piece that was read. */
export interface Piece {
  readonly report: PieceReport;
  /** Rolls of all its bars, shape [bars, parts, steps, pitches], 1 where a note sounds. */
  readonly rolls: Uint8Array;
  readonly runs: readonly Run[];
}

/** Largest distance from a step that counts as on the grid [steps]. */
const ON_GRID = 1 / 8;

/** Share of notes on the grid below which a piece is taken to be played without a metronome. */
const FREELY_PLAYED = 0.4;

/**
 * Reads a MIDI file, finds out what it holds, and quantises it.
 *
 * @param file Name, for messages.
 * @throws {MediaError} if it is damaged.
 */
export function readPiece(bytes: Uint8Array, file: string, format: RollFormat): Piece {
  const song = readMidi(bytes, file);
  const bars = barsOf(song, file);
  const rolls = rollsOf(song, bars, format);
  const runs = song.timing === "beats" ? runsOf(song, bars, rolls, format) : [];
  const parts = Object.fromEntries(PARTS.map((part) => [part, 0])) as Record<Part, number>;
  for (const note of song.notes) {
    const part = partOf(note);
    if (part !== undefined) parts[part]++;
  }
  const onGrid = { 16: onGridOf(song, bars, 16), 24: onGridOf(song, bars, 24) };
  const warnings = [...song.warnings];
  if (song.notes.length > 0 && Math.max(onGrid[16], onGrid[24]) < FREELY_PLAYED)
    warnings.push("Few notes begin on a step: it seems to be played without a metronome.");
  const last = song.notes.reduce((end, note) => Math.max(end, note.end), 0);
  return {
    rolls,
    runs,
    report: {
      file,
      problem: problemOf(song, parts, runs),
      format: song.format,
      seconds: secondsOf(song)(last),
      bpm: tempoOf(song, last),
      metres: countsOf(bars.map((bar) => `${bar.numerator}/${bar.denominator}`)),
      bars: bars.length,
      usableBars: runs.reduce((sum, run) => sum + run.count, 0),
      longestRun: runs.reduce((most, run) => Math.max(most, run.count), 0),
      notes: song.notes.length,
      tracks: new Set(song.notes.map(({ track }) => track)).size,
      parts,
      instruments: countsOf(song.notes.map(familyOf)),
      onGrid,
      warnings,
    },
  };
}

/** A file that cannot be read, told apart from faults of the program. */
export function reasonOf(error: unknown, file: string): string {
  if (!(error instanceof MediaError) && !(error instanceof Error && "syscall" in error))
    throw error;
  return error.message.startsWith(file)
    ? error.message.slice(file.length).replace(/^[:,] /, "")
    : error.message;
}

function problemOf(
  { notes, timing }: MidiFile,
  parts: Readonly<Record<Part, number>>,
  runs: readonly Run[],
): string {
  if (notes.length === 0) return "it has no notes";
  if (timing === "frames") return "its time is in frames of a film (SMPTE), not in beats";
  if (Object.values(parts).every((count) => count === 0))
    return "none of its notes belongs to a part: it has percussion effects and sound effects only";
  if (runs.length === 0) return "it has no bar of 4/4 with notes";
  return "";
}

/** Whole bars as long as 4/4 in a row, without those before the first note and after the last. */
function runsOf(
  { ticksPerQuarter }: MidiFile,
  bars: readonly Bar[],
  rolls: Uint8Array,
  format: RollFormat,
): Run[] {
  const size = barSize(format);
  const silent = bars.map((_, i) => !rolls.subarray(i * size, (i + 1) * size).includes(1));
  const runs: Run[] = [];
  for (let i = 0; i < bars.length; i++) {
    if (silent[i] || !isUsable(bars[i], ticksPerQuarter)) continue;
    let end = i + 1;
    for (let k = end; k < bars.length && isUsable(bars[k], ticksPerQuarter); k++)
      if (!silent[k]) end = k + 1;
    runs.push({ first: i, count: end - i });
    i = end;
  }
  return runs;
}

const isUsable = (bar: Bar | undefined, ticksPerQuarter: number): boolean =>
  bar?.whole === true && Math.abs(bar.end - bar.start - BEATS_PER_BAR * ticksPerQuarter) < 0.5;

function tempoOf({ tempos }: MidiFile, last: number): PieceReport["bpm"] {
  let main = tempos[0]?.bpm ?? 0;
  let longest = 0;
  const used: number[] = [];
  for (const [i, { tick, bpm }] of tempos.entries()) {
    const ticks = Math.min(tempos[i + 1]?.tick ?? last, last) - tick;
    if (ticks <= 0) continue;
    used.push(bpm);
    if (ticks > longest) [main, longest] = [bpm, ticks];
  }
  return {
    main,
    lowest: used.reduce((a, b) => Math.min(a, b), main),
    highest: used.reduce((a, b) => Math.max(a, b), main),
  };
}

function onGridOf({ notes }: MidiFile, bars: readonly Bar[], steps: number): number {
  let near = 0;
  for (const { start } of notes) {
    const bar = bars[barAt(bars, start)];
    if (bar === undefined) continue;
    const at = (steps * (start - bar.start)) / (bar.end - bar.start);
    if (Math.abs(at - Math.round(at)) <= ON_GRID) near++;
  }
  return notes.length === 0 ? 0 : near / notes.length;
}
