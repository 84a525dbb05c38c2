/** A setting that goes from a first to a last value. Equal values are a constant. */
export type Range = readonly [start: number, end: number];

/**
 * Half a cosine from `range[0]` to `range[1]` over the first `length` images, constant after: the one curve of all R3GAN schedules.
 *
 * @param position Images shown so far.
 * @param length Images until the end value is reached.
 */
export function cosineSchedule(range: Range, position: number, length: number): number {
  const [start, end] = range;
  const progress = length <= 0 ? 1 : Math.min(position / length, 1);
  return end + (start - end) * 0.5 * (1 + Math.cos(Math.PI * progress));
}

/** Weight that an average keeps over one batch, from its half-life: `0.5^(batch / halflife)`; 0 for a half-life of 0. */
export function emaBeta(batch: number, halflifeKimg: number): number {
  return halflifeKimg <= 0 ? 0 : 0.5 ** (batch / (halflifeKimg * 1000));
}
