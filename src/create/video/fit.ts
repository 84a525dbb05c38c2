import { Random } from "../../base/random.ts";
import { type HostTensor, hostTensor } from "../../base/tensor.ts";
import type { Engine } from "../../engine/engine.ts";
import type { Program } from "../../engine/program.ts";
import { gradients } from "../../graph/gradients.ts";
import * as ops from "../../graph/ops/index.ts";
import type { Value } from "../../graph/value.ts";
import type { Architecture } from "../../models/family.ts";
import { repeatRows } from "../../models/video/discriminator.ts";
import { driftOf, knotSeconds } from "../../models/video/drift.ts";
import { generator } from "../../models/video/generator.ts";
import { DRIFT, MOTION } from "../../models/video/shape.ts";
import { Parameters } from "../../nn/parameters.ts";

/** Frames to find a film for. */
export interface FitTarget {
  /** [F, 3, H, W] in [-1, 1]. */
  readonly frames: Float32Array;
  /** Their times [s], ascending from 0; at most the length of a clip. */
  readonly times: readonly number[];
  /** Class of the film; undefined for unconditional models. */
  readonly class?: number;
}

/** How long is looked for. */
export interface FitOptions {
  readonly seed: number;
  /** Told after each step. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** What was found. */
export interface Fit {
  readonly z: Float32Array;
  readonly motion: Float32Array;
  /** Knots from the number -1 on, [CLIP_KNOTS, DRIFT]. */
  readonly knots: Float32Array;
  /** Root mean square difference of the frames, of 2. */
  readonly error: number;
}

/** Films that are looked at first, films that go down the gradient, and steps that they take. */
const [CANDIDATES, KEPT, STEPS] = [256, 4, 250];

/** Step of each number at first; it falls to zero along a cosine. */
const RATE = 0.08;

/** Decays of Adam's moments. */
const [BETA1, BETA2] = [0.9, 0.99];

/** Weight of the numbers' squares: far from normal ones, no film is good. */
const PRIOR = 2e-3;

/** Halvings at which frames are compared as well: pixels alone say nothing of a thing beside its place. */
const LEVELS = 3;

/** Knots that the frames of a clip lean on, and their number in all. */
const KNOTS = 7;

/** What a film is made from, by name, and the length of each. */
const lengthsOf = ({ latent }: Architecture): Readonly<Record<string, readonly number[]>> => ({
  z: [latent],
  motion: [MOTION],
  knots: [KNOTS, DRIFT],
});

/** Mean squares [N] of the difference of two sets of pictures [N, F, 3, H, W], summed over sizes. */
function differences(a: Value, target: Value, films: number, frames: number): Value {
  let left = a;
  let right = target; // [F, 3, H, W]
  const terms: Value[] = [];
  for (let level = 0; level <= LEVELS; level++) {
    const [, c, h, w] = left.shape as [number, number, number, number];
    const all = ops.reshape(left, [films, frames, c, h, w]);
    const apart = ops.sub(all, ops.reshape(right, [1, frames, c, h, w]));
    terms.push(ops.reduceMean(ops.square(apart), { axes: [1, 2, 3, 4] }));
    if (level === LEVELS || h % 2 === 1 || w % 2 === 1) break;
    [left, right] = [ops.averagePool(left, 2), ops.averagePool(right, 2)];
  }
  return terms.reduce((sum, term) => ops.add(sum, term));
}

/** Losses of `films` films, their errors at full size, and the gradients. */
function graphOf(
  architecture: Architecture,
  target: FitTarget,
  films: number,
  withGradients: boolean,
): Record<string, Value> {
  const { height, width, classes } = architecture;
  const frames = target.times.length;
  const variables = Object.fromEntries(
    Object.entries(lengthsOf(architecture)).map(([name, shape]) => [
      name,
      ops.input(name, [films, ...shape]),
    ]),
  ) as Record<"z" | "motion" | "knots", Value>;
  const places = Float32Array.from(
    { length: films * frames },
    (_, i) => (target.times[i % frames] as number) / knotSeconds(architecture),
  );
  const drift = driftOf(variables.knots, ops.constantOf([films, frames], places));
  const time = Float32Array.from(
    { length: films * frames },
    (_, i) => target.times[i % frames] as number,
  );
  const oneHot = new Float32Array(films * frames * classes);
  for (let i = 0; i < films * frames && classes > 0; i++)
    oneHot[i * classes + (target.class ?? 0)] = 1;
  const images = generator(
    new Parameters("G"),
    architecture,
    repeatRows(variables.z, frames),
    classes === 0 ? undefined : ops.constantOf([films * frames, classes], oneHot),
    {
      motion: repeatRows(variables.motion, frames),
      drift: ops.reshape(drift, [films * frames, DRIFT]),
      time: ops.constantOf([films * frames, 1], time),
    },
  );
  const wanted = ops.constantOf([frames, 3, height, width], target.frames);
  const losses = differences(images, wanted, films, frames); // [films]
  if (!withGradients) return { losses };
  const prior = Object.values(variables)
    .map((x) => ops.reduceMean(ops.square(x), { axes: x.shape.slice(1).map((_, i) => i + 1) }))
    .reduce((sum, term) => ops.add(sum, term));
  const total = ops.reduceSum(ops.add(losses, ops.mul(prior, PRIOR)));
  const slopes = gradients(total, Object.values(variables));
  const named = Object.keys(variables).map((name, i) => [`slope/${name}`, slopes[i] as Value]);
  return { losses, ...Object.fromEntries(named) };
}

/**
 * Finds the film of a video model that comes closest to some frames: the best of many random ones, then down the gradient of the difference.
 *
 * @param weights Of the generator, by name.
 */
export async function fitFilm(
  engine: Engine,
  architecture: Architecture,
  weights: ReadonlyMap<string, HostTensor>,
  target: FitTarget,
  { seed, onProgress, signal }: FitOptions,
): Promise<Fit> {
  const compile = (films: number, slopes: boolean): Promise<Program> =>
    engine.compile(graphOf(architecture, target, films, slopes), { weights, tune: false });
  const look = await compile(KEPT, false);
  const total = CANDIDATES / KEPT + STEPS;
  const random = new Random(seed).split("fit");
  const found: { readonly loss: number; readonly point: Point }[] = [];
  for (let i = 0; i < CANDIDATES / KEPT; i++) {
    signal?.throwIfAborted();
    const point = randomPoint(architecture, KEPT, random.split(i));
    const losses = (await look.run(point)).results.losses?.data as Float32Array;
    for (let n = 0; n < KEPT; n++)
      found.push({ loss: losses[n] as number, point: rowOf(point, n, KEPT) });
    onProgress?.(i + 1, total);
  }
  await look.dispose();
  found.sort((a, b) => a.loss - b.loss);
  const point = stack(found.slice(0, KEPT).map((one) => one.point));
  const descend = await compile(KEPT, true);
  const moments = new Map<string, { m: Float64Array; v: Float64Array }>();
  let best = { loss: Number.POSITIVE_INFINITY, point: rowOf(point, 0, KEPT) };
  for (let step = 0; step < STEPS; step++) {
    signal?.throwIfAborted();
    const { results } = await descend.run(point);
    const losses = results.losses?.data as Float32Array;
    for (let n = 0; n < KEPT; n++)
      if ((losses[n] as number) < best.loss)
        best = { loss: losses[n] as number, point: rowOf(point, n, KEPT) };
    const rate = (RATE * (1 + Math.cos((Math.PI * step) / STEPS))) / 2;
    for (const [name, tensor] of Object.entries(point))
      adamStep(
        tensor.data,
        results[`slope/${name}`]?.data as Float32Array,
        step,
        rate,
        momentOf(moments, name, tensor.data.length),
      );
    onProgress?.(CANDIDATES / KEPT + step + 1, total);
  }
  await descend.dispose();
  const { z, motion, knots } = best.point as Record<string, HostTensor<"float32">>;
  return {
    z: (z as HostTensor<"float32">).data,
    motion: (motion as HostTensor<"float32">).data,
    knots: (knots as HostTensor<"float32">).data,
    error: Math.sqrt(best.loss / (LEVELS + 1)),
  };
}

/** Some films as the numbers that they are made from. */
type Point = Record<string, HostTensor<"float32">>;

function randomPoint(architecture: Architecture, films: number, random: Random): Point {
  return Object.fromEntries(
    Object.entries(lengthsOf(architecture)).map(([name, shape]) => {
      const tensor = hostTensor("float32", [films, ...shape]);
      random.split(name).fillNormal(tensor.data);
      return [name, tensor];
    }),
  );
}

/** Film n of several, by itself. */
function rowOf(point: Point, n: number, films: number): Point {
  return Object.fromEntries(
    Object.entries(point).map(([name, { shape, data }]) => {
      const size = data.length / films;
      return [
        name,
        hostTensor("float32", [1, ...shape.slice(1)], data.slice(n * size, (n + 1) * size)),
      ];
    }),
  );
}

/** Several films as one point. */
function stack(points: readonly Point[]): Point {
  return Object.fromEntries(
    Object.entries(points[0] as Point).map(([name, { shape, data }]) => {
      const tensor = hostTensor("float32", [points.length, ...shape.slice(1)]);
      for (const [n, point] of points.entries())
        tensor.data.set((point[name] as HostTensor<"float32">).data, n * data.length);
      return [name, tensor];
    }),
  );
}

function momentOf(
  moments: Map<string, { m: Float64Array; v: Float64Array }>,
  name: string,
  length: number,
): { m: Float64Array; v: Float64Array } {
  const known = moments.get(name) ?? { m: new Float64Array(length), v: new Float64Array(length) };
  moments.set(name, known);
  return known;
}

/** Adam (Kingma, Ba 2014, arXiv:1412.6980), in place. */
function adamStep(
  x: Float32Array,
  slope: Float32Array,
  step: number,
  rate: number,
  { m, v }: { readonly m: Float64Array; readonly v: Float64Array },
): void {
  const [first, second] = [1 - BETA1 ** (step + 1), 1 - BETA2 ** (step + 1)];
  for (let i = 0; i < x.length; i++) {
    const g = slope[i] as number;
    m[i] = BETA1 * (m[i] as number) + (1 - BETA1) * g;
    v[i] = BETA2 * (v[i] as number) + (1 - BETA2) * g * g;
    x[i] =
      (x[i] as number) -
      (rate * (m[i] as number)) / first / (Math.sqrt((v[i] as number) / second) + 1e-8);
  }
}
