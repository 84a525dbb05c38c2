import { describe, expect, it } from "vitest";
import { DatasetError, ShapeError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import { type Features, selectRows } from "./features.ts";
import { FeatureStatistics, gaussianOf } from "./statistics.ts";

/** Small deviations from a large mean, where one-pass sums of squares fail. */
function features(count: number, width: number): Features {
  const data = new Random(4).fillNormal(new Float32Array(count * width)).map((x) => 1000 + x);
  return { count, width, data };
}

const rows = (set: Features, from: number, to: number): Features =>
  selectRows(
    set,
    Array.from({ length: to - from }, (_, i) => from + i),
  );

/** Two passes in double precision. */
function covarianceOf({ data, count, width }: Features, i: number, j: number): number {
  const at = (row: number, column: number): number => data[row * width + column] as number;
  const mean = (column: number): number =>
    Array.from({ length: count }, (_, row) => at(row, column)).reduce((a, b) => a + b, 0) / count;
  const [mi, mj] = [mean(i), mean(j)];
  let sum = 0;
  for (let row = 0; row < count; row++) sum += (at(row, i) - mi) * (at(row, j) - mj);
  return sum / (count - 1);
}

describe("FeatureStatistics", () => {
  it("is exact for any division into blocks and streams", async () => {
    const set = features(1500, 5); // more than one block
    const [whole, left, right] = [1, 2, 3].map(() => new FeatureStatistics(5)) as [
      FeatureStatistics,
      FeatureStatistics,
      FeatureStatistics,
    ];
    await whole.add(set);
    await left.add(rows(set, 0, 1));
    await left.add(rows(set, 1, 700));
    await right.add(rows(set, 700, 1500));
    left.merge(right);
    left.merge(new FeatureStatistics(5));
    const [a, b] = [whole.finish(), left.finish()];
    expect(b.count).toBe(1500);
    for (let i = 0; i < 5; i++) {
      expect(Math.abs((b.mean[i] as number) - (a.mean[i] as number))).toBeLessThan(1e-10);
      for (let j = 0; j < 5; j++) {
        const expected = covarianceOf(set, i, j);
        expect(Math.abs((a.covariance[i * 5 + j] as number) - expected)).toBeLessThan(1e-10);
        expect(Math.abs((b.covariance[i * 5 + j] as number) - expected)).toBeLessThan(1e-10);
      }
    }
  });

  it("refuses what it cannot use", async () => {
    const statistics = new FeatureStatistics(3);
    await expect(statistics.add(features(4, 2))).rejects.toThrow(ShapeError);
    const broken = features(4, 3);
    broken.data[7] = Number.NaN;
    await expect(statistics.add(broken)).rejects.toThrow("given picture 2 hold NaN");
    expect(() => statistics.merge(new FeatureStatistics(2))).toThrow(ShapeError);
    await statistics.add(features(1, 3));
    expect(() => statistics.finish()).toThrow(DatasetError);
    await expect(gaussianOf({ count: 2, width: 2, data: new Float32Array(3) })).rejects.toThrow(
      "3 numbers, expected 2 x 2",
    );
  });
});
