import { describe, expect, it } from "vitest";
import { Random } from "../base/random.ts";
import { type HostTensor, hostTensor } from "../base/tensor.ts";
import { gradients } from "../graph/gradients.ts";
import { interpret } from "../graph/interpret.ts";
import * as ops from "../graph/ops/index.ts";
import type { Value } from "../graph/value.ts";
import { adam, ema } from "./adam.ts";
import { AUGMENTATIONS, adaptAugment, augment, augmentInputs, sampleAugment } from "./augment.ts";
import { adversarialLosses, LOSS_NAMES, relativisticLoss } from "./losses.ts";
import { initialize, Parameters } from "./parameters.ts";
import { oneCentred, squaredGradientNorm } from "./penalties.ts";
import { cosineSchedule, emaBeta } from "./schedule.ts";

const f32 = (shape: readonly number[], ...data: number[]): HostTensor =>
  hostTensor("float32", shape, Float32Array.from(data));
const run = (value: Value, feeds: Record<string, HostTensor> = {}): number[] => [
  ...((interpret([value], feeds)[0] as HostTensor).data as Float64Array),
];

describe("losses and penalties", () => {
  it("pairs reals and fakes by index", () => {
    const loss = relativisticLoss(ops.constantOf([2, 1], [1, -1]), ops.constantOf([2, 1], [0, 3]));
    expect(run(loss)[0]).toBeCloseTo((Math.log1p(Math.exp(-1)) + Math.log1p(Math.exp(4))) / 2, 10);
  });

  const softplus = (x: number): number => Math.log1p(Math.exp(x));
  const mean = (real: number[], term: (x: number) => number): number =>
    real.reduce((sum, x) => sum + term(x), 0) / real.length;
  const [reals, fakes] = [
    [1.5, -0.25, 0.5, -1],
    [-2, 0.75, 0.125, 0.5],
  ];
  const expected: Record<(typeof LOSS_NAMES)[number], [D: number, G: number]> = {
    relativistic: [
      reals.reduce((sum, r, i) => sum + softplus((fakes[i] as number) - r), 0) / 4,
      reals.reduce((sum, r, i) => sum + softplus(r - (fakes[i] as number)), 0) / 4,
    ],
    nonsaturating: [
      mean(reals, (r) => softplus(-r)) + mean(fakes, softplus),
      mean(fakes, (f) => softplus(-f)),
    ],
    hinge: [
      mean(reals, (r) => Math.max(0, 1 - r)) + mean(fakes, (f) => Math.max(0, 1 + f)),
      -mean(fakes, (f) => f),
    ],
    leastsquares: [
      (mean(reals, (r) => (r - 1) ** 2) + mean(fakes, (f) => f ** 2)) / 2,
      mean(fakes, (f) => (f - 1) ** 2) / 2,
    ],
    wasserstein: [mean(fakes, (f) => f) - mean(reals, (r) => r), -mean(fakes, (f) => f)],
  };

  it.each(LOSS_NAMES)("follow the formula: %s", (name) => {
    const [real, fake] = [ops.constantOf([4, 1], reals), ops.constantOf([4, 1], fakes)];
    const { discriminator, generator } = adversarialLosses[name];
    expect(run(discriminator(real, fake))[0]).toBeCloseTo(expected[name][0], 10);
    expect(run(generator(fake, () => real))[0]).toBeCloseTo(expected[name][1], 10);
  });

  it("are smallest where the generator fools the discriminator", () => {
    const [low, high] = [ops.constantOf([1, 1], [-0.5]), ops.constantOf([1, 1], [0.5])];
    for (const { generator } of Object.values(adversarialLosses)) {
      const at = (fake: Value): number => run(generator(fake, () => ops.scalar(0)))[0] as number;
      expect(at(high)).toBeLessThan(at(low));
    }
  });

  it("penalises the distance of gradient norms from 1", () => {
    expect(run(oneCentred(ops.constantOf([3], [1, 4, 0.25])))).toEqual([
      expect.closeTo(0, 10),
      expect.closeTo(1, 10),
      expect.closeTo(0.25, 10),
    ]);
  });

  it("gives the squared gradient norm of each image, and its own gradient", () => {
    const images = ops.input("x", [2, 1, 1, 2]);
    const weight = ops.input("w", [2, 1]);
    const logits = ops.matmul(ops.square(ops.reshape(images, [2, 2])), weight); // D = w0 x0^2 + w1 x1^2
    const norms = squaredGradientNorm(logits, images);
    const feeds = { x: f32([2, 1, 1, 2], 1, 2, -1, 0.5), w: f32([2, 1], 3, -1) };
    expect(run(norms, feeds)).toEqual([36 + 16, 36 + 1]); // (2 w x)^2
    const [dw] = gradients(ops.reduceSum(norms), [weight]);
    expect(run(dw as Value, feeds)).toEqual([8 * 3 * 2, 8 * -1 * (4 + 0.25)]);
  });

  it("takes points of any shape, and refuses a value that the logits do not depend on", () => {
    const points = ops.input("x", [2, 3]);
    const logits = ops.reduceSum(ops.square(points), { axes: [1], keepdims: true });
    const feeds = { x: f32([2, 3], 1, 2, 3, 0, -1, 0.5) };
    expect(run(squaredGradientNorm(logits, points), feeds)).toEqual([4 * 14, 4 * 1.25]);
    expect(() => squaredGradientNorm(logits, ops.reshape(points, [2, 3, 1, 1]))).toThrow(
      /squaredGradientNorm: the logits do not depend on the Reshape value/,
    );
  });
});

describe("optimiser and averages", () => {
  it("follows Adam's formula over several steps", () => {
    let [p, v] = [0.5, 0];
    let tensors = { p: f32([1], p), v: f32([1], v) };
    for (let t = 1; t <= 5; t++) {
      const g = Math.sin(t) * p;
      const beta2 = 0.9 + 0.01 * t;
      const scalars = {
        learningRate: ops.scalar(0.1),
        beta2: ops.scalar(beta2),
        biasCorrection2: ops.scalar(1 - beta2 ** t),
      };
      const step = adam(
        ops.input("p", [1]),
        ops.mul(ops.input("p", [1]), Math.sin(t)),
        ops.input("v", [1]),
        scalars,
      );
      const [nextP, nextV] = interpret([step.parameter, step.moment2], tensors);
      v = beta2 * v + (1 - beta2) * g * g;
      p -= (0.1 * g) / (Math.sqrt(v / (1 - beta2 ** t)) + 1e-8);
      expect(nextP?.data[0]).toBeCloseTo(p, 6);
      tensors = { p: f32([1], nextP?.data[0] as number), v: f32([1], nextV?.data[0] as number) };
    }
  });

  it("moves an average by its rate", () => {
    expect(run(ema(ops.scalar(1), ops.scalar(3), ops.scalar(0.25)))).toEqual([1.5]);
    expect(emaBeta(1000, 1)).toBe(0.5);
    expect(emaBeta(32, 0)).toBe(0);
  });

  it("follows half a cosine and then stays", () => {
    expect(cosineSchedule([2, 1], 0, 100)).toBe(2);
    expect(cosineSchedule([2, 1], 50, 100)).toBeCloseTo(1.5, 12);
    expect(cosineSchedule([2, 1], 25, 100)).toBeCloseTo(1 + 0.5 * (1 + Math.SQRT1_2), 12);
    expect(cosineSchedule([2, 1], 300, 100)).toBe(1);
  });
});

describe("parameters", () => {
  it("are declared once, start from their own streams and refuse another shape", () => {
    const p = new Parameters("G");
    expect(p.at("a").get("w", [2, 3], 1)).toBe(p.at("a").get("w", [2, 3], 1));
    expect(() => p.at("a").get("w", [3, 2], 1)).toThrow(/G\/a\/w: declared with shape \[2, 3\]/);
    p.get("bias", [4], 0);
    const before = initialize(p.list(), new Random(1));
    p.get("another", [5], 1);
    const after = initialize(p.list(), new Random(1));
    expect(after.get("G/a/w")?.data).toEqual(before.get("G/a/w")?.data);
    expect([...(before.get("G/bias")?.data ?? [])]).toEqual([0, 0, 0, 0]);
    expect(p.count).toBe(15);
  });
});

describe("augmentation", () => {
  const size = 8;
  const batch = 2;
  const images = ops.input("images", [batch, 3, size, size]);
  const picture = hostTensor(
    "float32",
    images.shape,
    new Random(4).fillNormal(new Float32Array(batch * 3 * size * size)),
  );
  const square = { width: size, height: size };
  const apply = (feeds: Record<string, HostTensor>): number[] =>
    run(augment(images, augmentInputs("a", batch), AUGMENTATIONS), { images: picture, ...feeds });
  const identity = {
    "a/geometry": f32([2, 2, 3], ...[1, 0, 0, 0, 1, 0], ...[1, 0, 0, 0, 1, 0]),
    "a/color": f32([2, 3, 4], ...[0, 1].flatMap(() => [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0])),
    "a/cutout": hostTensor("float32", [2, 4]),
  };
  const at = (data: ArrayLike<number>, n: number, c: number, y: number, x: number): number =>
    data[((n * 3 + c) * size + y) * size + x] as number;

  it("leaves pictures as they are at strength 0", () => {
    const out = apply(sampleAugment("a", new Random(3), AUGMENTATIONS, 0, batch, square));
    for (const [i, v] of out.entries()) expect(v).toBeCloseTo(picture.data[i] as number, 5);
  });

  it("flips, shifts with mirrored edges, recolours and cuts exactly", () => {
    const geometry = f32([2, 2, 3], ...[-1, 0, 0, 0, 1, 0], ...[1, 0, 2, 0, 1, -1]);
    const out = apply({ ...identity, "a/geometry": geometry });
    expect(at(out, 0, 1, 3, 1)).toBeCloseTo(at(picture.data as Float32Array, 0, 1, 3, 6), 5);
    expect(at(out, 1, 0, 4, 3)).toBeCloseTo(at(picture.data as Float32Array, 1, 0, 3, 5), 5);
    // Two to the right of the last column lies its mirror image: the last but one.
    expect(at(out, 1, 0, 4, 7)).toBeCloseTo(at(picture.data as Float32Array, 1, 0, 3, 6), 5);
    const color = f32([2, 3, 4], ...[0, 1].flatMap(() => [0, 1, 0, 0.5, 1, 0, 0, 0, 0, 0, 2, 0]));
    const recoloured = apply({ ...identity, "a/color": color });
    expect(at(recoloured, 0, 0, 2, 2)).toBeCloseTo(
      at(picture.data as Float32Array, 0, 1, 2, 2) + 0.5,
      5,
    );
    expect(at(recoloured, 1, 2, 5, 2)).toBeCloseTo(
      at(picture.data as Float32Array, 1, 2, 5, 2) * 2,
      5,
    );
    const cut = apply({ ...identity, "a/cutout": f32([2, 4], 0, 0, 2, 2, 0, 0, 0, 0) });
    expect([at(cut, 0, 0, 3, 3), at(cut, 0, 2, 5, 5)].map(Math.abs)).toEqual([0, 0]);
    expect(at(cut, 0, 0, 1, 3)).not.toBe(0);
    expect(at(cut, 1, 0, 3, 3)).not.toBe(0);
  });

  it("passes gradients to the pictures, to second order", () => {
    const feeds = {
      images: picture,
      ...sampleAugment("a", new Random(9), AUGMENTATIONS, 1, batch, square),
    };
    const y = augment(images, augmentInputs("a", batch), AUGMENTATIONS);
    const weight = ops.constantOf(
      y.shape,
      new Random(5).fillNormal(new Float32Array(y.shape.reduce((a, b) => a * b))),
    );
    const loss = ops.reduceSum(ops.mul(ops.square(y), weight));
    const [gradient] = gradients(loss, [images]);
    const norm = ops.reduceSum(ops.square(gradient as Value));
    const [second] = gradients(norm, [images]);
    const check = (f: Value, slope: Value): void => {
      const slopes = run(slope, feeds);
      for (const i of [0, 37, 100, 191, 300]) {
        const nudged = (h: number): number => {
          const data = picture.data.slice() as Float32Array;
          data[i] = (data[i] as number) + h;
          return run(f, {
            ...feeds,
            images: hostTensor("float32", picture.shape, data),
          })[0] as number;
        };
        const h = 2 ** -9;
        expect((nudged(h) - nudged(-h)) / (2 * h)).toBeCloseTo(slopes[i] as number, 2);
      }
    };
    check(loss, gradient as Value);
    check(norm, second as Value);
  });

  it("applies each kind about as often as its strength says", () => {
    const p = 0.4;
    const { "a/cutout": cutout, "a/geometry": geometry } = sampleAugment(
      "a",
      new Random(1),
      ["xflip", "cutout"],
      p,
      4000,
      square,
    );
    const cuts =
      (cutout!.data as Float32Array).filter((v, i) => i % 4 === 2 && v > 0).length / 4000;
    const flips =
      (geometry!.data as Float32Array).filter((v, i) => i % 6 === 0 && v < 0).length / 4000;
    expect(cuts).toBeCloseTo(p, 1);
    expect(flips).toBeCloseTo(p / 2, 1);
  });

  it("adapts towards the target", () => {
    expect(adaptAugment(0.1, 0.9, 1000)).toBeCloseTo(0.11, 10);
    expect(adaptAugment(0.1, 0.3, 1000)).toBeCloseTo(0.09, 10);
    expect(adaptAugment(0, 0.3, 1000)).toBe(0);
  });
});
