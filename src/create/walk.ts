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

/** Halvings of the error in the spline's tangents: enough for single precision. */
const TANGENT_ROUNDS = 40;

/**
 * A closed path through `keys` in their order, from the last back to the first, with equal time between neighbours.
 *
 * Normal z lie close to a sphere of radius sqrt(length), and a generator has seen nothing inside it; so both kinds keep to norms between
 * those of the keys. "spherical" turns at constant speed from key to key: `(sin((1 - s) a) p + sin(s a) q) / sin a` for unit vectors
 * p and q with the angle a between them (Shoemake 1985, "Animating Rotation with Quaternion Curves"). "cubic" is the periodic cubic
 * spline with continuous second derivatives through the keys, scaled to the norm that the same spline gives for the keys' norms:
 * neither direction nor speed changes suddenly.
 *
 * In a flat space there is no such sphere: "spherical" is then the straight line, and "cubic" the spline as it is.
 *
 * @param keys At least two z, all of one length.
 * @param space "sphere" for normal z, "flat" for styles.
 * @throws {ConfigError} if there are fewer than two keys.
 */
export function latentPath(
  keys: readonly Float32Array[],
  interpolation: Interpolation = "spherical",
  space: "sphere" | "flat" = "sphere",
): LatentPath {
  if (keys.length < 2) {
    throw new ConfigError(
      `walk: ${keys.length} seeds are no path, expected at least 2. Give for example --seeds 1,5,9.`,
    );
  }
  const flat = { spherical: straight, cubic: spline };
  const segment = { sphere: { spherical, cubic }, flat }[space][interpolation](keys);
  return (t) => {
    const position = (t - Math.floor(t)) * keys.length;
    const from = Math.floor(position) % keys.length;
    return segment(from, position - Math.floor(position));
  };
}

/** The point at part `s` of the way from key `from` to the next. */
type Segment = (from: number, s: number) => Float32Array;

const at = <T>(ring: readonly T[], i: number): T => ring[(i + ring.length) % ring.length] as T;

function spherical(keys: readonly Float32Array[]): Segment {
  const norms = keys.map(normOf);
  return (from, s) => {
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
}

function straight(keys: readonly Float32Array[]): Segment {
  return (from, s) => at(keys, from).map((x, i) => x + s * ((at(keys, from + 1)[i] as number) - x));
}

function cubic(keys: readonly Float32Array[]): Segment {
  // The norm rides along as one more coordinate.
  const along = spline(keys.map((z) => Float64Array.of(...z, normOf(z))));
  return (from, s) => {
    const mixed = along(from, s);
    const point = mixed.subarray(0, -1);
    const length = normOf(point);
    const scale = length === 0 ? 0 : (mixed.at(-1) as number) / length;
    return point.map((x) => x * scale);
  };
}

/** The closed cubic spline through points. */
function spline(points: readonly (Float32Array | Float64Array)[]): Segment {
  const tangents = splineTangents(points);
  return (from, s) => {
    const [p, q] = [at(points, from), at(points, from + 1)];
    const [dp, dq] = [at(tangents, from), at(tangents, from + 1)];
    const [a, b] = [2 * s ** 3 - 3 * s ** 2 + 1, -2 * s ** 3 + 3 * s ** 2];
    const [da, db] = [s ** 3 - 2 * s ** 2 + s, s ** 3 - s ** 2];
    return Float32Array.from(
      p,
      (x, i) => a * x + b * (q[i] as number) + da * (dp[i] as number) + db * (dq[i] as number),
    );
  };
}

/**
 * Derivatives at the keys that make a closed cubic spline twice differentiable: `d[i-1] + 4 d[i] + d[i+1] = 3 (p[i+1] - p[i-1])`, by
 * Gauss-Seidel iteration, which at least halves the error in each round.
 */
function splineTangents(points: readonly (Float32Array | Float64Array)[]): Float64Array[] {
  const tangents = points.map((p) => new Float64Array(p.length));
  for (let round = 0; round < TANGENT_ROUNDS; round++) {
    for (const [k, d] of tangents.entries()) {
      const [before, after] = [at(points, k - 1), at(points, k + 1)];
      const [dBefore, dAfter] = [at(tangents, k - 1), at(tangents, k + 1)];
      for (const i of d.keys()) {
        const slope = 3 * ((after[i] as number) - (before[i] as number));
        d[i] = (slope - (dBefore[i] as number) - (dAfter[i] as number)) / 4;
      }
    }
  }
  return tangents;
}

function normOf(z: Float32Array): number {
  let squares = 0;
  for (const x of z) squares += x * x;
  return Math.sqrt(squares);
}
