import { describe, expect, it } from "vitest";
import type { Features } from "./features.ts";
import { principalComponents } from "./projection-pca.ts";
import { umapPoints } from "./projection-umap.ts";

/** As in scripts/metric-goldens.py: a hash of three numbers as one in [0, 1). */
function uniform(seed: number, i: number, j: number): number {
  let h = Math.imul(seed, 0x9e3779b1) + Math.imul(i, 0x85ebca77) + Math.imul(j, 0xc2b2ae3d);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32;
}

/** As `features` in scripts/metric-goldens.py. */
function features(seed: number, count: number, width: number): Features {
  const data = new Float32Array(count * width);
  const z = (i: number, j: number): number =>
    uniform(seed, i, 3 * j) + uniform(seed, i, 3 * j + 1) + uniform(seed, i, 3 * j + 2) - 1.5;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < width; j++)
      data[i * width + j] = (z(i, j) + 0.6 * z(i, j + 1)) * (1 + j / width);
  }
  return { count, width, data };
}

/**
 * By numpy 1.24: `x -= x.mean(0); u, s, vt = np.linalg.svd(x); v = vt[:2] * sign of its largest element; p = x @ v.T`. Shares `s**2 / sum(s**2)`, the first
 * row of p, and `abs(p).sum(0)`.
 */
const NUMPY = [
  {
    set: [1, 40, 6],
    shares: [0.464866563633, 0.25702514779],
    first: [-2.30499713, -0.597358034],
    sums: [48.17971575, 35.44463918],
  },
  {
    set: [2, 30, 50],
    shares: [0.12284957934, 0.098821684373],
    first: [-3.31529504, 0.264251995],
    sums: [51.05223622, 44.03157972],
  },
  {
    set: [3, 300, 80],
    shares: [0.045547838996, 0.043937576319],
    first: [-0.229113625, -1.943753115],
    sums: [404.49802815, 399.93094987],
  },
] as const;

describe("principal components", () => {
  it.each(NUMPY)("are those of numpy: $set", async ({ set, shares, first, sums }) => {
    const [seed, count, width] = set;
    const found = await principalComponents(features(seed, count, width));
    expect(found.points).toMatchObject({ count, width: 2 });
    for (const i of [0, 1]) {
      expect(found.shares[i]).toBeCloseTo(shares[i] as number, 8);
      expect(found.points.data[i]).toBeCloseTo(first[i] as number, 5);
      let sum = 0;
      for (let n = 0; n < count; n++) sum += Math.abs(found.points.data[2 * n + i] as number);
      expect(sum / (sums[i] as number)).toBeCloseTo(1, 6);
    }
  });

  it("are as many as the pictures allow, and none where all are alike", async () => {
    const three = await principalComponents(features(1, 3, 6), 5);
    expect(three.points.width).toBe(2);
    expect((three.shares[0] as number) + (three.shares[1] as number)).toBeCloseTo(1, 6);
    const same = { count: 4, width: 3, data: new Float32Array(12).fill(2) };
    expect((await principalComponents(same)).shares).toEqual([0, 0]);
    await expect(principalComponents(features(1, 1, 6))).rejects.toThrow("expected at least 2");
  });
});

describe("umap", () => {
  /** Two groups far from each other. */
  const groups = features(4, 40, 8);
  for (let i = 0; i < 20 * 8; i++) (groups.data[i] as number) += 20;

  it("keeps groups together, the same way for each seed", async () => {
    const map = await umapPoints(groups, { neighbours: 6 });
    expect(map).toMatchObject({ count: 40, width: 2 });
    const at = (i: number): [number, number] => [map.data[2 * i] ?? 0, map.data[2 * i + 1] ?? 0];
    const distance = (i: number, j: number): number =>
      Math.hypot(at(i)[0] - at(j)[0], at(i)[1] - at(j)[1]);
    for (let i = 0; i < 40; i++) {
      const others = [...Array(40).keys()].filter((j) => j !== i);
      const nearest = others.reduce((best, j) => (distance(i, j) < distance(i, best) ? j : best));
      expect(nearest < 20).toBe(i < 20);
    }
    expect((await umapPoints(groups, { neighbours: 6 })).data).toEqual(map.data);
    const other = await umapPoints(groups, { neighbours: 6, seed: 1 });
    expect(other.data).not.toEqual(map.data);
  });

  it("refuses too few pictures", async () => {
    await expect(umapPoints(features(1, 9, 4))).rejects.toThrow("umap: there are 9");
  });
});
