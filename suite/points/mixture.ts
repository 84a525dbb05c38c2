import type { Random } from "../../src/base/random.ts";

/** A mixture of equally likely round Gaussians in the plane. */
export interface Mixture {
  readonly centres: readonly (readonly [x: number, y: number])[];
  /** Standard deviation of every mode, on each axis. */
  readonly sigma: number;
}

/**
 * Eight modes on the unit circle, sigma 0.01.
 *
 * @see Lin, Khetan, Fanti, Oh 2018, "PacGAN: The power of two samples in generative adversarial networks", arXiv:1712.04086
 */
export const RING: Mixture = {
  centres: Array.from({ length: 8 }, (_, k) => {
    const angle = (2 * Math.PI * k) / 8;
    return [Math.cos(angle), Math.sin(angle)] as const;
  }),
  sigma: 0.01,
};

/** Twenty-five modes on the grid {-4, -2, 0, 2, 4}^2, sigma 0.05; source as for `RING`. */
export const GRID: Mixture = {
  centres: Array.from({ length: 25 }, (_, k) => [2 * (k % 5) - 4, 2 * Math.floor(k / 5) - 4]),
  sigma: 0.05,
};

/** `count` points of a mixture, [count, 2] row by row. */
export function drawPoints(mixture: Mixture, random: Random, count: number): Float32Array {
  const points = random.split("spread").fillNormal(new Float32Array(count * 2));
  for (let i = 0; i < count; i++) {
    const mode = mixture.centres[random.integer(mixture.centres.length)] ?? [0, 0];
    points[2 * i] = mode[0] + mixture.sigma * (points[2 * i] as number);
    points[2 * i + 1] = mode[1] + mixture.sigma * (points[2 * i + 1] as number);
  }
  return points;
}

/** The mode that a point lies nearest to, and how far it is from its centre [sigma]. */
export function nearestMode(
  { centres, sigma }: Mixture,
  x: number,
  y: number,
): { mode: number; distance: number } {
  const distances = centres.map(([cx, cy]) => Math.hypot(x - cx, y - cy) / sigma);
  const distance = Math.min(...distances);
  return { mode: distances.indexOf(distance), distance };
}

/** A sample this near to a mode is a good one [sigma]. */
export const GOOD_DISTANCE = 3;
