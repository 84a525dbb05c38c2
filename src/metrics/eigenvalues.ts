import { invariant } from "../base/errors.ts";

/**
 * Eigenvalues of a symmetric matrix, ascending: Householder reduction to tridiagonal form, then QL iterations with implicit shifts.
 *
 * Eigenvectors are not computed, which makes it about ten times as fast as a full decomposition.
 *
 * @param matrix Shape [size, size]; only the lower triangle is read.
 * @see Martin, Reinsch, Wilkinson 1968, "Householder's tridiagonalization of a symmetric matrix"; Dubrulle, Martin, Wilkinson 1968, "The implicit QL
 *   algorithm" (Numerische Mathematik 11 and 12)
 */
export function symmetricEigenvalues(matrix: Float64Array, size: number): Float64Array {
  if (size === 0) return new Float64Array(0);
  const { diagonal, offDiagonal } = tridiagonalize(matrix.slice(), size);
  return implicitQl(diagonal, offDiagonal).sort();
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** Element i lies between diagonal elements i and i + 1; the last is 0. */
  readonly offDiagonal: Float64Array;
}

/**
 * Each step reflects one row onto its neighbour of the diagonal, from the last row up: `A' = A - v w^T - w v^T`. That update and the product with
 * the next reflection's vector would each read the whole matrix; here the update of a row is put off until that row is read for the product.
 */
function tridiagonalize(a: Float64Array, size: number): Tridiagonal {
  const diagonal = new Float64Array(size);
  const offDiagonal = new Float64Array(size);
  let v = new Float64Array(size);
  let w = new Float64Array(size);
  let nextV = new Float64Array(size);
  let nextW = new Float64Array(size);
  let pending = false;
  for (let k = size - 1; k >= 0; k--) {
    const row = a.subarray(k * size, k * size + k + 1);
    if (pending) updateRow(row, v, w, k);
    diagonal[k] = row[k] as number;
    if (k === 0) break;
    const scale = row.subarray(0, k).reduce((sum, x) => sum + Math.abs(x), 0);
    if (k === 1 || scale === 0) {
      offDiagonal[k - 1] = row[k - 1] as number;
      if (pending)
        for (let i = 0; i < k; i++) updateRow(a.subarray(i * size, i * size + i + 1), v, w, i);
      pending = false;
      continue;
    }
    let norm = 0;
    for (let j = 0; j < k; j++) {
      const x = (row[j] as number) / scale;
      nextV[j] = x;
      norm += x * x;
    }
    const last = nextV[k - 1] as number;
    const alpha = last > 0 ? -Math.sqrt(norm) : Math.sqrt(norm);
    offDiagonal[k - 1] = scale * alpha;
    nextV[k - 1] = last - alpha;
    const h = norm - last * alpha; // v^T v / 2
    nextW.fill(0, 0, k);
    for (let i = 0; i < k; i++) {
      const current = a.subarray(i * size, i * size + i + 1);
      if (pending) updateRow(current, v, w, i);
      const vi = nextV[i] as number;
      let sum = (current[i] as number) * vi;
      for (let j = 0; j < i; j++) {
        const x = current[j] as number;
        sum += x * (nextV[j] as number);
        (nextW[j] as number) += x * vi;
      }
      (nextW[i] as number) += sum;
    }
    let projection = 0;
    for (let i = 0; i < k; i++) projection += (nextW[i] as number) * (nextV[i] as number);
    const half = projection / (2 * h * h);
    for (let i = 0; i < k; i++) nextW[i] = (nextW[i] as number) / h - half * (nextV[i] as number);
    [v, nextV] = [nextV, v];
    [w, nextW] = [nextW, w];
    pending = true;
  }
  return { diagonal, offDiagonal };
}

/** Row i of `A - v w^T - w v^T`, up to the diagonal. */
function updateRow(row: Float64Array, v: Float64Array, w: Float64Array, i: number): void {
  const vi = v[i] as number;
  const wi = w[i] as number;
  for (let j = 0; j <= i; j++) (row[j] as number) -= vi * (w[j] as number) + wi * (v[j] as number);
}

/** Sweeps that an eigenvalue may take; three are usual. */
const MAX_SWEEPS = 60;

/** Eigenvalues of a tridiagonal matrix, written over `d`. */
function implicitQl(d: Float64Array, e: Float64Array): Float64Array {
  const size = d.length;
  for (let l = 0; l < size; l++) {
    for (let sweep = 0; ; sweep++) {
      let m = l;
      while (m < size - 1 && !isNegligible(d, e, m)) m++;
      if (m === l) break;
      invariant(sweep < MAX_SWEEPS, "eigenvalues do not converge: is the matrix finite?");
      sweepUp(d, e, l, m);
    }
  }
  return d;
}

function isNegligible(d: Float64Array, e: Float64Array, i: number): boolean {
  const near = Math.abs(d[i] as number) + Math.abs(d[i + 1] as number);
  return Math.abs(e[i] as number) <= Number.EPSILON * near;
}

/** One QL sweep over rows l..m with Wilkinson's shift. */
function sweepUp(d: Float64Array, e: Float64Array, l: number, m: number): void {
  const el = e[l] as number;
  let g = ((d[l + 1] as number) - (d[l] as number)) / (2 * el);
  const root = Math.hypot(g, 1);
  g = (d[m] as number) - (d[l] as number) + el / (g + (g < 0 ? -root : root));
  let [s, c, p] = [1, 1, 0];
  for (let i = m - 1; i >= l; i--) {
    const f = s * (e[i] as number);
    const b = c * (e[i] as number);
    const r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      (d[i + 1] as number) -= p;
      e[m] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = (d[i + 1] as number) - p;
    const t = ((d[i] as number) - g) * s + 2 * c * b;
    p = s * t;
    d[i + 1] = g + p;
    g = c * t - b;
  }
  (d[l] as number) -= p;
  e[l] = g;
  e[m] = 0;
}
