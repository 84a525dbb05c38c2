import { DRUMS, PARTS, type Rolls, stepsOf } from "../../data/music/rolls.ts";

/** A segment and the one of another set that it overlaps with most. */
export interface Nearest {
  /** Index of the other segment; -1 if there is none to compare with. */
  readonly index: number;
  /** Cells of both divided by cells of either, 0 to 1. */
  readonly overlap: number;
  /** Semitones by which the segment was moved for it. */
  readonly shift: number;
}

/** Semitones that are tried: each key once. */
const SHIFTS = { lowest: -6, highest: 5 } as const;

/** Where the notes of many segments are: for each cell, the segments in which it is on. */
export class OverlapIndex {
  readonly #rolls: Rolls;
  /** Segments of cell c: `#segments[#starts[c] .. #starts[c + 1]]`. */
  readonly #starts: Uint32Array;
  readonly #segments: Uint32Array;
  /** Cells on, by segment. */
  readonly #sizes: Uint32Array;

  constructor(rolls: Rolls) {
    const cells = cellsOf(rolls);
    this.#rolls = rolls;
    this.#sizes = new Uint32Array(rolls.count);
    const starts = new Uint32Array(cells + 1);
    for (let i = 0; i < rolls.data.length; i++) {
      if (rolls.data[i] === 0) continue;
      starts[(i % cells) + 1] = (starts[(i % cells) + 1] as number) + 1;
      const segment = Math.floor(i / cells);
      this.#sizes[segment] = (this.#sizes[segment] as number) + 1;
    }
    for (let cell = 0; cell < cells; cell++)
      starts[cell + 1] = (starts[cell + 1] as number) + (starts[cell] as number);
    const next = starts.slice();
    this.#segments = new Uint32Array(starts[cells] as number);
    for (let i = 0; i < rolls.data.length; i++) {
      if (rolls.data[i] === 0) continue;
      const cell = i % cells;
      const at = next[cell] as number;
      this.#segments[at] = Math.floor(i / cells);
      next[cell] = at + 1;
    }
    this.#starts = starts;
  }

  /**
   * The segment that shares most with `query`, in whatever key: all parts but the drums are moved together.
   *
   * @param query Shape [parts, steps, pitches].
   * @param excluded Segments not to compare with.
   */
  nearest(query: Uint8Array, excluded: (segment: number) => boolean): Nearest {
    const { pitches } = this.#rolls.format;
    const drumCells = stepsOf(this.#rolls) * pitches * (DRUMS + 1);
    const on: number[] = [];
    for (let cell = 0; cell < query.length; cell++) if (query[cell] !== 0) on.push(cell);
    const drums = on.filter((cell) => cell < drumCells);
    const melody = on.filter((cell) => cell >= drumCells);
    const withDrums = new Uint16Array(this.#rolls.count);
    for (const cell of drums) this.#count(cell, withDrums);
    const allowed = Uint8Array.from({ length: this.#rolls.count }, (_, i) => Number(!excluded(i)));
    let best: Nearest = { index: -1, overlap: -1, shift: 0 };
    for (let shift: number = SHIFTS.lowest; shift <= SHIFTS.highest; shift++) {
      if (melody.length === 0 && shift !== 0) continue;
      const shared = withDrums.slice();
      for (const cell of melody) {
        const pitch = (cell % pitches) + shift;
        if (pitch >= 0 && pitch < pitches) this.#count(cell + shift, shared);
      }
      for (let segment = 0; segment < shared.length; segment++) {
        if (allowed[segment] === 0) continue;
        const both = shared[segment] as number;
        const either = on.length + (this.#sizes[segment] as number) - both;
        const overlap = either === 0 ? 1 : both / either;
        if (overlap > best.overlap) best = { index: segment, overlap, shift };
      }
    }
    return best;
  }

  #count(cell: number, counts: Uint16Array): void {
    const end = this.#starts[cell + 1] as number;
    for (let i = this.#starts[cell] as number; i < end; i++) {
      const segment = this.#segments[i] as number;
      counts[segment] = (counts[segment] as number) + 1;
    }
  }
}

/** Cells of one segment. */
export const cellsOf = (rolls: Rolls): number =>
  PARTS.length * stepsOf(rolls) * rolls.format.pitches;
