/** Largest difference, relative to the largest number expected (at least 0.001); infinite where a finite number is missing. */
export function relativeError(actual: ArrayLike<unknown>, expected: ArrayLike<unknown>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let [error, scale] = [0, 1e-3];
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [Number(actual[i]), Number(expected[i])];
    if (!Number.isFinite(e)) continue;
    if (!Number.isFinite(a)) return Number.POSITIVE_INFINITY;
    error = Math.max(error, Math.abs(a - e));
    scale = Math.max(scale, Math.abs(e));
  }
  return error / scale;
}
