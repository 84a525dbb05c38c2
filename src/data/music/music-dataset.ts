import { ConfigError, DatasetError, invariant } from "../../base/errors.ts";
import { DRUMS, PARTS } from "../../media/midi/parts.ts";
import { barSize, type RollFormat } from "../../media/midi/roll.ts";
import type { SkippedFile } from "../dataset.ts";
import { packBits } from "./bits.ts";
import { shiftsToCommonKey } from "./keys.ts";
import type { Piece } from "./piece.ts";

export type { RollFormat } from "../../media/midi/roll.ts";

/** Bars in a row of one piece. */
interface PackedRun {
  /** Index into `files`. */
  readonly file: number;
  /** Number of the first bar in its piece. */
  readonly first: number;
  /** Number of bars. */
  readonly count: number;
}

/** All usable bars of some pieces: what is stored in the cache. */
export interface PackedBars {
  readonly format: RollFormat;
  /** Names of the pieces. */
  readonly files: readonly string[];
  readonly skipped: readonly SkippedFile[];
  /** In the order of the bars. */
  readonly runs: readonly PackedRun[];
  /** Shape [bars, parts, steps, pitches], 8 cells a byte, the first in the highest bit. */
  readonly bits: Uint8Array;
}

/** Usable bars of pieces, in their order. */
export function packPieces(
  pieces: readonly Piece[],
  format: RollFormat,
  skipped: readonly SkippedFile[] = [],
): PackedBars {
  const size = barSize(format);
  const runs = pieces.flatMap((piece, file) => piece.runs.map((run) => ({ file, ...run })));
  const bits = new Uint8Array((runs.reduce((sum, run) => sum + run.count, 0) * size) / 8);
  let at = 0;
  for (const { file, first, count } of runs) {
    const rolls = pieces[file]?.rolls.subarray(first * size, (first + count) * size);
    invariant(rolls !== undefined, `piece ${file} is missing`);
    packBits(rolls, bits.subarray(at / 8));
    at += rolls.length;
  }
  return { format, files: pieces.map(({ report }) => report.file), skipped, runs, bits };
}

/** Semitones by which a segment can be moved so that every note stays inside the roll. */
export interface ShiftRange {
  /** 0 or below. */
  readonly lowest: number;
  /** 0 or above. */
  readonly highest: number;
}

/** Semitones. */
const OCTAVE = 12;

/** A cell that is on. */
const ON = 255;

/**
 * Segments of music as pictures: every run of `bars` bars of every piece, each with the bar before it.
 *
 * A segment begins at every bar, so neighbours overlap. Split data by file (`files`), never by segment.
 */
export class MusicDataset {
  /** Number of segments. */
  readonly count: number;
  /** Steps and pitches of the rolls. */
  readonly format: RollFormat;
  /** Bars of a segment. */
  readonly bars: number;
  /** Channels, height and width of a segment as a picture: parts, steps of all its bars, pitches. */
  readonly shape: readonly [parts: number, steps: number, pitches: number];
  /** Source file of each segment. */
  readonly files: readonly string[];
  /** Files that could not be used. */
  readonly skipped: readonly SkippedFile[];
  /** What the user should know before training, one sentence each. */
  readonly warnings: readonly string[];
  /** SHA-256 [hex] over file names, file contents and options: equal hashes mean equal segments in equal order. */
  readonly contentHash: string;
  readonly #bits: Uint8Array;
  /** First bar of each segment, among all bars. */
  readonly #first: Uint32Array;
  /** Whether that bar is the first of its run. */
  readonly #begins: Uint8Array;
  /** Lowest and highest row of the parts with pitches, of each bar; lowest above highest where there are none. */
  readonly #lowest: Uint8Array;
  readonly #highest: Uint8Array;
  /** Semitones to the common key, of each bar. */
  readonly #keys: Int8Array;

  /**
   * @param bars Bars of a segment, 1 or more.
   * @throws {ConfigError} if that is no whole number in range.
   * @throws {DatasetError} if there are fewer than two segments.
   */
  constructor(packed: PackedBars, bars: number, contentHash: string) {
    const { format, runs, bits } = packed;
    checkBars(bars);
    this.format = format;
    this.bars = bars;
    this.shape = [PARTS.length, bars * format.stepsPerBar, format.pitches];
    this.contentHash = contentHash;
    this.skipped = packed.skipped;
    this.#bits = bits;
    ({ lowest: this.#lowest, highest: this.#highest } = rangesOf(bits, format));
    this.#keys = shiftsToCommonKey(bits, format, runs);
    const starts = startsOf(runs, bars, (bar) => this.#isSilent(bar));
    this.count = starts.length;
    this.files = starts.map(({ file }) => packed.files[file] as string);
    this.#first = Uint32Array.from(starts, ({ bar }) => bar);
    this.#begins = Uint8Array.from(starts, ({ begins }) => Number(begins));
    this.warnings = warningsOf(packed.skipped);
    if (this.count < 2) {
      throw new DatasetError(
        `music: there are ${this.count} segments of ${bars} bars of 4/4, expected at least 2. Add MIDI files, or ask for fewer bars.`,
      );
    }
  }

  /**
   * Copies segment `index` to `out` at `offset`: shape [parts, steps, pitches], 255 where a note sounds, else 0.
   *
   * @param shift Moves all parts but the drums by so many semitones; notes that leave the roll are lost.
   */
  read(index: number, out: Uint8Array, offset: number, shift = 0): void {
    for (let bar = 0; bar < this.bars; bar++)
      this.#copy(this.#bar(index) + bar, out, offset, bar, this.bars, shift);
  }

  /**
   * Copies the bar before segment `index` to `out` at `offset`: shape [parts, steps of a bar, pitches]; zeros where nothing comes before.
   *
   * @returns Whether something comes before.
   */
  readPrevious(index: number, out: Uint8Array, offset: number, shift = 0): boolean {
    const bar = this.#bar(index);
    const begins = this.#begins[index] === 1;
    if (begins) out.fill(0, offset, offset + barSize(this.format));
    else this.#copy(bar - 1, out, offset, 0, 1, shift);
    return !begins;
  }

  /** How far segment `index` and the bar before it can be moved without losing notes. */
  shiftRange(index: number): ShiftRange {
    const bar = this.#bar(index);
    let lowest = this.format.pitches - 1;
    let highest = 0;
    for (let i = bar - (this.#begins[index] === 1 ? 0 : 1); i < bar + this.bars; i++) {
      lowest = Math.min(lowest, this.#lowest[i] as number);
      highest = Math.max(highest, this.#highest[i] as number);
    }
    if (lowest > highest) return { lowest: 0, highest: 0 }; // drums alone
    return { lowest: lowest === 0 ? 0 : -lowest, highest: this.format.pitches - 1 - highest };
  }

  /**
   * Semitones by which segment `index` is moved to be in C major or A minor, by the scale that holds most of the music around it; an octave up or down
   * where it would leave the roll otherwise.
   */
  keyShift(index: number): number {
    const shift = this.#keys[this.#bar(index) + (this.bars >> 1)] as number;
    const { lowest, highest } = this.shiftRange(index);
    if (shift < lowest && shift + OCTAVE <= highest) return shift + OCTAVE;
    if (shift > highest && shift - OCTAVE >= lowest) return shift - OCTAVE;
    return shift;
  }

  #bar(index: number): number {
    const bar = this.#first[index];
    invariant(bar !== undefined, `segment ${index} of ${this.count} does not exist`);
    return bar;
  }

  #isSilent(bar: number): boolean {
    const bytes = barSize(this.format) / 8;
    return this.#bits.subarray(bar * bytes, (bar + 1) * bytes).every((byte) => byte === 0);
  }

  /** Unpacks one bar to its place among `bars` bars. */
  #copy(
    bar: number,
    out: Uint8Array,
    offset: number,
    place: number,
    bars: number,
    shift: number,
  ): void {
    const { stepsPerBar, pitches } = this.format;
    const size = stepsPerBar * pitches;
    for (let part = 0; part < PARTS.length; part++) {
      const to = offset + (part * bars + place) * size;
      const move = part === DRUMS ? 0 : shift;
      out.fill(0, to, to + size);
      const from = bar * PARTS.length * size + part * size;
      for (let cell = 0; cell < size; cell++) {
        const bit = from + cell;
        const byte = this.#bits[bit >> 3] as number;
        if (byte === 0) {
          cell += 7 - (bit & 7);
          continue;
        }
        if (((byte >> (7 - (bit & 7))) & 1) === 0) continue;
        const pitch = (cell % pitches) + move;
        if (pitch >= 0 && pitch < pitches) out[to + cell + move] = ON;
      }
    }
  }
}

/** Most bars of a segment. */
const MAX_BARS = 32;

/** @throws {ConfigError} if a segment cannot have so many bars. */
export function checkBars(bars: number): void {
  if (!Number.isInteger(bars) || bars < 1 || bars > MAX_BARS) {
    throw new ConfigError(
      `bars: got ${bars}, expected a whole number from 1 to ${MAX_BARS}. 4 is usual.`,
    );
  }
}

function startsOf(
  runs: readonly PackedRun[],
  bars: number,
  isSilent: (bar: number) => boolean,
): { readonly bar: number; readonly file: number; readonly begins: boolean }[] {
  const starts: { bar: number; file: number; begins: boolean }[] = [];
  let base = 0;
  for (const { file, count } of runs) {
    for (let i = 0; i + bars <= count; i++) {
      const members = Array.from({ length: bars }, (_, k) => base + i + k);
      if (!members.every(isSilent)) starts.push({ bar: base + i, file, begins: i === 0 });
    }
    base += count;
  }
  return starts;
}

/** Lowest and highest row that a part with pitches uses, by bar. */
function rangesOf(
  bits: Uint8Array,
  format: RollFormat,
): { readonly lowest: Uint8Array; readonly highest: Uint8Array } {
  const size = barSize(format);
  const drums = format.stepsPerBar * format.pitches;
  const bars = (bits.length * 8) / size;
  const lowest = new Uint8Array(bars).fill(format.pitches - 1);
  const highest = new Uint8Array(bars);
  for (let i = 0; i < bits.length; i++) {
    for (let rest = bits[i] as number; rest !== 0; rest &= rest - 1) {
      const bit = 8 * i + Math.clz32(rest & -rest) - 24;
      const cell = bit % size;
      if (cell < drums) continue;
      const bar = Math.floor(bit / size);
      const row = cell % format.pitches;
      lowest[bar] = Math.min(lowest[bar] as number, row);
      highest[bar] = Math.max(highest[bar] as number, row);
    }
  }
  return { lowest, highest };
}

/** Most skipped files that a warning names. */
const NAMED_FILES = 5;

function warningsOf(skipped: readonly SkippedFile[]): string[] {
  if (skipped.length === 0) return [];
  const named = skipped.slice(0, NAMED_FILES).map(({ file, reason }) => `  ${file}: ${reason}`);
  const more = skipped.length > NAMED_FILES ? [`  and ${skipped.length - NAMED_FILES} more`] : [];
  return [`${skipped.length} files were left out:\n${[...named, ...more].join("\n")}`];
}
