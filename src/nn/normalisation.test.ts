import { describe, expect, it } from "vitest";
import { type HostTensor, hostTensor } from "../base/tensor.ts";
import { gradients } from "../graph/gradients.ts";
import { interpret } from "../graph/interpret.ts";
import { input, mul, reduceSum } from "../graph/ops/index.ts";
import type { Value } from "../graph/value.ts";
import golden from "./goldens/batch-norm.json" with { type: "json" };
import { batchNorm, spectralNorm } from "./normalisation.ts";
import { Parameters } from "./parameters.ts";

const SHAPE = [4, 3, 2, 3];
const f64 = (shape: readonly number[], data: readonly number[] = []): HostTensor =>
  hostTensor("float64", shape, Float64Array.from(data));
const dataOf = (tensor: HostTensor | undefined): number[] => [
  ...((tensor as HostTensor).data as Float64Array),
];

/** Constants of a graph are float32: a tenth is one to 8 digits. */
function expectClose(actual: number[], expected: readonly number[] = []): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, x] of expected.entries()) expect(actual[i]).toBeCloseTo(x, 6);
}

/** Made by scripts/golden/batch-norm.py. */
describe("batch normalisation", () => {
  const start = {
    "G/n/scale": f64([3], golden.scale),
    "G/n/shift": f64([3], golden.shift),
    "G/n/mean": f64([3], [0, 0, 0]),
    "G/n/variance": f64([3], [1, 1, 1]),
  };

  it("gives PyTorch's results, gradients and running statistics", () => {
    let feeds: Record<string, HostTensor> = start;
    for (const step of golden.steps) {
      const updates = new Map<string, Value>();
      const plain = new Parameters("G");
      const p = plain.during({
        noise: (name, shape) => input(name, shape),
        update: (name, value) => void updates.set(name, value),
      });
      const x = input("x", SHAPE);
      const y = batchNorm(p, "n", x);
      const parameter = (name: string): Value =>
        plain.list().find((known) => known.name === name)?.value as Value;
      const wrt = [x, parameter("G/n/scale"), parameter("G/n/shift")];
      const slopes = gradients(reduceSum(mul(y, input("cotangent", SHAPE))), wrt);
      const next = ["G/n/mean", "G/n/variance"].map((name) => updates.get(name) as Value);
      const all = { x: f64(SHAPE, step.x), cotangent: f64(SHAPE, step.cotangent) };
      const [result, dx, dscale, dshift, mean, variance] = interpret([y, ...slopes, ...next], {
        ...feeds,
        ...all,
      }).map(dataOf) as [number[], number[], number[], number[], number[], number[]];
      expectClose(result, step.y);
      expectClose(dx, step.dx);
      expectClose(dscale, step.dscale);
      expectClose(dshift, step.dshift);
      expectClose(mean, step.mean);
      expectClose(variance, step.variance);
      feeds = { ...feeds, "G/n/mean": f64([3], mean), "G/n/variance": f64([3], variance) };
    }
    const used = batchNorm(new Parameters("G"), "n", input("x", SHAPE));
    const [y] = interpret([used], { ...feeds, x: f64(SHAPE, golden.use.x) });
    expectClose(dataOf(y), golden.use.y);
  });

  it("keeps its statistics as buffers", () => {
    const p = new Parameters("G");
    batchNorm(p, "n", input("x", [2, 5]));
    expect(p.list().map(({ name, trained }) => [name, trained])).toEqual([
      ["G/n/mean", false],
      ["G/n/variance", false],
      ["G/n/scale", true],
      ["G/n/shift", true],
    ]);
  });
});

describe("spectral normalisation", () => {
  it("gives weights the largest singular value 1, and a gradient that keeps it there", () => {
    // Singular values 3 and 1 before.
    const feeds: Record<string, HostTensor> = { w: f64([2, 2, 1, 1], [0, -3, 1, 0]) };
    const plain = new Parameters("D");
    let left: number[] = [0.6, 0.8];
    let slope: number[] = [];
    let normalised: number[] = [];
    for (let step = 0; step < 20; step++) {
      let next: Value | undefined;
      const p = plain.during({
        noise: (name, shape) => input(name, shape),
        update: (_, value) => {
          next = value;
        },
      });
      const w = input("w", [2, 2, 1, 1]);
      const y = spectralNorm(p, "n", w);
      const [dw] = gradients(reduceSum(mul(y, input("cotangent", [2, 2, 1, 1]))), [w]);
      [normalised = [], slope = [], left = []] = interpret([y, dw as Value, next as Value], {
        ...feeds,
        "D/n": f64([1, 2], left),
        cotangent: f64([2, 2, 1, 1], [0, 0, 1, 0]),
      }).map(dataOf);
    }
    expectClose(normalised, [0, -1, 1 / 3, 0]);
    // d(W / sigma) = dW / sigma - W / sigma^2 u^T dW v
    expectClose(slope, [0, 1 / 9, 1 / 3, 0]);
    expect(plain.list()).toMatchObject([{ name: "D/n", trained: false }]);
  });
});
