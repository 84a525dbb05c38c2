import { gradients } from "../../graph/gradients.ts";
import * as ops from "../../graph/ops/index.ts";
import type { Value } from "../../graph/value.ts";
import type { Objective, ObjectiveOptions, PhaseDefinition } from "../family.ts";
import type { PhaseContext } from "../phase-context.ts";
import { TINY } from "./layers.ts";
import { mapping } from "./mapping.ts";
import { styleCount } from "./settings.ts";
import { synthesis } from "./synthesis.ts";

const { add, mul, sub } = ops;

/** Steps between two penalties, as published. */
const EVERY = 4;

/** Part of a batch's mean length that goes into the running mean. */
const AVERAGE_RATE = 0.01;

/**
 * How far images move when w does, [n]: `|| J^T y ||` with the Jacobian J of the images by w and images y of normal numbers, scaled so that the size
 * of the image does not matter, as the root of the mean over styles.
 *
 * @param styles [n, styles, W], what the images were made from.
 * @param noise Standard normal, of the images' shape.
 */
export function pathLengths(images: Value, styles: Value, noise: Value): Value {
  const [, , height = 0, width = 0] = images.shape;
  const direction = mul(noise, 1 / Math.sqrt(height * width));
  const [slope] = gradients(ops.reduceSum(mul(images, direction)), [styles]);
  const squares = ops.reduceSum(ops.square(slope as Value), { axes: [2] });
  return ops.sqrt(add(ops.reduceMean(squares, { axes: [1] }), TINY));
}

/** `weight mean (length - a)^2`, with a the running mean of lengths. Half as many images as others take: the second derivative costs more. */
function objective(context: PhaseContext): Objective {
  const { architecture, networks, pairs } = context;
  const G = networks.G;
  const n = Math.max(1, pairs >> 1);
  const z = context.random("path/z", [n, architecture.latent], "normal");
  const c = context.c === undefined ? undefined : ops.slice(context.c, { axis: 0, end: n });
  const { w } = mapping(G, architecture, z, c);
  const length = w.shape[1] as number;
  const styles = ops.expand(ops.reshape(w, [n, 1, length]), [n, styleCount(architecture), length]);
  const images = synthesis(G, architecture, styles);
  const noise = context.random("path/noise", images.shape, "normal");
  const lengths = pathLengths(images, styles, noise);
  const average = G.buffer("path_length", []);
  const change = sub(ops.reduceMean(lengths), average);
  const next = ops.stopGradient(add(average, mul(change, AVERAGE_RATE)));
  G.update("path_length", next);
  const penalty = ops.reduceMean(ops.square(sub(lengths, next)));
  return {
    loss: mul(penalty, context.objective.pathLength * EVERY),
    reports: { pathLength: ops.reduceMean(lengths) },
  };
}

/**
 * Path length regularisation: steps of one size in w should change images by one size. A phase of its own every 4 steps, or none at weight 0.
 *
 * @see Karras et al. 2019, arXiv:1912.04958
 */
export function pathLengthPhases({ pathLength }: ObjectiveOptions): readonly PhaseDefinition[] {
  if (pathLength === 0) return [];
  return [{ name: "Gpath", trains: ["G"], every: EVERY, objective }];
}
