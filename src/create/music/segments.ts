/** @file Segments of rolls between networks and pieces. */
import { PARTS } from "../../media/midi/parts.ts";
import type { Roll } from "../../media/midi/roll.ts";

/** Notes as the networks see them: 1 where there is one, else -1. */
export function levelsOf(notes: Uint8Array): Float32Array {
  return Float32Array.from(notes, (cell) => (cell === 0 ? -1 : 1));
}

/** What networks give, -1 to 1, as probabilities of notes. */
export function probabilitiesOf(levels: Float32Array): Float32Array {
  return levels.map((level) => (level + 1) / 2);
}

/**
 * The last bar of a segment.
 *
 * @param segment Shape [parts, steps, pitches].
 * @param bar Cells of a bar: parts x steps of a bar x pitches.
 */
export function lastBar(segment: Uint8Array, bar: number): Uint8Array {
  const [plane, row] = [segment.length / PARTS.length, bar / PARTS.length];
  const last = new Uint8Array(bar);
  for (let part = 0; part < PARTS.length; part++)
    last.set(segment.subarray((part + 1) * plane - row, (part + 1) * plane), part * row);
  return last;
}

/** Bars `first` to `first + bars - 1` of a roll. */
export function barsFrom(roll: Roll, first: number, bars: number): Roll {
  const { stepsPerBar, pitches } = roll.format;
  const row = stepsPerBar * pitches;
  const data = new Uint8Array(PARTS.length * bars * row);
  for (let part = 0; part < PARTS.length; part++) {
    const at = (part * roll.bars + first) * row;
    data.set(roll.data.subarray(at, at + bars * row), part * bars * row);
  }
  return { ...roll, bars, data };
}
