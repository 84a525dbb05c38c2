/** @file Paths through the latent space that visit given points and end where they began. */
import { ConfigError } from "../base/errors.ts";

/** How a walk moves from one point to the next. */
export const INTERPOLATIONS = ["spherical", "cubic"] as const;

/** How a walk moves from one point to the next: along great circles, or along a smooth curve without corners. */
export type Interpolation = (typeof INTERPOLATIONS)[number];

/** A closed path: the point at `t`, where 0 and 1 are the same place. */
export type LatentPath = (t: number) => Float32Array;

/** Angles below this [radians] are treated as none: the sine in the denominator would lose its digits. */
const SMALL_ANGLE = 1e-4;

/**
 * A closed path through `keys` in their order, from the last back to the first, with equal time between neighbours.
 *
 * Normal z lie close to a sphere of radius sqrt(length), and a generator has seen nothing inside it; so both kinds keep to norms between
 * those of the keys. "spherical" turns at constant speed from key to key: `(sin((1 - s) a) p + sin(s a) q) / sin a` for unit vectors p and q with the angle
 * a between them (Shoemake 1985, "Animating Rotation with Quaternion Curves"). "cubic" is the Catmull-Rom spline through the keys (Catmull and Rom 1974),
 * scaled to the norm that the same spline gives for the keys' norms: its direction never changes suddenly.
 *
 * @param keys At least two z, all of one length.
 * @throws {ConfigError} if there are fewer than two keys.
 */
export function latentPath(
  keys: readonly Float32Array[],
  interpolation: Interpolation = "spherical",
): LatentPath {
  if (keys.length < 2) {
    throw new ConfigError(
      `walk: ${keys.length} seeds are no path, expected at least 2. Give for example --seeds 1,5,9.`,
    );
  }
  const between = { spherical, cubic }[interpolation];
  const norms = keys.map(normOf);
  return (t) => {
    const position = (t - Math.floor(t)) * keys.length;
    const from = Math.floor(position) % keys.length;
    return between(keys, norms, from, position - Math.floor(position));
  };
}

type Between = (
  keys: readonly Float32Array[],
  norms: readonly number[],
  from: number,
  s: number,
) => Float32Array;

const at = <T>(ring: readonly T[], i: number): T => ring[(i + ring.length) % ring.length] as T;

const spherical: Between = (keys, norms, from, s) => {
  const [p, q] = [at(keys, from), at(keys, from + 1)];
  const [normP, normQ] = [at(norms, from), at(norms, from + 1)];
  let dot = 0;
  for (const [i, x] of p.entries()) dot += x * (q[i] as number);
  const angle = Math.acos(Math.min(1, Math.max(-1, dot / (normP * normQ))));
  const sine = Math.sin(angle);
  // Equal directions have no arc and opposite ones have any: the straight line serves both.
  const [a, b] =
    sine < SMALL_ANGLE
      ? [1 - s, s]
      : [Math.sin((1 - s) * angle) / sine, Math.sin(s * angle) / sine];
  const norm = normP * (1 - s) + normQ * s;
  return p.map((x, i) => norm * ((a * x) / normP + (b * (q[i] as number)) / normQ));
};

const cubic: Between = (keys, norms, from, s) => {
  // Weights of the four keys around the segment; they add up to 1.
  const weights = [
    (-s + 2 * s ** 2 - s ** 3) / 2,
    (2 - 5 * s ** 2 + 3 * s ** 3) / 2,
    (s + 4 * s ** 2 - 3 * s ** 3) / 2,
    (-(s ** 2) + s ** 3) / 2,
  ];
  const point = new Float32Array(at(keys, from).length);
  let norm = 0;
  for (const [k, weight] of weights.entries()) {
    norm += weight * at(norms, from + k - 1);
    for (const [i, x] of at(keys, from + k - 1).entries())
      point[i] = (point[i] as number) + weight * x;
  }
  const scale = norm / normOf(point);
  return point.map((x) => x * scale);
};

function normOf(z: Float32Array): number {
  let squares = 0;
  for (const x of z) squares += x * x;
  return Math.sqrt(squares);
}
