import { ConfigError, ShapeError } from "../../base/errors.ts";
import { type Bar, barAt } from "./bars.ts";
import { DRUMS, PARTS, partOf } from "./parts.ts";
import type { Song } from "./song.ts";

/** How bars become piano-rolls: pictures with time and pitch as their axes, one for each part. */
export interface RollFormat {
  /** Steps of one bar of 4/4. 16: sixteenths. 24: triplets too, but sixteenths only roughly. */
  readonly stepsPerBar: 16 | 24;
  /** Lowest pitch of a roll, 0..127. */
  readonly lowPitch: number;
  /** Number of pitches: a multiple of 4 from 24 to 128. */
  readonly pitches: number;
}

/** Sixteenths, and six octaves from the C of 33 Hz. */
export const DEFAULT_ROLL: RollFormat = { stepsPerBar: 16, lowPitch: 24, pitches: 72 };

/** Beats of a bar of 4/4. */
export const BEATS_PER_BAR = 4;

/** @throws {ConfigError} if a roll cannot have this format. */
export function checkRollFormat({ stepsPerBar, lowPitch, pitches }: RollFormat): void {
  if (stepsPerBar !== 16 && stepsPerBar !== 24) {
    throw new ConfigError(
      `stepsPerBar: got ${stepsPerBar}, expected 16 (sixteenths) or 24 (with triplets).`,
    );
  }
  if (!Number.isInteger(pitches) || pitches < 24 || pitches > 128 || pitches % 4 !== 0) {
    throw new ConfigError(
      `pitches: got ${pitches}, expected a multiple of 4 from 24 to 128. 60 to 84 are usual.`,
    );
  }
  if (!Number.isInteger(lowPitch) || lowPitch < 0 || lowPitch + pitches > 128) {
    throw new ConfigError(
      `lowPitch: got ${lowPitch} with ${pitches} pitches, expected a whole number from 0 to ${128 - pitches}. 24 is a low C.`,
    );
  }
}

/** Music as a piano-roll: what a model made, once it is binary. */
export interface Roll {
  readonly format: RollFormat;
  /** Bars in time. */
  readonly bars: number;
  /** Shape [parts, bars x steps a bar, pitches]; 0 where nothing sounds. */
  readonly data: Uint8Array;
}

/** @throws {ShapeError} if the data do not have the size of the format. */
export function checkRoll(where: string, { format, bars, data }: Roll): void {
  checkRollFormat(format);
  const expected = PARTS.length * bars * format.stepsPerBar * format.pitches;
  if (bars >= 1 && data.length === expected) return;
  throw new ShapeError(
    `${where}: the roll has ${data.length} cells and ${bars} bars, expected ${PARTS.length} parts x ${bars * format.stepsPerBar} steps x ${format.pitches} pitches.`,
  );
}

/** Bytes of the rolls of one bar: parts x steps x pitches. */
export const barSize = ({ stepsPerBar, pitches }: RollFormat): number =>
  PARTS.length * stepsPerBar * pitches;

/**
 * Quantises a piece: each bar becomes `stepsPerBar` steps, whatever its metre, and begins and ends of notes go to the nearest step.
 *
 * A drum is on at its one step. Another note is on from its first step to its last, at least one; if it is struck again without a rest, the step before
 * goes off where that leaves it one step. Pitches out of range move by octaves; drums out of range are left out.
 *
 * @param bars All bars of the piece.
 * @returns Shape [bars, parts, steps, pitches]; 1 where a note sounds, else 0.
 */
export function rollsOf(song: Song, bars: readonly Bar[], format: RollFormat): Uint8Array {
  const size = barSize(format);
  const rolls = new Uint8Array(bars.length * size);
  const stepOf = stepper(bars, format.stepsPerBar);
  const total = bars.length * format.stepsPerBar;
  /** First step of the note that sounds at each cell's part and pitch: two notes that overlap are told apart by it. */
  const begun = new Int32Array(PARTS.length * format.pitches).fill(-1);
  for (const note of song.notes) {
    const part = PARTS.indexOf(partOf(note) ?? "drums");
    if (partOf(note) === undefined) continue;
    const pitch = pitchIn(note.pitch, format, part === DRUMS);
    if (pitch === undefined) continue;
    const first = stepOf(note.start);
    if (first >= total) continue; // a note just before the end of the last bar
    const last = part === DRUMS ? first + 1 : Math.max(first + 1, stepOf(note.end));
    const cell = (step: number): number =>
      Math.floor(step / format.stepsPerBar) * size +
      (part * format.stepsPerBar + (step % format.stepsPerBar)) * format.pitches +
      pitch;
    const line = part * format.pitches + pitch;
    const before = begun[line] as number;
    if (part !== DRUMS && before >= 0 && before < first - 1) rolls[cell(first - 1)] = 0;
    begun[line] = first;
    for (let step = first; step < Math.min(last, total); step++) rolls[cell(step)] = 1;
  }
  return rolls;
}

/** Nearest step of a tick, counted from the begin of the piece. */
function stepper(bars: readonly Bar[], stepsPerBar: number): (tick: number) => number {
  return (tick) => {
    const index = barAt(bars, tick);
    const bar = bars[index];
    if (bar === undefined) return 0;
    const within = (tick - bar.start) / (bar.end - bar.start);
    return index * stepsPerBar + Math.round(stepsPerBar * Math.min(1, within));
  };
}

/** Row of a pitch, or undefined for a drum that has none. */
function pitchIn(
  pitch: number,
  { lowPitch, pitches }: RollFormat,
  drums: boolean,
): number | undefined {
  const row = pitch - lowPitch;
  if (row >= 0 && row < pitches) return row;
  if (drums) return undefined;
  return row < 0 ? ((row % 12) + 12) % 12 : pitches - 12 + ((row - pitches) % 12);
}
