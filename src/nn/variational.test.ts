import { describe, expect, it } from "vitest";
import { Random } from "../base/random.ts";
import { type HostTensor, hostTensor } from "../base/tensor.ts";
import { gradients } from "../graph/gradients.ts";
import { interpret } from "../graph/interpret.ts";
import { add, constantOf, input, matmul, mul, reduceSum } from "../graph/ops/index.ts";
import type { Value } from "../graph/value.ts";
import {
  calibratedError,
  chargedDivergence,
  divergence,
  meanSquaredError,
  sampleCode,
} from "./variational.ts";

const N = 3;
const LATENT = 2;
const PIXELS = 4;

const f64 = (shape: readonly number[], data: readonly number[]): HostTensor =>
  hostTensor("float64", shape, Float64Array.from(data));
const run = (value: Value, feeds: Record<string, HostTensor> = {}): number[] => [
  ...((interpret([value], feeds)[0] as HostTensor).data as Float64Array),
];

const random = new Random(5);
const normal = (n: number): number[] =>
  Array.from({ length: n }, () => random.fillNormal(new Float32Array(1))[0] as number);

/** A linear decoder, so that everything has a closed form. */
const shapes = {
  mean: [N, LATENT],
  logVariance: [N, LATENT],
  noise: [N, LATENT],
  x: [N, PIXELS],
  decoder: [LATENT, PIXELS],
} as const;
const values = Object.fromEntries(
  Object.entries(shapes).map(([name, [a, b]]) => [name, normal(a * b)]),
) as Record<keyof typeof shapes, number[]>;
const inputs = Object.fromEntries(
  Object.entries(shapes).map(([name, shape]) => [name, input(name, shape)]),
) as Record<keyof typeof shapes, Value>;
const feedsOf = (from: typeof values): Record<string, HostTensor> =>
  Object.fromEntries(
    Object.entries(from).map(([name, data]) => [
      name,
      f64(shapes[name as keyof typeof shapes], data),
    ]),
  );

/** The bound with a beta of 0.7 and 0.3 free nats. */
function bound(freeBits: number): Value {
  const { mean, logVariance, noise, x, decoder } = inputs;
  const posterior = { mean, logVariance };
  const error = meanSquaredError(x, matmul(sampleCode(posterior, noise), decoder));
  return add(calibratedError(error), mul(chargedDivergence(divergence(posterior), freeBits), 0.7));
}

/** The same in numbers. */
function boundOf(v: typeof values, freeBits: number): number {
  const at = (name: keyof typeof shapes, i: number, j: number): number =>
    v[name][i * shapes[name][1] + j] as number;
  let squares = 0;
  const kl = [0, 0];
  for (let n = 0; n < N; n++) {
    const code = kl.map((_, j) => {
      const [m, s] = [at("mean", n, j), at("logVariance", n, j)];
      kl[j] = (kl[j] as number) + (m * m + Math.exp(s) - 1 - s) / 2 / N;
      return m + Math.exp(s / 2) * at("noise", n, j);
    });
    for (let k = 0; k < PIXELS; k++) {
      const y = code.reduce((sum, z, j) => sum + z * at("decoder", j, k), 0);
      squares += (at("x", n, k) - y) ** 2;
    }
  }
  const charged = kl.reduce((sum, d) => sum + Math.max(d, freeBits), 0);
  return Math.log(squares / (N * PIXELS) + 1e-5) / 2 + 0.7 * charged;
}

describe("the evidence lower bound", () => {
  it.each([0, 0.3])("and its gradient are those of the formula with %s nats free", (freeBits) => {
    const loss = bound(freeBits);
    const feeds = feedsOf(values);
    // Constants of a graph are float32.
    expect(run(loss, feeds)[0]).toBeCloseTo(boundOf(values, freeBits), 6);
    const names = ["mean", "logVariance", "decoder"] as const;
    const slopes = gradients(
      loss,
      names.map((name) => inputs[name]),
    );
    const step = 1e-5;
    for (const [k, name] of names.entries()) {
      for (const [i, slope] of run(slopes[k] as Value, feeds).entries()) {
        const moved = (by: number): number =>
          boundOf(
            { ...values, [name]: values[name].map((x, j) => (j === i ? x + by : x)) },
            freeBits,
          );
        expect(slope).toBeCloseTo((moved(step) - moved(-step)) / (2 * step), 6);
      }
    }
  });

  it("is 0 for codes that follow the normal distribution, and known for others", () => {
    const kl = (mean: number, variance: number): number[] =>
      run(
        divergence({
          mean: constantOf([2, 1], [mean, mean]),
          logVariance: constantOf([2, 1], [Math.log(variance), Math.log(variance)]),
        }),
      );
    expect(kl(0, 1)[0]).toBeCloseTo(0, 10);
    expect(kl(2, 1)[0]).toBeCloseTo(2, 10);
    expect(kl(0, 4)[0]).toBeCloseTo((4 - 1 - Math.log(4)) / 2, 6);
  });

  it("does not pull at numbers below their free divergence", () => {
    const divergences = input("kl", [3]);
    const loss = chargedDivergence(divergences, 0.5);
    const feeds = { kl: f64([3], [0.1, 0.6, 2]) };
    expect(run(loss, feeds)).toEqual([expect.closeTo(0.5 + 0.6 + 2, 10)]);
    expect(run(gradients(loss, [divergences])[0] as Value, feeds)).toEqual([0, 1, 1]);
  });

  it("weighs an error by the variance that fits it best", () => {
    // d(log(e) / 2) = de / (2 e): the slope of the normal likelihood with variance e.
    const error = input("e", []);
    const [slope] = gradients(reduceSum(calibratedError(error)), [error]);
    expect(run(slope as Value, { e: f64([], [0.25]) })[0]).toBeCloseTo(2, 3);
  });
});
