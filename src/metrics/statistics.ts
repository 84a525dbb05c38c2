import { DatasetError, ShapeError } from "../base/errors.ts";
import { checkFeatures, type Features } from "./features.ts";
import { rowProducts } from "./row-products.ts";

/** Mean and covariance of a set of features. */
export interface Gaussian {
  /** Pictures behind it. */
  readonly count: number;
  /** Shape [d]. */
  readonly mean: Float64Array;
  /** Unbiased: divided by `count - 1`. Shape [d, d]. */
  readonly covariance: Float64Array;
}

/** Rows that go into one product. */
const BLOCK_ROWS = 1024;

/**
 * Mean and covariance of a stream of features, in double precision.
 *
 * Each block is centred on its own mean before it is multiplied, and blocks are joined as in Chan, Golub and LeVeque 1979, "Updating formulae and
 * a pairwise algorithm for computing sample variances": `M = Ma + Mb + delta delta^T na nb / n` for sums of squared deviations M. Nothing large is
 * ever subtracted, so the order and the size of blocks do not matter.
 */
export class FeatureStatistics {
  readonly #mean: Float64Array;
  /** Sums of products of deviations from the mean, shape [d, d]. */
  readonly #scatter: Float64Array;
  #count = 0;

  /** @param width Numbers a picture, d. */
  constructor(width: number) {
    this.#mean = new Float64Array(width);
    this.#scatter = new Float64Array(width * width);
  }

  /** Pictures seen. */
  get count(): number {
    return this.#count;
  }

  /**
   * Takes in some pictures.
   *
   * @throws {ShapeError} if they have another width.
   * @throws {DatasetError} if they hold NaN or infinity.
   */
  async add(features: Features): Promise<void> {
    checkFeatures("statistics", { given: features }, 0);
    const width = this.#mean.length;
    if (features.width !== width) {
      throw new ShapeError(
        `statistics: got ${features.width} features a picture, expected ${width}.`,
      );
    }
    for (let from = 0; from < features.count; from += BLOCK_ROWS) {
      const rows = Math.min(BLOCK_ROWS, features.count - from);
      const block = features.data.subarray(from * width, (from + rows) * width);
      const mean = meanOf(block, width);
      const deviations = { rows: width, columns: rows, data: centredColumns(block, mean) };
      const { data: scatter } = await rowProducts(deviations, deviations);
      this.#join(rows, mean, scatter);
    }
  }

  /**
   * Takes in what another stream has seen.
   *
   * @throws {ShapeError} if it has another width.
   */
  merge(other: FeatureStatistics): void {
    if (other.#mean.length !== this.#mean.length) {
      throw new ShapeError(
        `statistics: got ${other.#mean.length} features a picture, expected ${this.#mean.length}.`,
      );
    }
    this.#join(other.#count, other.#mean, other.#scatter);
  }

  #join(count: number, mean: Float64Array, scatter: Float64Array): void {
    if (count === 0) return;
    const total = this.#count + count;
    const width = mean.length;
    const delta = mean.map((value, i) => value - (this.#mean[i] as number));
    const weight = (this.#count * count) / total;
    for (let i = 0; i < width; i++) {
      const di = (delta[i] as number) * weight;
      const row = i * width;
      for (let j = 0; j < width; j++) {
        (this.#scatter[row + j] as number) +=
          (scatter[row + j] as number) + di * (delta[j] as number);
      }
      (this.#mean[i] as number) += ((delta[i] as number) * count) / total;
    }
    this.#count = total;
  }

  /**
   * Mean and covariance of all that was seen.
   *
   * @throws {DatasetError} if that is fewer than two pictures.
   */
  finish(): Gaussian {
    const count = this.#count;
    if (count < 2) {
      throw new DatasetError(
        `statistics: a covariance of ${count} pictures does not exist, expected at least 2.`,
      );
    }
    return {
      count,
      mean: this.#mean.slice(),
      covariance: this.#scatter.map((sum) => sum / (count - 1)),
    };
  }
}

/** Mean and covariance of features. */
export async function gaussianOf(features: Features): Promise<Gaussian> {
  const statistics = new FeatureStatistics(features.width);
  await statistics.add(features);
  return statistics.finish();
}

function meanOf(block: Float32Array, width: number): Float64Array {
  const mean = new Float64Array(width);
  for (let at = 0; at < block.length; at += width)
    for (let j = 0; j < width; j++) (mean[j] as number) += block[at + j] as number;
  const rows = block.length / width;
  return mean.map((sum) => sum / rows);
}

/** Deviations from the mean, transposed: [rows, d] to [d, rows]. */
function centredColumns(block: Float32Array, mean: Float64Array): Float64Array {
  const width = mean.length;
  const rows = block.length / width;
  const out = new Float64Array(block.length);
  for (let j = 0; j < width; j++) {
    const centre = mean[j] as number;
    for (let i = 0; i < rows; i++) out[j * rows + i] = (block[i * width + j] as number) - centre;
  }
  return out;
}
