import { expect, it } from "vitest";
import { Random } from "../base/random.ts";
import type { Features } from "./features.ts";
import { kernelSumsAcross, kernelSumsWithin } from "./kernel-sums.ts";
import type { Matrix } from "./row-products.ts";

const WIDTH = 5;
const CHOICES = 3;

const features = (seed: number, count: number): Features => ({
  count,
  width: WIDTH,
  data: new Random(seed).fillNormal(new Float32Array(count * WIDTH)),
});

function members(seed: number, rows: number): Matrix {
  const random = new Random(seed);
  const data = new Float64Array(rows * CHOICES).map(() => random.integer(2));
  return { rows, columns: CHOICES, data };
}

function kernel(x: Features, i: number, y: Features, j: number): number {
  let product = 0;
  for (let k = 0; k < WIDTH; k++)
    product += (x.data[i * WIDTH + k] as number) * (y.data[j * WIDTH + k] as number);
  return (product / WIDTH + 1) ** 3;
}

/** The definition, pair by pair. */
function expected(x: Features, y: Features, u: Matrix, v: Matrix, same: boolean): number[] {
  const sums = new Array<number>(CHOICES).fill(0);
  for (let i = 0; i < x.count; i++)
    for (let j = 0; j < y.count; j++) {
      if (same && i === j) continue;
      for (let s = 0; s < CHOICES; s++)
        (sums[s] as number) +=
          (u.data[i * CHOICES + s] as number) *
          kernel(x, i, y, j) *
          (v.data[j * CHOICES + s] as number);
    }
  return sums;
}

function expectNear(actual: Float64Array, wanted: readonly number[]): void {
  for (const [s, value] of actual.entries())
    expect(Math.abs(value / (wanted[s] as number) - 1)).toBeLessThan(1e-6);
}

// More rows than a band, and no multiple of it.
const [x, y] = [features(1, 600), features(2, 300)];
const [u, v] = [members(3, 600), members(4, 300)];

it("sums the kernel over all pairs of two sets, for each choice of pictures", async () => {
  expectNear(await kernelSumsAcross(x, y, u, v), expected(x, y, u, v, false));
});

it("sums the kernel over all pairs of different pictures of one set", async () => {
  expectNear(await kernelSumsWithin(x, u), expected(x, x, u, u, true));
});
