import { ConfigError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import { type Dataset, exampleBytes } from "./dataset.ts";

/** How examples are drawn. */
export interface SamplerOptions {
  readonly seed: number;
  /** Mirrors every example left to right with probability 1/2, anew in each epoch. */
  readonly mirror: boolean;
}

/** Consecutive examples of the endless stream. */
export interface Batch {
  /** Shape [size, channels, height, width], 0..255. */
  readonly examples: Uint8Array;
  /** Numbers with each example. Shape [size, facts]. */
  readonly facts: Float32Array;
  /** Class of each example; zeros when the data set has no classes. Shape [size]. */
  readonly labels: Int32Array;
  /** Number of each example in the data set. Shape [size]. */
  readonly indices: Uint32Array;
}

/** The order of one pass over the data. */
interface Epoch {
  readonly number: number;
  readonly order: Uint32Array;
  readonly flips: Uint8Array;
  /** Split by place, the numbers of each example. */
  readonly random: Random;
}

/**
 * An endless stream of examples in which each epoch shows every one once, in a new random order.
 *
 * Place k of the stream depends on the seed and k alone: epoch `floor(k / count)`, place `k mod count` of that epoch's permutation, and random numbers of its own. A run that
 * goes on from its position therefore sees what it would have seen without the stop, and batches may straddle epochs.
 */
export class Sampler {
  readonly #dataset: Dataset;
  readonly #random: Random;
  readonly #mirror: boolean;
  #epoch: Epoch | undefined;

  constructor(dataset: Dataset, options: SamplerOptions) {
    this.#dataset = dataset;
    this.#random = new Random(options.seed);
    this.#mirror = options.mirror;
  }

  /**
   * The examples at places `position` to `position + size - 1` of the stream.
   *
   * @param position Examples drawn before, 0 or more.
   * @param size Examples to draw, 1 or more.
   * @throws {ConfigError} if either is no whole number in range.
   */
  batch(position: number, size: number): Batch {
    if (!Number.isSafeInteger(position) || position < 0) {
      throw new ConfigError(
        `Sampler.batch: position is ${position}, expected a whole number, 0 or more.`,
      );
    }
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new ConfigError(`Sampler.batch: size is ${size}, expected a whole number, 1 or more.`);
    }
    const { count, facts: numbers, labels: classOf } = this.#dataset;
    const bytes = exampleBytes(this.#dataset);
    const examples = new Uint8Array(size * bytes);
    const facts = new Float32Array(size * numbers);
    const labels = new Int32Array(size);
    const indices = new Uint32Array(size);
    for (let i = 0; i < size; i++) {
      const { order, flips, random } = this.#epochAt(Math.floor((position + i) / count));
      const place = (position + i) % count;
      const index = order[place] as number;
      this.#dataset.read(index, examples, i * bytes, {
        flip: flips[place] === 1,
        random: random.split(place),
        facts: facts.subarray(i * numbers, (i + 1) * numbers),
      });
      labels[i] = classOf?.[index] ?? 0;
      indices[i] = index;
    }
    return { examples, facts, labels, indices };
  }

  #epochAt(number: number): Epoch {
    if (this.#epoch?.number !== number) {
      const { count } = this.#dataset;
      const coin = this.#random.split("mirror").split(number);
      this.#epoch = {
        number,
        order: this.#random.split("data").split(number).permutation(count),
        flips: new Uint8Array(count).map(() => (this.#mirror ? coin.integer(2) : 0)),
        random: this.#random.split("example").split(number),
      };
    }
    return this.#epoch;
  }
}
