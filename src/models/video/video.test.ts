import { describe, expect, it } from "vitest";
import { Random } from "../../base/random.ts";
import { type HostTensor, hostTensor } from "../../base/tensor.ts";
import { interpret } from "../../graph/interpret.ts";
import { constantOf, input } from "../../graph/ops/index.ts";
import { initialize, Parameters } from "../../nn/parameters.ts";
import type { Architecture } from "../family.ts";
import { discriminator } from "./discriminator.ts";
import { CLIP_KNOTS, driftOf, driftWeights } from "./drift.ts";
import { video } from "./index.ts";
import { DRIFT, MOTION } from "./shape.ts";

const architecture: Architecture = {
  family: "video",
  channels: 3,
  height: 8,
  width: 12,
  latent: 8,
  classes: 0,
  widths: [8, 8],
  blocks: 1,
  expansion: 1,
  groupSize: 0,
  extra: { frames: 3, seconds: 2, fps: 12 },
};

const normal = (random: Random, shape: readonly number[]): HostTensor => {
  const tensor = hostTensor("float32", [...shape]);
  random.fillNormal(tensor.data);
  return tensor;
};

/** Frames of one film at some times. */
function framesAt(times: readonly number[], loop: number): Float64Array[] {
  const n = times.length;
  const p = new Parameters("G");
  const images = video.generator(p, architecture, input("z", [n, 8]), undefined, {
    motion: input("motion", [n, MOTION]),
    drift: input("drift", [n, DRIFT]),
    time: input("time", [n, 1]),
    loop: input("loop", [n, 1]),
  });
  const repeat = (row: HostTensor): HostTensor => {
    const tensor = hostTensor("float32", [n, row.data.length]);
    for (let i = 0; i < n; i++) tensor.data.set(row.data as Float32Array, i * row.data.length);
    return tensor;
  };
  const random = new Random(4);
  const [all] = interpret([images], {
    ...Object.fromEntries(initialize(p.list(), new Random(1))),
    z: repeat(normal(random.split("z"), [8])),
    motion: repeat(normal(random.split("motion"), [MOTION])),
    drift: hostTensor("float32", [n, DRIFT]),
    time: hostTensor("float32", [n, 1], Float32Array.from(times)),
    loop: hostTensor("float32", [n, 1], new Float32Array(n).fill(loop)),
  });
  const data = all?.data as Float64Array;
  const size = data.length / n;
  return times.map((_, i) => data.slice(i * size, (i + 1) * size));
}

const distance = (a: Float64Array, b: Float64Array): number =>
  Math.hypot(...a.map((x, i) => x - (b[i] as number)));

describe("the generator of films", () => {
  it("moves: little in a little time, more in more", () => {
    const [now, soon, later] = framesAt([0, 0.001, 0.5], 0) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    expect(distance(now, soon)).toBeGreaterThan(0);
    expect(distance(now, soon)).toBeLessThan(distance(now, later) / 20);
  });

  it("is where it was after a loop, and not before", () => {
    const [begin, half, end] = framesAt([0, 1.7, 3.4], 3.4) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    expect(distance(begin, end)).toBeLessThan(1e-3);
    expect(distance(begin, half)).toBeGreaterThan(0.05);
    const [first, last] = framesAt([0, 3.4], 0) as [Float64Array, Float64Array];
    expect(distance(first, last)).toBeGreaterThan(0.05);
  });
});

describe("drifting noise", () => {
  it("is normal at every place, and the same inside a graph", () => {
    const knots = normal(new Random(2), [1, CLIP_KNOTS, DRIFT]);
    const places = [0, 0.25, 0.5, 1.75, 2.999];
    const [drift] = interpret(
      [driftOf(input("knots", [1, CLIP_KNOTS, DRIFT]), constantOf([1, 5], places))],
      { knots },
    );
    for (const [i, place] of places.entries()) {
      const { first, weights } = driftWeights(place);
      expect(Math.hypot(...weights)).toBeCloseTo(1, 6);
      const here = weights.reduce(
        (sum, weight, k) => sum + weight * (knots.data[(first + k + 1) * DRIFT] as number),
        0,
      );
      expect(drift?.data[i * DRIFT]).toBeCloseTo(here, 5);
    }
  });
});

describe("the discriminator of clips", () => {
  const p = new Parameters("D");
  const logits = discriminator(p, architecture, input("clips", [2, 9, 8, 12]), {
    times: input("times", [2, 3]),
    moving: input("moving", [2, 1]),
  });
  const weights = Object.fromEntries(initialize(p.list(), new Random(3)));
  const clip = normal(new Random(5), [1, 9, 8, 12]).data as Float32Array;
  const run = (first: Float32Array, times: readonly number[], moving: number): number[] => {
    const clips = hostTensor("float32", [2, 9, 8, 12]);
    clips.data.set(first);
    clips.data.set(clip, first.length);
    const [out] = interpret([logits], {
      ...weights,
      clips,
      times: hostTensor("float32", [2, 3], Float32Array.from([...times, 0, 0.5, 1])),
      moving: hostTensor("float32", [2, 1], Float32Array.of(moving, 1)),
    });
    return Array.from(out?.data ?? [], Number).slice(0, 6);
  };

  it("judges the motion of clips by frames and gaps, and each frame by itself", () => {
    const judged = run(clip, [0, 0.5, 1], 1);
    expect(judged).toHaveLength(6);
    expect(judged[0]).toBe(judged[1]);
    const slower = run(clip, [0, 0.7, 2], 1);
    expect(slower[0]).not.toBeCloseTo(judged[0] as number, 6);
    expect(slower.slice(3)).toEqual(judged.slice(3));
  });

  it("does not judge the motion of pictures", () => {
    expect(run(clip, [0, 0, 0], 0).slice(0, 3)).toEqual([0, 0, 0]);
  });

  it("judges another order of the frames in another way, the frames alike", () => {
    const judged = run(clip, [0, 0.5, 1], 1);
    const turned = Float32Array.from([
      ...clip.subarray(576),
      ...clip.subarray(288, 576),
      ...clip.subarray(0, 288),
    ]);
    const other = run(turned, [0, 0.5, 1], 1);
    expect(other[0]).not.toBeCloseTo(judged[0] as number, 6);
    expect(other.slice(3).reverse()).toEqual(judged.slice(3));
  });
});
