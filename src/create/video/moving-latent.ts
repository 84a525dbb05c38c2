import { Random } from "../../base/random.ts";
import type { Architecture } from "../../models/family.ts";
import { driftWeights, knotSeconds } from "../../models/video/drift.ts";
import { DRIFT, MOTION } from "../../models/video/shape.ts";
import type { Generator, Latent } from "../generator.ts";

/** What a film is made from: content, motion, and the knots of the noise that drifts through it. */
export interface MovingLatent {
  /** [latent], standard normal: what is to be seen. */
  readonly z: Float32Array;
  /** Index of the class; ignored by unconditional models. */
  readonly class: number;
  /** [MOTION], standard normal: how it moves. */
  readonly motion: Float32Array;
  /** Knot `k` of the drifting noise, [DRIFT], standard normal, for any whole number. */
  readonly knot: (k: number) => Float32Array;
}

/**
 * The film of a seed.
 *
 * @param content Seed of what is to be seen. @default the same
 */
export function movingLatentOf(generator: Generator, seed: number, content = seed): MovingLatent {
  const { z, class: label } = generator.latentOf(content);
  const random = new Random(seed);
  const motion = random.split("inputs").split("motion").fillNormal(new Float32Array(MOTION));
  return { z, class: label, motion, knot: knotsOf(random.split("knots")) };
}

/** Knots that a stream of random numbers stands for. */
export function knotsOf(random: Random): (k: number) => Float32Array {
  const known = new Map<number, Float32Array>();
  return (k) => {
    const knot = known.get(k) ?? random.split(k).fillNormal(new Float32Array(DRIFT));
    known.set(k, knot);
    return knot;
  };
}

/**
 * What a film shows at a time.
 *
 * @param time [s], any number; 0 is the begin.
 * @param loop Length [s] after which everything begins again without a seam; 0 for never.
 */
export function momentOf(
  architecture: Pick<Architecture, "extra">,
  film: MovingLatent,
  time: number,
  loop = 0,
): Latent {
  const seconds = knotSeconds(architecture);
  // A loop has whole knots, as long as they need be.
  const knots = loop > 0 ? Math.max(1, Math.round(loop / seconds)) : 0;
  const { first, weights } = driftWeights(loop > 0 ? (time / loop) * knots : time / seconds);
  const drift = new Float32Array(DRIFT);
  for (const [i, weight] of weights.entries()) {
    const k = first + i;
    const knot = film.knot(knots > 0 ? ((k % knots) + knots) % knots : k);
    for (let d = 0; d < DRIFT; d++) drift[d] = (drift[d] as number) + weight * (knot[d] as number);
  }
  return {
    z: film.z,
    class: film.class,
    inputs: {
      motion: film.motion,
      drift,
      time: Float32Array.of(time),
      loop: Float32Array.of(loop),
    },
  };
}
