import { describe, expect, it } from "vitest";
import { ConfigError, DatasetError, ShapeError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import { nearestRows } from "./distances.ts";
import type { Features } from "./features.ts";
import { inceptionScore } from "./inception-score.ts";
import { kernelDistance } from "./kernel-distance.ts";
import { manifoldMetrics } from "./manifold.ts";
import { memorisation } from "./memorisation.ts";
import { neighbourhoodsOf, squaredRadii } from "./neighbourhoods.ts";
import { pathLength, pathStep } from "./path-length.ts";

function normal(seed: number, count: number, width = 6, shift = 0): Features {
  const data = new Random(seed).fillNormal(new Float32Array(count * width));
  return { count, width, data: data.map((x) => x + shift) };
}

const distance = (a: Features, i: number, b: Features, j: number): number =>
  Math.hypot(
    ...Array.from(
      { length: a.width },
      (_, k) => (a.data[i * a.width + k] as number) - (b.data[j * b.width + k] as number),
    ),
  );

const broken = (set: Features): Features => ({
  ...set,
  data: set.data.map((x, i) => (i === 8 ? Number.NaN : x)),
});

describe("distances", () => {
  const [a, b] = [normal(1, 1100, 4), normal(2, 1030, 4)]; // more than one block each

  it("find each row's nearest", async () => {
    const { indices, distances } = await nearestRows(a, b, (i, j) => (i + j) % 2 === 0);
    for (const i of [0, 1, 1023, 1024, 1099]) {
      const allowed = Array.from({ length: b.count }, (_, j) => j).filter((j) => (i + j) % 2 === 1);
      const expected = Math.min(...allowed.map((j) => distance(a, i, b, j)));
      expect(distances[i]).toBeCloseTo(expected, 9);
      expect(distance(a, i, b, indices[i] as number)).toBeCloseTo(expected, 9);
    }
  });

  it("of equal rows are 0", async () => {
    const { indices, distances } = await nearestRows(a, a);
    expect(Math.max(...distances)).toBeLessThan(1e-6);
    expect(indices.every((j, i) => i === j)).toBe(true);
  });

  it("within a set give neighbours and their mean", async () => {
    const { squared, meanDistance, neighbours } = await neighbourhoodsOf(a, 3);
    const radii = squaredRadii({ squared, meanDistance, neighbours }, 2);
    for (const i of [0, 1023, 1024]) {
      const others = Array.from({ length: a.count }, (_, j) => distance(a, i, a, j));
      others.splice(i, 1);
      expect(Math.sqrt(radii[i] as number)).toBeCloseTo(others.sort((x, y) => x - y)[1] ?? 0, 9);
    }
    let sum = 0;
    for (let i = 0; i < a.count; i++) for (let j = 0; j < i; j++) sum += distance(a, i, a, j);
    expect(meanDistance).toBeCloseTo(sum / ((a.count * (a.count - 1)) / 2), 9);
  });
});

describe("kernel distance", () => {
  it("is around 0 for one distribution and grows with the difference", async () => {
    const options = { subsets: 20, subsetSize: 100 };
    const same = await kernelDistance(normal(1, 400), normal(2, 400), options);
    const near = await kernelDistance(normal(1, 400), normal(2, 400, 6, 0.3), options);
    const far = await kernelDistance(normal(1, 400), normal(2, 400, 6, 0.6), options);
    expect(Math.abs(same.mean)).toBeLessThan(3 * same.deviation);
    expect(near.mean).toBeGreaterThan(5 * Math.abs(same.mean));
    expect(far.mean).toBeGreaterThan(2 * near.mean);
  });

  it("depends on its seed alone", async () => {
    const sets = [normal(1, 50), normal(2, 60)] as const;
    const options = { subsets: 3, subsetSize: 20 };
    const first = await kernelDistance(...sets, options);
    expect(await kernelDistance(...sets, options)).toEqual(first);
    expect(await kernelDistance(...sets, { ...options, seed: 1 })).not.toEqual(first);
    expect((await kernelDistance(...sets)).subsetSize).toBe(50);
  });

  it("refuses what it cannot use", async () => {
    const set = normal(1, 10);
    const refusal = (a: Features, b: Features, options = {}): Promise<unknown> =>
      kernelDistance(a, b, options).then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(await refusal(set, normal(2, 1))).toBeInstanceOf(DatasetError);
    expect(await refusal(set, set, { subsetSize: 11 })).toBeInstanceOf(DatasetError);
    expect(await refusal(set, set, { subsetSize: 2.5 })).toBeInstanceOf(ConfigError);
    expect(await refusal(set, set, { subsets: 0 })).toBeInstanceOf(ConfigError);
    expect(await refusal(set, normal(2, 10, 5))).toBeInstanceOf(ShapeError);
    expect(await refusal(set, broken(set))).toMatchObject({
      message: expect.stringContaining("generated picture 1 hold NaN"),
    });
  });
});

describe("precision, recall, density and coverage", () => {
  const measure = async (real: Features, generated: Features): ReturnType<typeof manifoldMetrics> =>
    manifoldMetrics(
      real,
      await neighbourhoodsOf(real, 5),
      generated,
      await neighbourhoodsOf(generated, 3),
    );

  it("tell quality from variety", async () => {
    const real = normal(1, 600, 3);
    const narrow = { ...normal(2, 600, 3), data: normal(2, 600, 3).data.map((x) => 0.2 * x) };
    const like = await measure(real, normal(3, 600, 3));
    const collapsed = await measure(real, narrow);
    const poor = await measure(real, normal(4, 600, 3, 10));
    expect(like.precision).toBeGreaterThan(0.85);
    expect(like.recall).toBeGreaterThan(0.85);
    expect(like.density).toBeGreaterThan(0.85);
    expect(like.coverage).toBeGreaterThan(0.9);
    expect(collapsed.precision).toBeGreaterThan(0.95);
    expect(collapsed.recall).toBeLessThan(0.2);
    expect(collapsed.coverage).toBeLessThan(0.3);
    expect(poor).toEqual({ precision: 0, recall: 0, density: 0, coverage: 0 });
  });

  it("refuse too few pictures", async () => {
    await expect(neighbourhoodsOf(normal(1, 5), 5, "real")).rejects.toThrow(
      "there are 5 real pictures, expected at least 6",
    );
    await expect(neighbourhoodsOf(normal(1, 5), 0)).rejects.toThrow(ConfigError);
  });
});

describe("inception score", () => {
  const logits = (classOf: (i: number) => number): Features => ({
    count: 100,
    width: 4,
    data: Float32Array.from({ length: 400 }, (_, at) =>
      classOf(Math.floor(at / 4)) === at % 4 ? 1000 : 0,
    ),
  });

  it("is the number of classes for sure and varied pictures, 1 for one class or for doubt", () => {
    // 10 pictures a part: 3, 3, 2 and 2 of the classes.
    const entropy = -2 * 0.3 * Math.log(0.3) - 2 * 0.2 * Math.log(0.2);
    expect(inceptionScore(logits((i) => i % 4)).mean).toBeCloseTo(Math.exp(entropy), 9);
    expect(inceptionScore(logits(() => 2)).mean).toBeCloseTo(1, 9);
    const doubt = { count: 10, width: 4, data: new Float32Array(40) };
    expect(inceptionScore(doubt)).toEqual({ mean: 1, deviation: 0 });
  });

  it("needs 10 pictures", () => {
    expect(() => inceptionScore(normal(1, 9))).toThrow(
      "9 generated pictures, expected at least 10",
    );
  });
});

describe("path length", () => {
  it("of a linear network is the squared length of the steps", () => {
    const steps = Array.from({ length: 300 }, (_, i) => pathStep(1, i, 64));
    const ends = (end: "from" | "to"): Features => ({
      count: 300,
      width: 64,
      data: Float32Array.from(steps.flatMap((step) => [...step[end]])),
    });
    // Nearly orthogonal vectors of length sqrt(64), a quarter circle apart: (pi / 2)^2 64 = 158.
    expect(pathLength(ends("from"), ends("to"))).toBeGreaterThan(140);
    expect(pathLength(ends("from"), ends("to"))).toBeLessThan(175);
    expect(pathStep(1, 5, 64)).toEqual(steps[5]);
  });

  it("needs as many ends as beginnings", () => {
    expect(() => pathLength(normal(1, 3), normal(1, 4))).toThrow(ShapeError);
  });
});

describe("memorisation", () => {
  const training = {
    features: normal(1, 800),
    files: Array.from({ length: 800 }, (_, i) => `${i}`),
  };
  const unseen = { features: normal(2, 800), files: training.files.map((name) => `new ${name}`) };

  it("finds copies, and none in the same distribution", async () => {
    const fresh = await memorisation({ generated: normal(3, 800), training, unseen });
    expect(fresh.share).toBeLessThan(0.1);
    expect(fresh.medianRatio).toBeCloseTo(1, 1);
    const copies = {
      ...training.features,
      data: training.features.data.map((x, i) => x + 0.001 * Math.sin(i)),
    };
    const copied = await memorisation({ generated: copies, training, unseen });
    expect(copied.share).toBe(1);
    expect(copied.medianRatio).toBeLessThan(0.01);
    expect(copied.closest).toHaveLength(32);
    for (const pair of copied.closest) expect(pair.training).toBe(pair.generated);
    const order = copied.closest.map((pair) => pair.distance);
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  it("compares training pictures with other files only where nothing was held out", async () => {
    const fresh = await memorisation({ generated: normal(3, 800), training, unseen: training });
    expect(fresh.share).toBeLessThan(0.1);
    expect(fresh.medianRatio).toBeCloseTo(1, 1);
    const oneFile = { features: training.features, files: training.files.map(() => "a") };
    await expect(
      memorisation({ generated: normal(3, 8), training: oneFile, unseen: oneFile }),
    ).rejects.toThrow("come from one file");
  });
});
