import { PARTS } from "../../media/midi/parts.ts";
import type { RollFormat } from "../../media/midi/roll.ts";
import type { MusicDataset } from "./music-dataset.ts";

export { DRUMS, PARTS, type Part } from "../../media/midi/parts.ts";
export { BEATS_PER_BAR } from "../../media/midi/roll.ts";

/** Segments of music in memory: real ones, or what a model made of its outputs. */
export interface Rolls {
  readonly format: RollFormat;
  /** Bars of a segment. */
  readonly bars: number;
  /** Number of segments. */
  readonly count: number;
  /** Shape [count, parts, steps, pitches]; 0 where nothing sounds. */
  readonly data: Uint8Array;
}

/** Some segments of a data set, in the order of `indices`. */
export function rollsFrom(dataset: MusicDataset, indices: Uint32Array): Rolls {
  const { format, bars, shape } = dataset;
  const size = shape[0] * shape[1] * shape[2];
  const data = new Uint8Array(indices.length * size);
  for (const [i, index] of indices.entries()) dataset.read(index, data, i * size);
  return { format, bars, count: indices.length, data };
}

/** Steps of a segment. */
export const stepsOf = ({ format, bars }: Rolls): number => bars * format.stepsPerBar;

/** Roll of one part of one segment, shape [steps, pitches], as a view. */
export function partRoll(rolls: Rolls, segment: number, part: number): Uint8Array {
  const size = stepsOf(rolls) * rolls.format.pitches;
  const at = (segment * PARTS.length + part) * size;
  return rolls.data.subarray(at, at + size);
}
