import { GOOD_DISTANCE, type Mixture, nearestMode } from "./mixture.ts";

/** How samples cover a mixture. */
export interface Score {
  /** Modes with at least one good sample. */
  readonly modes: number;
  /** Share of good samples: those less than three sigma from a mode. */
  readonly good: number;
  /**
   * KL divergence from the good samples' distribution over the K modes to the uniform one, `sum_k q_k ln(K q_k)` [nats]; infinite
   * where no sample is good.
   */
  readonly reverseKl: number;
  /** Share of samples less than one sigma from a mode: not part of PacGAN's score, it tells whether modes are as wide as the real ones. */
  readonly withinOneSigma: number;
}

/** Scores points [count, 2] as PacGAN does: each belongs to the mode that it is nearest to. Source as for `RING`. */
export function scoreOf(mixture: Mixture, points: Float32Array): Score {
  const counts = mixture.centres.map(() => 0);
  const count = points.length / 2;
  let withinOneSigma = 0;
  for (let i = 0; i < points.length; i += 2) {
    const { mode, distance } = nearestMode(mixture, points[i] as number, points[i + 1] as number);
    if (distance < GOOD_DISTANCE) counts[mode] = (counts[mode] as number) + 1;
    if (distance < 1) withinOneSigma++;
  }
  const good = counts.reduce((a, b) => a + b, 0);
  const shares = counts.filter((n) => n > 0).map((n) => n / good);
  const divergence = shares.reduce((sum, q) => sum + q * Math.log(counts.length * q), 0);
  return {
    modes: shares.length,
    good: good / count,
    reverseKl: good === 0 ? Number.POSITIVE_INFINITY : divergence,
    withinOneSigma: withinOneSigma / count,
  };
}
