import { describe, expect, it } from "vitest";
import { Random } from "../base/random.ts";
import { choleskyTransposed } from "./cholesky.ts";
import { symmetricEigenvalues } from "./eigenvalues.ts";
import { frechetDistance } from "./frechet.ts";
import { rowProducts } from "./row-products.ts";
import type { Gaussian } from "./statistics.ts";

/** `A A^T` of a random [size, rank]: positive semi-definite. */
function semidefinite(size: number, rank: number, seed: number): Float64Array {
  const random = new Random(seed);
  const a = Float64Array.from({ length: size * rank }, () => random.normal());
  return Float64Array.from({ length: size * size }, (_, at) => {
    let sum = 0;
    for (let k = 0; k < rank; k++)
      sum +=
        (a[Math.floor(at / size) * rank + k] as number) * (a[(at % size) * rank + k] as number);
    return sum;
  });
}

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((max, x, i) => Math.max(max, Math.abs(x - (b[i] as number))), 0);

describe("eigenvalues", () => {
  it("of a path's Laplacian are 2 - 2 cos(pi k / n)", () => {
    const n = 40;
    const laplacian = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      laplacian[i * n + i] = i === 0 || i === n - 1 ? 1 : 2;
      if (i > 0) laplacian[i * n + i - 1] = -1;
    }
    const expected = Float64Array.from(
      { length: n },
      (_, k) => 2 - 2 * Math.cos((Math.PI * k) / n),
    );
    expect(largestDifference(symmetricEigenvalues(laplacian, n), expected)).toBeLessThan(1e-13);
  });

  it("have the traces of the matrix and of its square", () => {
    const n = 60;
    const a = semidefinite(n, n, 1);
    const values = symmetricEigenvalues(a, n);
    const trace = a.reduce((sum, x, at) => (at % (n + 1) === 0 ? sum + x : sum), 0);
    const ofSquare = a.reduce((sum, x) => sum + x * x, 0);
    expect(values.reduce((sum, x) => sum + x, 0) / trace).toBeCloseTo(1, 12);
    expect(values.reduce((sum, x) => sum + x * x, 0) / ofSquare).toBeCloseTo(1, 12);
  });

  it.each([
    [[0], [0]],
    [[3], [3]],
    [
      [0, 1, 1, 0],
      [-1, 1],
    ],
    [
      [1, 0, 0, 0, 2, 0, 0, 0, -3],
      [-3, 1, 2],
    ],
    [
      [1, 0, 0, 0, 0, 5, 0, 5, 0],
      [-5, 1, 5],
    ],
  ])("of %j", (matrix, expected) => {
    const values = symmetricEigenvalues(Float64Array.from(matrix), expected.length);
    expect(largestDifference(values, expected)).toBeLessThan(1e-15);
  });

  it("refuse a matrix with NaN", () => {
    expect(() => symmetricEigenvalues(new Float64Array(16).fill(Number.NaN), 4)).toThrow("finite");
  });
});

describe("Cholesky", () => {
  it.each([
    [12, 12],
    [30, 7],
    [9, 1],
  ])("of a matrix of %i rows and rank %i", async (size, rank) => {
    const a = semidefinite(size, rank, 2);
    const factor = choleskyTransposed(a, size);
    expect(factor.rows).toBe(rank);
    const columns = new Float64Array(size * rank);
    for (let k = 0; k < rank; k++)
      for (let i = 0; i < size; i++) columns[i * rank + k] = factor.data[k * size + i] as number;
    const l = { rows: size, columns: rank, data: columns };
    const { data } = await rowProducts(l, l);
    expect(largestDifference(data, a)).toBeLessThan(1e-12 * size);
  });

  it("of nothing has no rows", () => {
    expect(choleskyTransposed(new Float64Array(9), 3).rows).toBe(0);
  });
});

describe("Frechet distance", () => {
  const gaussian = (mean: readonly number[], variances: readonly number[]): Gaussian => {
    const covariance = new Float64Array(mean.length ** 2);
    for (const [i, v] of variances.entries()) covariance[i * (mean.length + 1)] = v;
    return { count: 10, mean: Float64Array.from(mean), covariance };
  };

  it("of diagonal covariances is a sum over the axes", async () => {
    const [a, b] = [gaussian([1, 2, 0], [4, 9, 0]), gaussian([1, 0, 1], [1, 16, 0.25])];
    // Means: 0 + 4 + 1. Deviations: (2 - 1)^2 + (3 - 4)^2 + (0 - 0.5)^2.
    expect(await frechetDistance(a, b)).toBeCloseTo(5 + 2.25, 12);
    expect(await frechetDistance(b, a)).toBeCloseTo(5 + 2.25, 12);
  });

  it("of a set from itself is 0", async () => {
    const a = { count: 10, mean: new Float64Array(30), covariance: semidefinite(30, 9, 3) };
    expect(await frechetDistance(a, a)).toBeLessThan(1e-6);
  });

  it("needs equal widths", async () => {
    await expect(frechetDistance(gaussian([1], [1]), gaussian([1, 2], [1, 1]))).rejects.toThrow(
      "one set has 1 features, the other 2",
    );
  });
});
