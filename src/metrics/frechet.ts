import { ShapeError } from "../base/errors.ts";
import { choleskyTransposed } from "./cholesky.ts";
import { symmetricEigenvalues } from "./eigenvalues.ts";
import { rowProducts } from "./row-products.ts";
import type { Gaussian } from "./statistics.ts";

/**
 * Frechet distance between two normal distributions, squared as is usual: `|mu1 - mu2|^2 + tr(C1 + C2 - 2 sqrt(C1 C2))`; 0 for equal ones.
 *
 * `tr sqrt(C1 C2)` is the sum of the square roots of the eigenvalues of the symmetric matrix `L^T C2 L` with `C1 = L L^T`: it has those of
 * `C1 C2`, and needs no square root of a matrix, no complex numbers and no full rank.
 *
 * @throws {ShapeError} if the widths differ.
 * @see Heusel et al. 2017, "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium", arXiv:1706.08500
 */
export async function frechetDistance(a: Gaussian, b: Gaussian): Promise<number> {
  const size = a.mean.length;
  if (b.mean.length !== size) {
    throw new ShapeError(
      `frechetDistance: one set has ${size} features, the other ${b.mean.length}, expected equally many.`,
    );
  }
  let distance = 0;
  for (let i = 0; i < size; i++) {
    distance += ((a.mean[i] as number) - (b.mean[i] as number)) ** 2;
    distance += (a.covariance[i * size + i] as number) + (b.covariance[i * size + i] as number);
  }
  const factor = choleskyTransposed(a.covariance, size); // L^T [r, d]
  if (factor.rows === 0) return distance;
  const covariance = { rows: size, columns: size, data: b.covariance };
  const half = await rowProducts(factor, covariance); // L^T C2 [r, d]
  const whole = await rowProducts(half, factor); // L^T C2 L [r, r]
  for (const eigenvalue of symmetricEigenvalues(whole.data, factor.rows))
    distance -= 2 * Math.sqrt(Math.max(0, eigenvalue));
  return Math.max(0, distance);
}
