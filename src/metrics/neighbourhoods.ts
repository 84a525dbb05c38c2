import { ConfigError } from "../base/errors.ts";
import { distanceBlocks } from "./distances.ts";
import { checkFeatures, type Features } from "./features.ts";

/** How the pictures of one set lie to each other. */
export interface Neighbourhoods {
  /** Neighbours known of each picture, k. */
  readonly neighbours: number;
  /** Squared distances to the k nearest other pictures, ascending, shape [N, k]. */
  readonly squared: Float64Array;
  /** Mean Euclidean distance over all pairs of pictures. */
  readonly meanDistance: number;
}

/**
 * The distances within a set that metrics need, in one pass over all pairs.
 *
 * @param neighbours Nearest neighbours to find, k.
 * @throws {ConfigError} if k is no whole number from 1.
 * @throws {DatasetError} if there are k pictures or fewer, or they hold NaN or infinity.
 */
export async function neighbourhoodsOf(
  set: Features,
  neighbours: number,
  name = "given",
): Promise<Neighbourhoods> {
  if (!Number.isInteger(neighbours) || neighbours < 1)
    throw new ConfigError(`neighbours: got ${neighbours}, expected a whole number from 1.`);
  checkFeatures(`${neighbours} nearest neighbours`, { [name]: set }, neighbours + 1);
  const squared = new Float64Array(set.count * neighbours).fill(Number.POSITIVE_INFINITY);
  let sum = 0;
  for await (const block of distanceBlocks(set, set, true)) {
    const { row, rows, column, columns } = block;
    for (let i = 0; i < rows; i++) {
      // Below the diagonal are the same distances again.
      for (let j = row === column ? i + 1 : 0; j < columns; j++) {
        const d = block.squared[i * columns + j] as number;
        sum += Math.sqrt(d);
        insert(squared, (row + i) * neighbours, neighbours, d);
        insert(squared, (column + j) * neighbours, neighbours, d);
      }
    }
  }
  return { neighbours, squared, meanDistance: sum / ((set.count * (set.count - 1)) / 2) };
}

/** Puts `d` into the ascending list of `length` numbers at `first`, whose last one drops out. */
function insert(lists: Float64Array, first: number, length: number, d: number): void {
  let at = first + length - 1;
  if (d >= (lists[at] as number)) return;
  for (; at > first && d < (lists[at - 1] as number); at--) lists[at] = lists[at - 1] as number;
  lists[at] = d;
}

/**
 * Squared distance of each picture to its k-th nearest other picture.
 *
 * @param k At most the neighbours that are known.
 */
export function squaredRadii({ squared, neighbours }: Neighbourhoods, k: number): Float64Array {
  const radii = new Float64Array(squared.length / neighbours);
  for (let i = 0; i < radii.length; i++) radii[i] = squared[i * neighbours + k - 1] as number;
  return radii;
}
