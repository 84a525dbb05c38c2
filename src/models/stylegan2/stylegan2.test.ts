import { describe, expect, it } from "vitest";
import { Random } from "../../base/random.ts";
import { type HostTensor, hostTensor } from "../../base/tensor.ts";
import { gradients } from "../../graph/gradients.ts";
import { interpret } from "../../graph/interpret.ts";
import { expand, input, mul, reduceSum, reshape } from "../../graph/ops/index.ts";
import type { Value } from "../../graph/value.ts";
import { initialize, type Parameter, Parameters } from "../../nn/parameters.ts";
import type { Architecture } from "../family.ts";
import { emptyNetworks, PhaseContext } from "../phase-context.ts";
import { discriminator } from "./discriminator.ts";
import { generator } from "./generator.ts";
import { stylegan2 } from "./index.ts";
import { mapping } from "./mapping.ts";
import { pathLengths } from "./path-length.ts";
import { mixedImages } from "./styles.ts";
import { synthesis } from "./synthesis.ts";

const base = { family: "stylegan2", classes: 0, blocks: 1, expansion: 1, groupSize: 0 } as const;

function architectureOf(
  resolution: number,
  widths: readonly number[],
  { classes = 0, latent = 512, mappingLayers = 8 } = {},
): Architecture {
  const extra = { styles: latent, mappingLayers, classLayers: mappingLayers, clamp: 0, group: 4 };
  const size = { channels: 3, height: resolution, width: resolution };
  return { ...base, ...size, widths, classes, latent, extra };
}

/** Channels a stage: `min(base / resolution, 512)`. */
function published(resolution: number, channels: number): number[] {
  const stages = Math.log2(resolution) - 1;
  return Array.from({ length: stages }, (_, i) => Math.min(512, channels / 2 ** (i + 2)));
}

const tiny = architectureOf(8, [6, 4], { latent: 5, mappingLayers: 2 });

const random = (name: string, shape: readonly number[]): HostTensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  return hostTensor("float32", shape, new Random(1).split(name).fillNormal(new Float32Array(size)));
};

/** Weights that leave nothing at zero, so that a missing part would show. */
function weights(parameters: readonly Parameter[]): Record<string, HostTensor> {
  const noisy = parameters.map((p) => ({ ...p, std: p.std || 0.1 }));
  return Object.fromEntries(initialize(noisy, new Random(0)));
}

const dataOf = (value: Value, feeds: Readonly<Record<string, HostTensor>>): Float64Array =>
  interpret([value], feeds)[0]?.data as Float64Array;

describe("StyleGAN2", () => {
  // Millions of weights of the published networks, from what the published code prints: mapping and synthesis, discriminator.
  it.each([
    ["256 pixels, channel_base 16384", 256, 16384, 24.77, 24.0],
    ["1024 pixels, channel_base 32768", 1024, 32768, 30.37, 29.01],
  ])("has the published number of weights: %s", (_, resolution, channels, weightsG, weightsD) => {
    const architecture = architectureOf(resolution, published(resolution, channels));
    const [G, D] = [new Parameters("G"), new Parameters("D")];
    const images = generator(G, architecture, input("z", [4, 512]));
    const logits = discriminator(D, architecture, images);
    expect(images.shape).toEqual([4, 3, resolution, resolution]);
    expect(logits.shape).toEqual([4, 1]);
    expect(G.count / 1e6).toBeCloseTo(weightsG, 1);
    expect(D.count / 1e6).toBeCloseTo(weightsD, 1);
  });

  it("starts with images and logits of ordinary size at any start size, with classes", () => {
    const architecture = architectureOf(12, [32, 16], { classes: 3, latent: 16, mappingLayers: 2 });
    const [G, D] = [new Parameters("G"), new Parameters("D")];
    const c = input("c", [8, 3]);
    const images = generator(G, architecture, input("z", [8, 16]), c);
    const logits = discriminator(D, architecture, images, c);
    const labels = hostTensor("float32", [8, 3]);
    for (let i = 0; i < 8; i++) labels.data[i * 3 + (i % 3)] = 1;
    const feeds = {
      z: random("z", [8, 16]),
      c: labels,
      ...Object.fromEntries(initialize([...G.list(), ...D.list()], new Random(0))),
    };
    const rms = (data: Float64Array): number =>
      Math.sqrt(data.reduce((s, v) => s + v * v, 0) / data.length);
    const size = rms(dataOf(images, feeds));
    expect(size).toBeGreaterThan(0.2);
    expect(size).toBeLessThan(5);
    expect(rms(dataOf(logits, feeds))).toBeLessThan(10);
  });

  it("demodulates: pictures do not depend on the scale of a style's layer", () => {
    const G = new Parameters("G");
    const images = synthesis(G, tiny, input("w", [2, 5]));
    const feeds: Record<string, HostTensor> = { ...weights(G.list()), w: random("w", [2, 5]) };
    const before = dataOf(images, feeds);
    for (const part of ["weight", "bias"]) {
      const name = `G/synthesis/b8/conv0/affine/${part}`;
      const { shape, data } = feeds[name] as HostTensor<"float32">;
      feeds[name] = hostTensor(
        "float32",
        shape,
        data.map((x) => 7 * x),
      );
    }
    const after = dataOf(images, feeds);
    for (const [i, x] of before.entries()) expect(after[i]).toBeCloseTo(x, 5);
  });

  it("judges groups of images that came together, not others", () => {
    const D = new Parameters("D");
    const [two, four] = [input("a", [2, 3, 8, 8]), input("b", [4, 3, 8, 8])];
    const [alone, both] = [discriminator(D, tiny, two), discriminator(D, tiny, four, undefined, 2)];
    const a = random("a", [2, 3, 8, 8]);
    const b = hostTensor("float32", [4, 3, 8, 8]);
    b.data.set(a.data as Float32Array);
    b.data.set(random("other", [2, 3, 8, 8]).data as Float32Array, a.data.length);
    const feeds = { ...weights(D.list()), a, b };
    const apart = dataOf(alone, feeds);
    expect(dataOf(both, feeds).subarray(0, 2)).toEqual(apart);
    const mixed = discriminator(D, tiny, four);
    expect(dataOf(mixed, feeds)[0]).not.toBeCloseTo(apart[0] as number, 6);
  });
});

describe("path length", () => {
  const G = new Parameters("G");
  const w = input("w", [1, 5]);
  const styles = expand(reshape(w, [1, 1, 5]), [1, 4, 5]);
  const lengths = pathLengths(synthesis(G, tiny, styles), styles, input("noise", [1, 3, 8, 8]));
  const loss = reduceSum(mul(lengths, lengths));
  const feeds: Record<string, HostTensor> = {
    ...weights(G.list()),
    w: random("w", [1, 5]),
    noise: random("noise", [1, 3, 8, 8]),
  };

  it.each([
    "G/synthesis/b4/const",
    "G/synthesis/b4/conv1/weight",
    "G/synthesis/b8/conv0/weight",
    "G/synthesis/b8/conv0/affine/weight",
    "G/synthesis/b8/torgb/weight",
  ])("has the second derivative that finite differences give: %s", (name) => {
    const parameter = G.list().find((p) => p.name === name) as Parameter;
    const [slope] = gradients(loss, [parameter.value]);
    const exact = dataOf(slope as Value, feeds);
    const { shape, data } = feeds[name] as HostTensor;
    const at = (i: number, change: number): number => {
      const moved = Float64Array.from(data as Float32Array);
      moved[i] = (moved[i] as number) + change;
      return dataOf(loss, { ...feeds, [name]: hostTensor("float64", shape, moved) })[0] as number;
    };
    for (const i of [0, 7, exact.length - 1]) {
      const slopeHere = (at(i, 1e-4) - at(i, -1e-4)) / 2e-4;
      expect(exact[i]).toBeCloseTo(slopeHere, 4);
    }
  });
});

describe("style mixing", () => {
  const images = (mixing: number): { value: Value; list: readonly Parameter[] } => {
    const networks = emptyNetworks();
    const objective = {
      loss: "nonsaturating",
      penalty: "r1",
      penaltyEvery: 16,
      mixing,
      pathLength: 0,
      beta: 0,
      freeBits: 0,
    } as const;
    const context = new PhaseContext(
      { family: stylegan2, architecture: tiny, objective, augmentations: [] },
      networks,
      1,
    );
    return { value: mixedImages(context), list: networks.G.list() };
  };
  const { value, list } = images(0.5);
  const feeds = { ...weights(list), z: random("z", [1, 5]), "mixing/z": random("other", [1, 5]) };
  const noises = Object.fromEntries(
    [4, 8, 8].map((side, i) => {
      const name = `noise/G/synthesis/b${side}/${i === 1 ? "conv0" : "conv1"}/noise_const`;
      return [name, hostTensor("float32", [1, 1, side, side])];
    }),
  );
  const at = (u: number): Float64Array =>
    dataOf(value, {
      ...feeds,
      ...noises,
      "mixing/change": hostTensor("float32", [1, 1, 1], Float32Array.of(u)),
    });

  it("takes the first latent alone from the probability on, and changes at 1 .. styles - 1 below", () => {
    const G = new Parameters("G");
    const alone = synthesis(G, tiny, mapping(G, tiny, input("z", [1, 5])).w);
    const silent = Object.fromEntries(
      list
        .filter((p) => p.name.endsWith("noise_const"))
        .map(({ name, shape }) => [name, hostTensor("float32", shape)]),
    );
    const whole = dataOf(alone, { ...feeds, ...silent });
    for (const u of [0.5, 0.99])
      for (const [i, x] of at(u).entries()) expect(x).toBeCloseTo(whole[i] as number, 6);
    // 4 styles: thirds of the range below 0.5 change at 1, 2 and 3.
    const [one, two, three] = [at(0.1), at(0.3), at(0.49)];
    expect(new Set([one, two, three, whole].map((image) => image.join())).size).toBe(4);
    expect(at(0.01)).toEqual(one);
  });
});
