import { ConfigError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import { checkFeatures, type Features, selectRows } from "./features.ts";
import { type Matrix, rowProducts } from "./row-products.ts";

/** How a kernel distance is estimated. */
export interface KernelDistanceOptions {
  /** Random subsets of both sets. @default 100 */
  readonly subsets?: number;
  /** Pictures of each set a subset. @default 1000, or the size of the smaller set */
  readonly subsetSize?: number;
  /** Chooses the subsets. @default 0 */
  readonly seed?: number;
}

/** A kernel distance over subsets. */
export interface KernelDistance {
  readonly mean: number;
  /** Standard deviation over the subsets. */
  readonly deviation: number;
  readonly subsets: number;
  readonly subsetSize: number;
}

type Rows = Matrix<Float32Array>;

/** Pictures a subset, where there are as many. */
const SUBSET_SIZE = 1000;

/**
 * Kernel distance (KID with Inception's features): the unbiased estimate of the squared maximum mean discrepancy with the kernel
 * `(x . y / d + 1)^3`, averaged over random subsets. Around 0, also below, for equal distributions, with few pictures too.
 *
 * @throws {ShapeError} if the sets have different widths.
 * @throws {DatasetError} if a set is smaller than a subset or than two, or holds NaN or infinity.
 * @throws {ConfigError} if an option is no whole number in range.
 * @see Binkowski, Sutherland, Arbel, Gretton 2018, "Demystifying MMD GANs", arXiv:1801.01401
 */
export async function kernelDistance(
  real: Features,
  generated: Features,
  options: KernelDistanceOptions = {},
): Promise<KernelDistance> {
  const { subsets = 100, seed = 0 } = options;
  const subsetSize = options.subsetSize ?? Math.min(SUBSET_SIZE, real.count, generated.count);
  if (!Number.isInteger(subsets) || subsets < 1)
    throw new ConfigError(`kid: subsets is ${subsets}, expected a whole number from 1.`);
  if (!Number.isInteger(subsetSize))
    throw new ConfigError(`kid: subset size is ${subsetSize}, expected a whole number from 2.`);
  checkFeatures("kid", { real, generated }, Math.max(2, subsetSize));
  const random = new Random(seed).split("kid");
  const estimates: number[] = [];
  for (let i = 0; i < subsets; i++) {
    const pick = (set: Features, name: string): Rows =>
      subsetOf(set, subsetSize, random.split(name).split(i));
    estimates.push(await squaredMmd(pick(real, "real"), pick(generated, "generated")));
  }
  const mean = estimates.reduce((sum, x) => sum + x, 0) / subsets;
  const variance = estimates.reduce((sum, x) => sum + (x - mean) ** 2, 0) / subsets;
  return { mean, deviation: Math.sqrt(variance), subsets, subsetSize };
}

/** Random rows of a set without repetition. Products in single precision are exact enough: their errors have no sign, and a million are summed. */
function subsetOf(set: Features, size: number, random: Random): Rows {
  const { data, width } =
    size === set.count ? set : selectRows(set, random.permutation(set.count).subarray(0, size));
  return { rows: size, columns: width, data };
}

/** `mean_{i != j} k(x_i, x_j) + mean_{i != j} k(y_i, y_j) - 2 mean_{ij} k(x_i, y_j)`. */
async function squaredMmd(x: Rows, y: Rows): Promise<number> {
  const m = x.rows;
  const { data } = await rowProducts(x, y);
  const across = kernelSum(data, x.columns);
  return ((await sumWithin(x)) + (await sumWithin(y))) / (m * (m - 1)) - (2 * across) / (m * m);
}

/** Rows that are multiplied with themselves and those after them: what lies below the diagonal is what lies above it. */
const BAND = 256;

/** Sum of the kernel over all pairs of different rows of a set. */
async function sumWithin({ data, rows, columns }: Rows): Promise<number> {
  let sum = 0;
  for (let from = 0; from < rows; from += BAND) {
    const after = { rows: rows - from, columns, data: data.subarray(from * columns) };
    const count = Math.min(BAND, after.rows);
    const band = { rows: count, columns, data: after.data.subarray(0, count * columns) };
    const { data: products } = await rowProducts(band, after);
    sum += 2 * kernelSum(products, columns);
    for (let i = 0; i < count; i++) {
      const row = products.subarray(i * after.rows, i * after.rows + count);
      sum -= kernelSum(row, columns) + kernelSum(row.subarray(i, i + 1), columns);
    }
  }
  return sum;
}

/** Sum of `(p / d + 1)^3` over products p of rows of d numbers. */
function kernelSum(products: Float32Array, width: number): number {
  let sum = 0;
  for (const product of products) {
    const t = product / width + 1;
    sum += t * t * t;
  }
  return sum;
}
