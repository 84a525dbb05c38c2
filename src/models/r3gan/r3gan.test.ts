import { describe, expect, it } from "vitest";
import { Random } from "../../base/random.ts";
import { hostTensor } from "../../base/tensor.ts";
import { interpret } from "../../graph/interpret.ts";
import { input } from "../../graph/ops/index.ts";
import { initialize, Parameters } from "../../nn/parameters.ts";
import type { Architecture } from "../family.ts";
import { discriminator } from "./discriminator.ts";
import { generator } from "./generator.ts";

function networks(architecture: Architecture): {
  G: Parameters;
  D: Parameters;
  shapes: (readonly number[])[];
} {
  const [G, D] = [new Parameters("G"), new Parameters("D")];
  const c = architecture.classes === 0 ? undefined : input("c", [2, architecture.classes]);
  const images = generator(G, architecture, input("z", [2, architecture.latent]), c);
  const logits = discriminator(D, architecture, images, c);
  return { G, D, shapes: [images.shape, logits.shape] };
}

const base = {
  family: "r3gan",
  channels: 3,
  latent: 64,
  blocks: 2,
  expansion: 2,
  groupSize: 16,
} as const;

describe("R3GAN", () => {
  // Millions of weights of the published networks: arXiv:2501.05441, computed from its configurations.
  it.each([
    [
      "CIFAR-10",
      { ...base, height: 32, width: 32, classes: 10, widths: [768, 768, 768, 768] },
      20.8,
      21.3,
    ],
    [
      "FFHQ-64",
      { ...base, height: 64, width: 64, classes: 0, widths: [768, 768, 768, 768, 384] },
      22.4,
      22.4,
    ],
    [
      "FFHQ-256",
      { ...base, height: 256, width: 256, classes: 0, widths: [768, 768, 768, 768, 384, 192, 96] },
      23.06,
      23.01,
    ],
  ])("has the published number of weights: %s", (_, architecture, weightsG, weightsD) => {
    const { G, D, shapes } = networks(architecture);
    expect(G.count / 1e6).toBeCloseTo(weightsG, 1);
    expect(D.count / 1e6).toBeCloseTo(weightsD, 1);
    expect(shapes).toEqual([
      [2, 3, architecture.height, architecture.width],
      [2, 1],
    ]);
  });

  it("starts with images and logits of ordinary size, and as an identity in every block", () => {
    const architecture = { ...base, height: 28, width: 28, classes: 3, widths: [32, 16, 16] };
    const [G, D] = [new Parameters("G"), new Parameters("D")];
    const c = input("c", [8, 3]);
    const images = generator(G, architecture, input("z", [8, 64]), c);
    const logits = discriminator(D, architecture, images, c);
    const labels = hostTensor("float32", [8, 3]);
    for (let i = 0; i < 8; i++) labels.data[i * 3 + (i % 3)] = 1;
    const feeds = {
      z: hostTensor("float32", [8, 64], new Random(1).fillNormal(new Float32Array(8 * 64))),
      c: labels,
      ...Object.fromEntries(initialize([...G.list(), ...D.list()], new Random(0))),
    };
    const rms = (data: Float64Array): number =>
      Math.sqrt(data.reduce((s, v) => s + v * v, 0) / data.length);
    const [pictures, judged] = interpret([images, logits], feeds);
    expect(rms(pictures?.data as Float64Array)).toBeGreaterThan(0.2);
    expect(rms(pictures?.data as Float64Array)).toBeLessThan(3);
    expect(rms(judged?.data as Float64Array)).toBeLessThan(10);
    const lastConvolutions = G.list().filter((p) => p.name.endsWith("conv3"));
    expect(lastConvolutions).toHaveLength(6);
    expect(lastConvolutions.every((p) => p.std === 0)).toBe(true);
  });
});
