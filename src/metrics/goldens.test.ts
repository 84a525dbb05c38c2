import { describe, expect, it } from "vitest";
import type { Features } from "./features.ts";
import { frechetDistance } from "./frechet.ts";
import goldens from "./goldens/metrics.json" with { type: "json" };
import { inceptionScore } from "./inception-score.ts";
import { kernelDistance } from "./kernel-distance.ts";
import { manifoldMetrics } from "./manifold.ts";
import { neighbourhoodsOf } from "./neighbourhoods.ts";
import { pathLength, slerp } from "./path-length.ts";
import { Resizer } from "./resize.ts";
import { gaussianOf } from "./statistics.ts";

/** As in scripts/metric-goldens.py: a hash of three numbers as one in [0, 1). */
function uniform(seed: number, i: number, j: number): number {
  let h = Math.imul(seed, 0x9e3779b1) + Math.imul(i, 0x85ebca77) + Math.imul(j, 0xc2b2ae3d);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32;
}

/** As in scripts/metric-goldens.py: correlated features, roughly normal. */
function features(seed: number, count: number, width: number, shift = 0): Features {
  const data = new Float32Array(count * width);
  const z = (i: number, j: number): number =>
    uniform(seed, i, 3 * j) + uniform(seed, i, 3 * j + 1) + uniform(seed, i, 3 * j + 2) - 1.5;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < width; j++)
      data[i * width + j] = (z(i, j) + 0.6 * z(i, j + 1) + shift) * (1 + j / width);
  }
  return { count, width, data };
}

/** Relative difference that is allowed. */
const TOLERANCE = 1e-6;

function expectNear(actual: number, expected: number, tolerance = TOLERANCE): void {
  expect(Math.abs(actual - expected) / Math.abs(expected)).toBeLessThan(tolerance);
}

const sets = {
  usual: [features(1, 300, 32), features(2, 300, 32, 0.05)],
  fewerPicturesThanFeatures: [features(3, 40, 64), features(4, 50, 64, 0.1)],
  wide: [features(5, 1500, 256), features(6, 1200, 256, 0.02)],
  unequal: [features(9, 1400, 8), features(10, 1100, 8, 0.3)],
} as const;

const firstRows = ({ width, data }: Features, count: number): Features => ({
  count,
  width,
  data: data.subarray(0, count * width),
});

describe("the field's own code", () => {
  it.each(["usual", "fewerPicturesThanFeatures", "wide"] as const)(
    "gives the same Frechet distance: %s",
    async (name) => {
      const [real, generated] = sets[name];
      const distance = await frechetDistance(await gaussianOf(real), await gaussianOf(generated));
      expectNear(distance, goldens.frechet[name].torchFidelity);
      expectNear(distance, goldens.frechet[name].cleanFid);
    },
  );

  it.each(["usual", "fewerPicturesThanFeatures"] as const)(
    "gives the same kernel distance: %s",
    async (name) => {
      const [real, generated] = sets[name];
      const options = { subsets: 2, subsetSize: real.count };
      const { mean, deviation } = await kernelDistance(
        real,
        firstRows(generated, real.count),
        options,
      );
      expectNear(mean, goldens.kid[name].torchFidelity);
      expectNear(mean, goldens.kid[name].cleanFid);
      expect(deviation).toBeLessThan(1e-12); // both subsets are everything
    },
  );

  it.each(["usual", "unequal"] as const)(
    "gives the same precision, recall, density and coverage: %s",
    async (name) => {
      const [real, generated] = sets[name];
      const metrics = await manifoldMetrics(
        real,
        await neighbourhoodsOf(real, 5),
        generated,
        await neighbourhoodsOf(generated, 3),
      );
      const expected = goldens.manifold[name];
      for (const key of ["precision", "recall", "density", "coverage"] as const)
        expectNear(metrics[key], expected[key]);
    },
  );

  it("gives the same inception score", () => {
    const logits = features(7, 205, 10);
    const { mean, deviation } = inceptionScore({ ...logits, data: logits.data.map((x) => 4 * x) });
    expectNear(mean, goldens.inceptionScore.mean);
    expectNear(deviation, goldens.inceptionScore.deviation);
  });

  it("interpolates latents the same way", () => {
    const { data } = features(8, 2, 16);
    const between = slerp(data.subarray(0, 16), data.subarray(16), 0.3);
    for (const [i, expected] of goldens.slerp.entries()) expectNear(between[i] as number, expected);
  });

  it("averages path lengths the same way", () => {
    expectNear(pathLength(features(11, 150, 32), features(12, 150, 32)), goldens.pathLength);
  });

  it.each(goldens.resize)(
    "resizes the same way: $side to $size",
    ({ side, size, mean, values }) => {
      const resizer = new Resizer({ width: side, height: side }, size);
      const planes = mean.map((_, channel) => {
        const plane = new Uint8Array(side * side);
        for (let y = 0; y < side; y++)
          for (let x = 0; x < side; x++)
            plane[y * side + x] = Math.floor(256 * uniform(channel + 1, y, x));
        const out = new Float32Array(size * size);
        resizer.resize(plane, out);
        return out;
      });
      for (const [channel, expected] of mean.entries()) {
        const plane = planes[channel] as Float32Array;
        expectNear(plane.reduce((sum, x) => sum + x, 0) / plane.length, expected);
      }
      for (const { at, value } of values) {
        const [y = 0, x = 0, channel = 0] = at;
        expect(planes[channel]?.[y * size + x]).toBeCloseTo(value, 4);
      }
    },
  );
});
