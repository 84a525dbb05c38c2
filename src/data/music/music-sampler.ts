import { ConfigError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { barSize } from "../../media/midi/roll.ts";
import type { MusicDataset } from "./music-dataset.ts";

/** How segments are drawn. */
export interface MusicSamplerOptions {
  readonly seed: number;
  /**
   * Moves each segment by a random number of semitones from -5 to 6, anew in each epoch, as far as its notes stay inside the roll: music means the same
   * in every key.
   */
  readonly transpose: boolean;
  /** Segments to draw from. @default all */
  readonly indices?: Uint32Array;
}

/** Consecutive segments of the endless stream. */
export interface MusicBatch {
  /** Shape [size, parts, steps, pitches], 0 or 255. */
  readonly segments: Uint8Array;
  /** The bar before each segment, moved as it is; zeros where there is none. Shape [size, parts, steps of a bar, pitches]. */
  readonly previous: Uint8Array;
  /** Whether there is a bar before. Shape [size]. */
  readonly hasPrevious: Uint8Array;
  /** Number of each segment in the data set. Shape [size]. */
  readonly indices: Uint32Array;
  /** Semitones by which each was moved. Shape [size]. */
  readonly shifts: Int8Array;
}

/** Semitones of the transposition: every key once. */
const SHIFTS = { lowest: -5, highest: 6 } as const;

/** The order of one pass over the data. */
interface Epoch {
  readonly number: number;
  readonly order: Uint32Array;
  /** Uniform in [0, 1): where in its range each segment is moved to. */
  readonly moves: Float64Array;
}

/**
 * An endless stream of segments in which each epoch shows every segment once, in a new random order. Place k of the stream depends on the seed and k
 * alone, as in `Sampler`.
 */
export class MusicSampler {
  readonly #dataset: MusicDataset;
  readonly #random: Random;
  readonly #transpose: boolean;
  readonly #indices: Uint32Array;
  #epoch: Epoch | undefined;

  /** @throws {ConfigError} if there are no segments to draw from. */
  constructor(dataset: MusicDataset, { seed, transpose, indices }: MusicSamplerOptions) {
    this.#dataset = dataset;
    this.#random = new Random(seed);
    this.#transpose = transpose;
    this.#indices = indices ?? Uint32Array.from({ length: dataset.count }, (_, i) => i);
    if (this.#indices.length === 0)
      throw new ConfigError("MusicSampler: indices is empty, expected at least 1 segment.");
  }

  /**
   * The segments at places `position` to `position + size - 1` of the stream.
   *
   * @param position Segments drawn before, 0 or more.
   * @param size Segments to draw, 1 or more.
   * @throws {ConfigError} if either is no whole number in range.
   */
  batch(position: number, size: number): MusicBatch {
    check("position", position, 0);
    check("size", size, 1);
    const { shape, format } = this.#dataset;
    const segmentBytes = shape[0] * shape[1] * shape[2];
    const barBytes = barSize(format);
    const batch = {
      segments: new Uint8Array(size * segmentBytes),
      previous: new Uint8Array(size * barBytes),
      hasPrevious: new Uint8Array(size),
      indices: new Uint32Array(size),
      shifts: new Int8Array(size),
    };
    for (let i = 0; i < size; i++) {
      const { order, moves } = this.#epochAt(Math.floor((position + i) / this.#indices.length));
      const place = (position + i) % this.#indices.length;
      const index = this.#indices[order[place] as number] as number;
      const shift = this.#transpose ? this.#shiftOf(index, moves[place] as number) : 0;
      this.#dataset.read(index, batch.segments, i * segmentBytes, shift);
      const before = this.#dataset.readPrevious(index, batch.previous, i * barBytes, shift);
      batch.hasPrevious[i] = Number(before);
      batch.indices[i] = index;
      batch.shifts[i] = shift;
    }
    return batch;
  }

  #shiftOf(index: number, move: number): number {
    const { lowest, highest } = this.#dataset.shiftRange(index);
    const from = Math.max(SHIFTS.lowest, lowest);
    const to = Math.min(SHIFTS.highest, highest);
    return from + Math.floor(move * (to - from + 1));
  }

  #epochAt(number: number): Epoch {
    if (this.#epoch?.number !== number) {
      const count = this.#indices.length;
      const mover = this.#random.split("transpose").split(number);
      this.#epoch = {
        number,
        order: this.#random.split("data").split(number).permutation(count),
        moves: new Float64Array(count).map(() => mover.uniform()),
      };
    }
    return this.#epoch;
  }
}

function check(what: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new ConfigError(
    `MusicSampler.batch: ${what} is ${value}, expected a whole number, ${least} or more.`,
  );
}
