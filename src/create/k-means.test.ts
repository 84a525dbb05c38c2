import { describe, expect, it } from "vitest";
import { Random } from "../base/random.ts";
import { kMeans, nearest, type Points } from "./k-means.ts";

/** Points around (10 i, -10 i) for i of 0 .. groups - 1. */
function clouds(groups: number, each: number): Points {
  const noise = new Random(3).fillNormal(new Float32Array(groups * each * 2));
  const data = noise.map((x, i) => 0.3 * x + (i % 2 === 0 ? 10 : -10) * Math.floor(i / 2 / each));
  return { data, length: 2 };
}

describe("kMeans", () => {
  it("finds the middles of clouds that lie apart", () => {
    const { data } = kMeans(clouds(5, 40), 5, new Random(1));
    const middles = [0, 1, 2, 3, 4].map((i) => [data[2 * i] ?? 0, data[2 * i + 1] ?? 0] as const);
    const sorted = middles.sort(([a], [b]) => a - b);
    for (const [i, [x, y]] of sorted.entries()) {
      expect(Math.abs(x - 10 * i)).toBeLessThan(0.2);
      expect(Math.abs(y + 10 * i)).toBeLessThan(0.2);
    }
  });

  it("gives the mean as the only centre", () => {
    const points = clouds(2, 50);
    const { data } = kMeans(points, 1, new Random(1));
    const xs = points.data.filter((_, i) => i % 2 === 0);
    expect(data[0]).toBeCloseTo(xs.reduce((a, b) => a + b, 0) / xs.length, 3);
  });

  it("takes fewer different points than centres", () => {
    const points = { data: new Float32Array(20).fill(2), length: 2 };
    expect(kMeans(points, 3, new Random(1)).data).toEqual(new Float32Array(6).fill(2));
  });
});

it("nearest tells which centre is nearest", () => {
  const centres = { data: Float32Array.of(0, 0, 5, 5), length: 2 };
  expect(nearest({ data: Float32Array.of(1, 1, 4, 4), length: 2 }, 1, centres)).toBe(1);
});
