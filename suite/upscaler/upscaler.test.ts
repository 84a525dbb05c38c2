import { describe, expect, test } from "vitest";
import { ort } from "#platform";
import { Random } from "../../src/base/random.ts";
import { hostTensor } from "../../src/base/tensor.ts";
import { interpret } from "../../src/graph/interpret.ts";
import * as ops from "../../src/graph/ops/index.ts";
import { createSession } from "../../src/metrics/session.ts";
import { initialize, Parameters } from "../../src/nn/parameters.ts";
import { exportUpscaler } from "./export.ts";
import { MARGIN, spline, upscaler } from "./network.ts";
import { drawPairs, LARGE, readPhotos, SMALL } from "./photos.ts";

const [height, width] = [4, 6];
const shape = [1, 3, height + 2 * MARGIN, width + 2 * MARGIN];
const small = ops.input("small", shape);

describe("the network", () => {
  test("is the same in its file as in its graph", async () => {
    const p = new Parameters("U");
    const graph = upscaler(p, small);
    const random = new Random(1);
    const weights = initialize(
      p.list().map((one) => ({ ...one, std: Math.max(one.std, 0.05) })), // biases and details too
      random,
    );
    const picture = hostTensor("float32", shape);
    picture.data.forEach((_, i) => {
      picture.data[i] = random.uniform();
    });
    const [expected] = interpret([graph], { small: picture, ...Object.fromEntries(weights) });
    const session = await createSession(exportUpscaler(weights));
    const { large } = await session.run({
      small: new ort.Tensor("float32", picture.data, shape),
    });
    await session.release();
    expect(large?.dims).toEqual([1, 3, 2 * height, 2 * width]);
    const data = large?.data as Float32Array;
    expect(data.every((x, i) => Math.abs(x - Number(expected?.data[i])) < 1e-5)).toBe(true);
  });

  test("begins with a spline that keeps a ramp as it is", () => {
    const ramp = hostTensor("float32", shape);
    const across = width + 2 * MARGIN;
    ramp.data.forEach((_, i) => {
      ramp.data[i] = (i % across) - MARGIN;
    });
    const [large] = interpret([spline(small)], { small: ramp });
    for (let x = 0; x < 2 * width; x++)
      expect(Number(large?.data[x])).toBeCloseTo((x + 0.5) / 2 - 0.5, 5);
  });
});

test("small pictures show what the large ones do, and the same seed draws the same", async () => {
  const { train, heldOut } = await readPhotos(16);
  expect([train.length, heldOut.length]).toEqual([14, 2]);
  const pairs = await drawPairs(train, 4, new Random(2));
  const again = await drawPairs(train, 4, new Random(2));
  expect(Buffer.from(again.small.buffer).equals(Buffer.from(pairs.small.buffer))).toBe(true);
  expect(Buffer.from(again.large.buffer).equals(Buffer.from(pairs.large.buffer))).toBe(true);
  const inner = SMALL + 2 * MARGIN;
  /** Of the mean of four large pixels to the small one that lies `dx` and `dy` from its place. */
  const difference = (dx: number, dy: number): number => {
    let sum = 0;
    for (let i = 0; i < 12 * SMALL ** 2; i++) {
      const [plane, place] = [Math.floor(i / SMALL ** 2), i % SMALL ** 2];
      const [x, y] = [place % SMALL, Math.floor(place / SMALL)];
      const at = plane * LARGE ** 2 + 2 * y * LARGE + 2 * x;
      const four = [at, at + 1, at + LARGE, at + LARGE + 1].map((k) => pairs.large[k] as number);
      const mean = four.reduce((a, b) => a + b) / 4;
      const to = plane * inner ** 2 + (y + dy + MARGIN) * inner + x + dx + MARGIN;
      sum += Math.abs(mean - (pairs.small[to] as number));
    }
    return sum;
  };
  const shifts = [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
  ] as const;
  for (const [dx, dy] of shifts) expect(difference(dx, dy)).toBeGreaterThan(1.2 * difference(0, 0));
});
