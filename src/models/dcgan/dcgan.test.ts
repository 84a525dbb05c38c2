import { describe, expect, it } from "vitest";
import { Random } from "../../base/random.ts";
import { type HostTensor, hostTensor } from "../../base/tensor.ts";
import { interpret } from "../../graph/interpret.ts";
import { input } from "../../graph/ops/index.ts";
import type { Value } from "../../graph/value.ts";
import { initialize, Parameters } from "../../nn/parameters.ts";
import type { Architecture } from "../family.ts";
import { discriminator } from "./discriminator.ts";
import { generator } from "./generator.ts";

const base: Architecture = {
  family: "dcgan",
  latent: 4,
  blocks: 1,
  expansion: 1,
  groupSize: 0,
  classes: 0,
  channels: 3,
  height: 14,
  width: 14,
  widths: [8, 4],
};

const normal = (seed: number, ...shape: number[]): HostTensor<"float32"> => {
  const size = shape.reduce((a, b) => a * b, 1);
  return hostTensor("float32", shape, new Random(seed).fillNormal(new Float32Array(size)));
};
const run = (value: Value, feeds: Record<string, HostTensor>): number[] => [
  ...((interpret([value], feeds)[0] as HostTensor).data as Float64Array),
];

describe("DCGAN", () => {
  it.each([
    [28, [128, 64, 32], 0],
    [64, [64, 32, 16, 8, 4], 0],
    [32, [32, 16, 8, 4], 3],
  ])("makes and judges pictures of %s pixels", (side, widths, classes) => {
    const architecture = { ...base, height: side, width: side, widths, classes };
    const c = classes === 0 ? undefined : input("c", [2, classes]);
    const images = generator(new Parameters("G"), architecture, input("z", [2, 4]), c);
    expect(images.shape).toEqual([2, 3, side, side]);
    expect(discriminator(new Parameters("D"), architecture, images, c).shape).toEqual([2, 1]);
  });

  it("judges each picture by itself, as gradient penalties need it", () => {
    const D = new Parameters("D");
    const logits = (n: number): Value =>
      discriminator(D, base, input("images", [n, 3, 14, 14]), undefined);
    const [three, one] = [logits(3), logits(1)];
    const weights = Object.fromEntries(initialize(D.list(), new Random(0)));
    const images = normal(1, 3, 3, 14, 14);
    const first = hostTensor("float32", [1, 3, 14, 14], images.data.slice(0, 588));
    const alone = run(one, { ...weights, images: first })[0] as number;
    expect(run(three, { ...weights, images })[0]).toBeCloseTo(alone, 10);
  });

  it("uses running statistics outside training: a picture does not depend on its neighbours", () => {
    const G = new Parameters("G");
    const images = generator(G, base, input("z", [2, 4]));
    const weights = Object.fromEntries(initialize(G.list(), new Random(0)));
    const picture = (other: number): number[] => {
      const z = normal(1, 2, 4);
      z.data.fill(other, 4);
      return run(images, { ...weights, z }).slice(0, 588);
    };
    expect(picture(0)).toEqual(picture(5));

    const updated: string[] = [];
    const training = G.during({
      noise: (name, shape) => input(name, shape),
      update: (name) => void updated.push(name),
    });
    const inBatch = generator(training, base, input("z", [2, 4]));
    const z = (other: number): HostTensor<"float32"> => {
      const tensor = normal(1, 2, 4);
      tensor.data.fill(other, 4);
      return tensor;
    };
    expect(run(inBatch, { ...weights, z: z(0) })[0]).not.toBeCloseTo(
      run(inBatch, { ...weights, z: z(5) })[0] as number,
      6,
    );
    expect(updated).toEqual([
      "G/norm7/mean",
      "G/norm7/variance",
      "G/norm14/mean",
      "G/norm14/variance",
    ]);
  });
});
