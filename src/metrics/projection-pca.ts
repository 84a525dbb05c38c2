import { EVD, Matrix as MlMatrix, QR } from "ml-matrix";
import { invariant } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import { checkFeatures, type Features } from "./features.ts";
import { rowProducts } from "./row-products.ts";
import { gaussianOf } from "./statistics.ts";

/** Features seen along the directions in which they differ most. */
export interface PrincipalComponents {
  /** Coordinates of the pictures, shape [N, k]: the first column varies most. */
  readonly points: Features;
  /** Part of the whole variance that each component holds, 0 to 1, largest first. */
  readonly shares: readonly number[];
}

/** Directions beyond those that are asked for: with them the iteration converges in a few rounds. */
const SPARE = 10;

/** Rounds at the most, and the change of the largest variance [relative] at which it ends. */
const ROUNDS = { most: 60, tolerance: 1e-12 } as const;

/**
 * Principal components by subspace iteration on the covariance, with a start of its own that is always the same. The sign of a component is the one that
 * makes the largest number of its direction positive.
 *
 * @param count Components to find, k; no more than features and pictures allow are given.
 * @throws {DatasetError} if there are fewer than two pictures, or they hold NaN or infinity.
 * @see Halko, Martinsson, Tropp 2011, "Finding structure with randomness", arXiv:0909.4061, algorithm 4.4
 */
export async function principalComponents(
  features: Features,
  count = 2,
): Promise<PrincipalComponents> {
  checkFeatures("principal components", { given: features }, 2);
  const { width } = features;
  const { mean, covariance } = await gaussianOf(features);
  const kept = Math.min(count, width, features.count - 1);
  const { directions, variances } = await leadingDirections(covariance, width, kept);
  const centred = new Float64Array(features.data.length);
  for (let i = 0; i < centred.length; i++)
    centred[i] = (features.data[i] as number) - (mean[i % width] as number);
  const { data } = await rowProducts(
    { rows: features.count, columns: width, data: centred },
    { rows: kept, columns: width, data: directions },
  );
  let whole = 0;
  for (let i = 0; i < width; i++) whole += covariance[i * width + i] as number;
  return {
    points: { count: features.count, width: kept, data: Float32Array.from(data) },
    shares: variances.map((variance) => (whole === 0 ? 0 : Math.max(0, variance / whole))),
  };
}

/** The eigenvectors [count, width] of the largest eigenvalues of a covariance, one a row, and these eigenvalues. */
async function leadingDirections(
  covariance: Float64Array,
  width: number,
  count: number,
): Promise<{ directions: Float64Array; variances: number[] }> {
  const size = Math.min(width, count + SPARE);
  const random = new Random(0).split("principal components");
  let basis = orthonormal(
    Float64Array.from({ length: size * width }, () => random.normal()),
    size,
  );
  let before = Number.POSITIVE_INFINITY;
  for (let round = 0; ; round++) {
    const { data: image } = await rowProducts(
      { rows: size, columns: width, data: basis },
      { rows: width, columns: width, data: covariance },
    );
    // Within the subspace: the eigenvectors of the small matrix basis covariance basis^T.
    const { data: small } = await rowProducts(
      { rows: size, columns: width, data: image },
      { rows: size, columns: width, data: basis },
    );
    const { values, vectors } = eigenvectors(small, size);
    const last = values[count - 1] as number;
    const done = Math.abs(last - before) <= ROUNDS.tolerance * Math.max(1e-300, values[0] ?? 0);
    if (done || size === width || round === ROUNDS.most) {
      const rows = combine(vectors, basis, size, width).slice(0, count * width);
      return { directions: withSigns(rows, width), variances: values.slice(0, count) };
    }
    before = last;
    basis = orthonormal(combine(vectors, image, size, width), size);
  }
}

/** Eigenvalues of a symmetric matrix, largest first, and the eigenvectors, one a row. */
function eigenvectors(
  matrix: Float64Array,
  size: number,
): { values: number[]; vectors: Float64Array } {
  const evd = new EVD(MlMatrix.from1DArray(size, size, [...matrix]), { assumeSymmetric: true });
  const { realEigenvalues: all, eigenvectorMatrix: columns } = evd;
  const order = all.map((_, i) => i).sort((a, b) => (all[b] as number) - (all[a] as number));
  const vectors = new Float64Array(size * size);
  for (const [row, column] of order.entries())
    for (let i = 0; i < size; i++) vectors[row * size + i] = columns.get(i, column);
  return { values: order.map((i) => all[i] as number), vectors };
}

/** `weights` [size, size] times `rows` [size, width]. */
function combine(
  weights: Float64Array,
  rows: Float64Array,
  size: number,
  width: number,
): Float64Array {
  const out = new Float64Array(size * width);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) {
      const weight = weights[i * size + k] as number;
      for (let j = 0; j < width; j++)
        (out[i * width + j] as number) += weight * (rows[k * width + j] as number);
    }
  }
  return out;
}

/** Rows of the same span that are of length 1 and at right angles. */
function orthonormal(rows: Float64Array, size: number): Float64Array {
  const width = rows.length / size;
  const columns = MlMatrix.from1DArray(size, width, [...rows]).transpose();
  const { orthogonalMatrix } = new QR(columns);
  invariant(orthogonalMatrix.columns >= size, "a basis lost directions");
  return Float64Array.from({ length: rows.length }, (_, i) =>
    orthogonalMatrix.get(i % width, Math.floor(i / width)),
  );
}

function withSigns(rows: Float64Array, width: number): Float64Array {
  for (let from = 0; from < rows.length; from += width) {
    const row = rows.subarray(from, from + width);
    const largest = row.reduce((most, x) => (Math.abs(x) > Math.abs(most) ? x : most), 0);
    if (largest < 0) for (const [i, x] of row.entries()) row[i] = -x;
  }
  return rows;
}
