import { ConfigError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import type { ImageDataset } from "./dataset.ts";

/** How pictures are drawn. */
export interface SamplerOptions {
  readonly seed: number;
  /** Mirrors every picture left to right with probability 1/2, anew in each epoch. */
  readonly mirror: boolean;
}

/** Consecutive pictures of the endless stream. */
export interface ImageBatch {
  /** Shape [size, 3, resolution, resolution], 0..255. */
  readonly images: Uint8Array;
  /** Class of each picture; zeros when the data set has no classes. Shape [size]. */
  readonly labels: Int32Array;
  /** Number of each picture in the data set. Shape [size]. */
  readonly indices: Uint32Array;
}

/** The order of one pass over the data. */
interface Epoch {
  readonly number: number;
  readonly order: Uint32Array;
  readonly flips: Uint8Array;
}

/**
 * An endless stream of pictures in which each epoch shows every picture once, in a new random order.
 *
 * Place k of the stream depends on the seed and k alone: epoch `floor(k / count)`, place `k mod count` of that epoch's permutation. A run that
 * goes on from its position therefore sees what it would have seen without the stop, and batches may straddle epochs.
 */
export class Sampler {
  readonly #dataset: ImageDataset;
  readonly #random: Random;
  readonly #mirror: boolean;
  #epoch: Epoch | undefined;

  constructor(dataset: ImageDataset, options: SamplerOptions) {
    this.#dataset = dataset;
    this.#random = new Random(options.seed);
    this.#mirror = options.mirror;
  }

  /**
   * The pictures at places `position` to `position + size - 1` of the stream.
   *
   * @param position Pictures drawn before, 0 or more.
   * @param size Pictures to draw, 1 or more.
   * @throws {ConfigError} if either is no whole number in range.
   */
  batch(position: number, size: number): ImageBatch {
    if (!Number.isSafeInteger(position) || position < 0) {
      throw new ConfigError(
        `Sampler.batch: position is ${position}, expected a whole number, 0 or more.`,
      );
    }
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new ConfigError(`Sampler.batch: size is ${size}, expected a whole number, 1 or more.`);
    }
    const { count, resolution, channels, labels: classOf } = this.#dataset;
    const bytes = channels * resolution * resolution;
    const images = new Uint8Array(size * bytes);
    const labels = new Int32Array(size);
    const indices = new Uint32Array(size);
    for (let i = 0; i < size; i++) {
      const { order, flips } = this.#epochAt(Math.floor((position + i) / count));
      const place = (position + i) % count;
      const index = order[place] as number;
      this.#dataset.read(index, images, i * bytes, flips[place] === 1);
      labels[i] = classOf?.[index] ?? 0;
      indices[i] = index;
    }
    return { images, labels, indices };
  }

  #epochAt(number: number): Epoch {
    if (this.#epoch?.number !== number) {
      const { count } = this.#dataset;
      const coin = this.#random.split("mirror").split(number);
      this.#epoch = {
        number,
        order: this.#random.split("data").split(number).permutation(count),
        flips: new Uint8Array(count).map(() => (this.#mirror ? coin.integer(2) : 0)),
      };
    }
    return this.#epoch;
  }
}
