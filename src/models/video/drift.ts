/** @file Noise that drifts: a smooth random path through normal numbers, without begin and end. */
import * as ops from "../../graph/ops/index.ts";
import type { Value } from "../../graph/value.ts";
import type { Architecture } from "../family.ts";
import { clipNumbers } from "./shape.ts";

/** Knots of the path in the length of a clip. */
const KNOTS_PER_CLIP = 2;

/** Time from knot to knot [s]. */
export function knotSeconds(architecture: Pick<Architecture, "extra">): number {
  return clipNumbers(architecture).seconds / KNOTS_PER_CLIP;
}

/** Knots that a path of one clip and any begin between two knots leans on. */
export const CLIP_KNOTS: number = KNOTS_PER_CLIP + 5;

/** A knot behind the first one of a path lies at this place: the spline reaches two knots back. */
const FIRST_KNOT = -1;

/** The cubic B-spline at a distance: `(max(0, 2 - d)^3 - 4 max(0, 1 - d)^3) / 6`. */
const spline = (d: number): number => (Math.max(0, 2 - d) ** 3 - 4 * Math.max(0, 1 - d) ** 3) / 6;

/**
 * Weights of the four knots around a place, the first of which is knot `floor(place) - 1`: a cubic B-spline, scaled so that normal knots give
 * normal noise at every place.
 *
 * @param place Time in knots.
 */
export function driftWeights(place: number): {
  readonly first: number;
  readonly weights: number[];
} {
  const first = Math.floor(place) - 1;
  const weights = [0, 1, 2, 3].map((k) => spline(Math.abs(place - first - k)));
  const norm = Math.hypot(...weights);
  return { first, weights: weights.map((w) => w / norm) };
}

/**
 * The same path inside a graph.
 *
 * @param knots Normal noise [N, CLIP_KNOTS, D].
 * @param places Times in knots [N, F], from 0 to KNOTS_PER_CLIP + 1.
 * @returns [N, F, D].
 */
export function driftOf(knots: Value, places: Value): Value {
  const [n, count] = knots.shape as [number, number];
  const frames = places.shape[1] as number;
  const at = ops.constantOf(
    [1, 1, count],
    Float32Array.from({ length: count }, (_, k) => k + FIRST_KNOT),
  );
  const distance = ops.abs(ops.sub(ops.reshape(places, [n, frames, 1]), at)); // [N, F, K]
  const cube = (x: Value): Value => ops.mul(ops.square(x), x);
  const outer = cube(ops.relu(ops.sub(2, distance)));
  const inner = cube(ops.relu(ops.sub(1, distance)));
  const weights = ops.mul(ops.sub(outer, ops.mul(inner, 4)), 1 / 6);
  const norm = ops.sqrt(ops.reduceSum(ops.square(weights), { axes: [2], keepdims: true }));
  return ops.matmul(ops.div(weights, norm), knots);
}
