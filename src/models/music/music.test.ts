import { describe, expect, it } from "vitest";
import { ConfigError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { type HostTensor, hostTensor } from "../../base/tensor.ts";
import { gradients } from "../../graph/gradients.ts";
import { interpret } from "../../graph/interpret.ts";
import { input, reduceSum } from "../../graph/ops/index.ts";
import type { Value } from "../../graph/value.ts";
import { initialize, Parameters } from "../../nn/parameters.ts";
import type { Architecture } from "../family.ts";
import { emptyNetworks, PhaseContext, parametersOf } from "../phase-context.ts";
import { discriminator } from "./discriminator.ts";
import { foldRolls, foldTime, unfoldRolls, unfoldTime } from "./folds.ts";
import { generator } from "./generator.ts";
import { music } from "./index.ts";
import { frame } from "./shape.ts";

/** Two bars of two octaves. */
const architecture: Architecture = {
  family: "music",
  channels: 5,
  height: 32,
  width: 24,
  latent: 8,
  classes: 0,
  widths: [16, 8],
  blocks: 1,
  expansion: 1,
  groupSize: 0,
};

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

const normal = (seed: number, shape: readonly number[]): HostTensor<"float32"> =>
  hostTensor("float32", shape, new Random(seed).fillNormal(new Float32Array(size(shape))));

/** Rolls of -1 and 1. */
const notes = (seed: number, shape: readonly number[]): HostTensor<"float32"> => {
  const tensor = normal(seed, shape);
  tensor.data.set(tensor.data.map((x) => (x > 1.5 ? 1 : -1)));
  return tensor;
};

const dataOf = (value: Value, feeds: Record<string, HostTensor>): Float64Array =>
  interpret([value], feeds)[0]?.data as Float64Array;

const weightsOf = (...networks: Parameters[]): Record<string, HostTensor> =>
  Object.fromEntries(
    initialize(
      networks.flatMap((p) => p.list()),
      new Random(0),
    ),
  );

describe("folds", () => {
  it("go there and back", () => {
    const rolls = input("rolls", [2, 3, 8, 24]);
    const folded = foldRolls(rolls);
    expect(folded.shape).toEqual([2, 3 * 48, 2, 2]);
    const x = normal(1, [2, 3, 8, 24]);
    expect([...dataOf(unfoldRolls(folded, 3), { rolls: x })]).toEqual([...x.data]);
    const there = foldTime(rolls, 4);
    expect(there.shape).toEqual([2, 12, 2, 24]);
    expect([...dataOf(unfoldTime(there, 4), { rolls: x })]).toEqual([...x.data]);
  });

  it("put the pitch classes and steps of a beat and octave into channels, part by part", () => {
    const x = hostTensor("float32", [1, 2, 8, 24]);
    x.data[1 * 8 * 24 + 6 * 24 + 17] = 1; // part 1, step 6, pitch 17
    const folded = dataOf(foldRolls(input("x", [1, 2, 8, 24])), { x });
    const channel = 1 * 48 + 5 * 4 + 2; // pitch class 5, third step of its beat
    expect(folded.indexOf(1)).toBe((channel * 2 + 1) * 2 + 1); // second beat, second octave
  });
});

describe("the networks", () => {
  it("have the sizes that are documented", () => {
    const usual = frame(undefined);
    expect(usual).toEqual({ width: 72, height: 64, channels: 5, stages: 2 });
    const { widths, latent, groupSize } = music.defaults({
      ...usual,
      preset: "small",
      resolution: 68,
      pictures: 10_000,
    });
    const network = { ...architecture, ...usual, widths, latent, groupSize };
    const [G, D] = [new Parameters("G"), new Parameters("D")];
    const before = input("before", [2, 5, 16, 72]);
    const rolls = generator(G, network, input("z", [2, latent]), undefined, { before });
    expect(rolls.shape).toEqual([2, 5, 64, 72]);
    expect(discriminator(D, network, input("x", [2, 10, 64, 72])).shape).toEqual([2, 1]);
    expect([G.count / 1e6, D.count / 1e6].map((n) => n.toFixed(2))).toEqual(["1.77", "0.71"]);
  });

  it("refuse what is no whole number of bars and octaves", () => {
    expect(frame({ width: 48, height: 32 })).toMatchObject({ width: 48, height: 32 });
    for (const [width, height] of [
      [70, 64],
      [72, 60],
      [72, 272],
      [12, 64],
      [108, 64],
    ] as const)
      expect(() => frame({ width, height })).toThrow(ConfigError);
  });

  it("begin nearly silent, hear the bar before, and learn from all cells", () => {
    const G = new Parameters("G");
    const z = input("z", [2, 8]);
    const before = input("before", [2, 5, 16, 24]);
    const rolls = generator(G, architecture, z, undefined, { before });
    const feeds = { ...weightsOf(G), z: normal(1, [2, 8]), before: notes(2, [2, 5, 16, 24]) };
    const made = dataOf(rolls, feeds);
    expect(made.filter((x) => x > 0).length / made.length).toBeLessThan(0.2);
    expect(dataOf(rolls, { ...feeds, before: notes(3, [2, 5, 16, 24]) })).not.toEqual(made);
    const cells = G.list().find(({ name }) => name.endsWith("cells.bias"))?.value as Value;
    const gradient = gradients(reduceSum(rolls), [cells])[0] as Value;
    expect(new Set(dataOf(gradient, feeds))).toEqual(new Set([2 * 8 * 2])); // pieces, beats, octaves
  });

  it("judge the segment and the bar before it, nothing else", () => {
    const D = new Parameters("D");
    const logits = discriminator(D, architecture, input("x", [1, 10, 32, 24]));
    const x = notes(1, [1, 10, 32, 24]);
    const weights = weightsOf(D);
    const judged = (changed: number): number => {
      const copy = hostTensor("float32", x.shape, x.data.slice());
      copy.data[changed] = -(copy.data[changed] as number);
      return dataOf(logits, { ...weights, x: copy })[0] as number;
    };
    const plain = dataOf(logits, { ...weights, x })[0] as number;
    expect(judged(5)).toBe(plain); // the bar before the bar before
    expect(judged(20 * 24)).not.toBe(plain);
    expect(judged(7 * 32 * 24)).not.toBe(plain);
  });

  it("are trained on pairs that share the bar before", () => {
    const { objective } = music.defaults({
      ...frame(undefined),
      preset: "small",
      resolution: 68,
      pictures: 10_000,
    });
    for (const classes of [0, 3]) {
      const networks = emptyNetworks();
      const network = { ...architecture, classes };
      for (const phase of music.phases(objective)) {
        const facts = { family: music, architecture: network, objective, augmentations: [] };
        const context = new PhaseContext(facts, networks, 2);
        const { loss } = phase.objective(context);
        const real = hostTensor("uint8", [2, 10, 32, 24]);
        for (const [i, x] of notes(1, [2, 10, 32, 24]).data.entries())
          real.data[i] = x > 0 ? 255 : 0;
        const c = hostTensor("float32", [2, 3], Float32Array.of(0, 1, 0, 1, 0, 0));
        const all = parametersOf(networks);
        const weights = Object.fromEntries(initialize([...all.G, ...all.D], new Random(0)));
        const feeds: Record<string, HostTensor> = { ...weights, real, c, gamma: normal(0, []) };
        for (const { name, shape } of context.draws) feeds[name] = normal(4, shape);
        expect(Number.isFinite(dataOf(loss, feeds)[0])).toBe(true);
        const trained = all[phase.trains[0] as "G" | "D"].filter((p) => p.trained);
        const found = gradients(
          loss,
          trained.map(({ value }) => value),
        );
        expect(found).toHaveLength(trained.length);
      }
    }
  });
});
