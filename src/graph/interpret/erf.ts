/** Where the series gives way to the continued fraction. */
const CROSSOVER = 2;
/** Enough terms for double precision from the crossover on. */
const FRACTION_DEPTH = 80;

/**
 * Error function to double precision (absolute error below 1e-15).
 *
 * Below 2 the all-positive series `2 / sqrt(pi) e^(-x^2) sum_n 2^n x^(2n+1) / (2n+1)!!`; above, 1 minus the continued fraction
 * `erfc(x) = e^(-x^2) / sqrt(pi) / (x + (1/2) / (x + 1 / (x + (3/2) / (x + …))))`.
 *
 * @see NIST Digital Library of Mathematical Functions, 7.6.2 and 7.9.1, https://dlmf.nist.gov/7
 */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (Number.isNaN(size)) return Number.NaN;
  return Math.sign(x) * (size < CROSSOVER ? series(size) : 1 - complement(size));
}

function series(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; term > sum * Number.EPSILON * 0.25; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

function complement(x: number): number {
  let tail = x;
  for (let n = FRACTION_DEPTH; n > 0; n--) tail = x + n / 2 / tail;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / tail;
}
