import { ShapeError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import { checkFeatures, type Features } from "./features.ts";

/** Length of a step along the path, as a share of the way. */
const EPSILON = 1e-4;

/** Steps of these shares at both ends are left out: a few huge ones would decide the mean. */
const TRIM = [0.01, 0.99] as const;

/** Two latents a short step apart. */
export interface PathStep {
  readonly from: Float32Array;
  readonly to: Float32Array;
}

/**
 * Spherical interpolation of two vectors of any length: `(sin((1 - t) w) a + sin(t w) b) / sin w` with w the angle between them; straight where
 * they point the same way or in opposite ones.
 */
export function slerp(a: ArrayLike<number>, b: ArrayLike<number>, t: number): Float64Array {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += (a[i] as number) * (b[i] as number);
    aa += (a[i] as number) ** 2;
    bb += (b[i] as number) ** 2;
  }
  const cosine = dot / Math.sqrt(aa * bb);
  const angle = Math.acos(cosine);
  const bent = Math.abs(cosine) < 1 - 1e-7; // false for NaN, the angle of a zero vector
  const weightA = bent ? Math.sin((1 - t) * angle) / Math.sin(angle) : 1 - t;
  const weightB = bent ? Math.sin(t * angle) / Math.sin(angle) : t;
  return Float64Array.from(
    { length: a.length },
    (_, i) => weightA * (a[i] as number) + weightB * (b[i] as number),
  );
}

/**
 * Step `index` of a seed: between a random point of the way from one standard normal latent to another and a point further on by 1e-4 of the way.
 */
export function pathStep(seed: number, index: number, latent: number): PathStep {
  const random = new Random(seed).split("ppl").split(index);
  const draw = (name: string): Float32Array =>
    random.split(name).fillNormal(new Float32Array(latent));
  const [a, b] = [draw("a"), draw("b")];
  const t = random.split("t").uniform();
  return {
    from: Float32Array.from(slerp(a, b, t)),
    to: Float32Array.from(slerp(a, b, t + EPSILON)),
  };
}

/**
 * Perceptual path length in z: `mean |f(G(slerp(a, b, t + e))) - f(G(slerp(a, b, t)))|^2 / e^2` with e = 1e-4, a and b standard normal, t uniform in
 * 0 .. 1, without the lowest and the highest 1 % of the steps. Small when pictures change evenly along the way. Its unit is that of the feature
 * network f: compare only values of one network.
 *
 * @param from Features of the pictures where steps begin, computed from unrounded pixels.
 * @param to Features where they end, in the same order.
 * @throws {ShapeError} if the sets differ in size.
 * @throws {DatasetError} if there are no steps, or features hold NaN or infinity.
 * @see Karras, Laine, Aila 2019, "A Style-Based Generator Architecture for Generative Adversarial Networks", arXiv:1812.04948, section 4.1
 */
export function pathLength(from: Features, to: Features): number {
  checkFeatures("ppl", { first: from, second: to }, 1);
  if (from.count !== to.count) {
    throw new ShapeError(
      `ppl: ${from.count} steps begin and ${to.count} end, expected equally many.`,
    );
  }
  const lengths = new Float64Array(from.count);
  for (let i = 0, at = 0; i < lengths.length; i++) {
    let sum = 0;
    for (let j = 0; j < from.width; j++, at++)
      sum += ((to.data[at] as number) - (from.data[at] as number)) ** 2;
    lengths[i] = sum / EPSILON ** 2;
  }
  lengths.sort();
  const [low, high] = TRIM;
  const kept = lengths.subarray(
    Math.floor(low * (lengths.length - 1)),
    Math.ceil(high * (lengths.length - 1)) + 1,
  );
  return kept.reduce((sum, x) => sum + x, 0) / kept.length;
}
