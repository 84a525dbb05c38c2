import type { Matrix } from "./row-products.ts";

/**
 * Cholesky factorisation with pivoting of a symmetric positive semi-definite matrix: `A = L L^T` with L [d, r] and r the rank of A.
 *
 * Stops where what is left is rounding error (`d eps max A_ii`), so that matrices without full rank (fewer pictures than features) are no special
 * case.
 *
 * @param a Shape [d, d]; only the lower triangle is read.
 * @returns `L^T`, shape [r, d].
 * @see Higham 2002, "Accuracy and Stability of Numerical Algorithms", section 10.3
 */
export function choleskyTransposed(a: Float64Array, size: number): Matrix {
  const left = new Float64Array(size); // diagonal of A - L L^T
  for (let i = 0; i < size; i++) left[i] = a[i * size + i] as number;
  const tolerance = size * Number.EPSILON * left.reduce((max, x) => Math.max(max, x), 0);
  const rows: Float64Array[] = [];
  while (rows.length < size) {
    const pivot = indexOfMax(left);
    const rest = left[pivot] as number;
    if (!(rest > tolerance)) break;
    const row = new Float64Array(size);
    for (let i = 0; i < size; i++)
      row[i] = a[i > pivot ? i * size + pivot : pivot * size + i] as number;
    for (let first = 0; first < rows.length; first += 4)
      subtractFour(row, rows.slice(first, first + 4), pivot);
    const scale = 1 / Math.sqrt(rest);
    for (let i = 0; i < size; i++) {
      const value = (row[i] as number) * scale;
      row[i] = value;
      (left[i] as number) -= value * value;
    }
    left[pivot] = 0;
    rows.push(row);
  }
  const data = new Float64Array(rows.length * size);
  for (const [i, row] of rows.entries()) data.set(row, i * size);
  return { rows: rows.length, columns: size, data };
}

/** `row -= sum_k L_k[pivot] L_k` for up to four rows at a time: `row` is read and written once for them. */
function subtractFour(row: Float64Array, earlier: readonly Float64Array[], pivot: number): void {
  const [a = row, b = row, c = row, d = row] = earlier;
  const [fa = 0, fb = 0, fc = 0, fd = 0] = earlier.map((l) => l[pivot] as number);
  for (let i = 0; i < row.length; i++) {
    (row[i] as number) -=
      fa * (a[i] as number) + fb * (b[i] as number) + fc * (c[i] as number) + fd * (d[i] as number);
  }
}

function indexOfMax(values: Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++)
    if ((values[i] as number) > (values[best] as number)) best = i;
  return best;
}
