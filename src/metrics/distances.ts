import type { Features } from "./features.ts";
import { type Matrix, rowProducts } from "./row-products.ts";

/** Rows and columns of a block of distances: 8 MB. */
const BLOCK = 1024;

/** Distances of some rows of a set from some rows of another. */
export interface DistanceBlock {
  /** First row of x, and how many. */
  readonly row: number;
  readonly rows: number;
  /** First row of y, and how many. */
  readonly column: number;
  readonly columns: number;
  /** Squared distances, shape [rows, columns]. */
  readonly squared: Float64Array;
}

/** A slice of a set in double precision, with the squared lengths of its rows. */
interface Rows {
  readonly matrix: Matrix;
  readonly squares: Float64Array;
}

/**
 * All Euclidean distances between the rows of two sets, block by block: `|x|^2 + |y|^2 - 2 x . y`. Memory does not grow with the sets.
 *
 * @param upper Only blocks on and above the diagonal: all there is to know where `x` and `y` are one set.
 */
export async function* distanceBlocks(
  x: Features,
  y: Features,
  upper = false,
): AsyncGenerator<DistanceBlock, void, undefined> {
  for (let row = 0; row < x.count; row += BLOCK) {
    const left = sliceOf(x, row);
    for (let column = upper ? row : 0; column < y.count; column += BLOCK) {
      const right = x === y && column === row ? left : sliceOf(y, column);
      const { data, rows, columns } = await rowProducts(left.matrix, right.matrix);
      for (let i = 0; i < rows; i++) {
        const square = left.squares[i] as number;
        for (let j = 0, at = i * columns; j < columns; j++, at++) {
          const d = square + (right.squares[j] as number) - 2 * (data[at] as number);
          data[at] = d > 0 ? d : 0;
        }
      }
      yield { row, rows, column, columns, squared: data };
    }
  }
}

function sliceOf({ data, width, count }: Features, from: number): Rows {
  const rows = Math.min(BLOCK, count - from);
  const slice = Float64Array.from(data.subarray(from * width, (from + rows) * width));
  const squares = new Float64Array(rows);
  for (let i = 0, at = 0; i < rows; i++) {
    let sum = 0;
    for (let j = 0; j < width; j++, at++) sum += (slice[at] as number) ** 2;
    squares[i] = sum;
  }
  return { matrix: { rows, columns: width, data: slice }, squares };
}

/** Each row's nearest row of another set. */
export interface Nearest {
  /** Row of the other set; -1 where none may be compared. */
  readonly indices: Int32Array;
  /** Euclidean; infinite where none may be compared. */
  readonly distances: Float64Array;
}

/**
 * The nearest row of `y` for each row of `x`.
 *
 * @param excluded Whether row i of `x` must not be compared with row j of `y`.
 */
export async function nearestRows(
  x: Features,
  y: Features,
  excluded?: (i: number, j: number) => boolean,
): Promise<Nearest> {
  const indices = new Int32Array(x.count).fill(-1);
  const distances = new Float64Array(x.count).fill(Number.POSITIVE_INFINITY);
  for await (const { row, rows, column, columns, squared } of distanceBlocks(x, y)) {
    for (let i = 0; i < rows; i++) {
      let best = distances[row + i] as number;
      for (let j = 0, at = i * columns; j < columns; j++, at++) {
        const d = squared[at] as number;
        if (d >= best || excluded?.(row + i, column + j)) continue;
        best = d;
        indices[row + i] = column + j;
      }
      distances[row + i] = best;
    }
  }
  return { indices, distances: distances.map(Math.sqrt) };
}
