import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Generator } from "../src/create/generator.ts";
import type { Dataset } from "../src/data/dataset.ts";
import { Sampler } from "../src/data/sampler.ts";
import { Engine } from "../src/engine/engine.ts";
import {
  decodeGenerator,
  encodeEncoder,
  encodeGenerator,
  type ModelInfo,
} from "../src/models/model-file.ts";
import { FAMILY_NAMES, familyOf, mediumOf } from "../src/models/registry.ts";
import { AUGMENTATIONS } from "../src/nn/augment.ts";
import { type RunConfig, resolveConfig } from "../src/train/config.ts";
import { Trainer } from "../src/train/trainer.ts";

const SIZE = { channels: 5, height: 16, width: 24 };
const COUNT = 12;

/** Examples of five planes: a bright block somewhere in each, and a number with each. */
const dataset: Dataset = {
  ...SIZE,
  count: COUNT,
  facts: 1,
  classes: [],
  labels: undefined,
  files: Array.from({ length: COUNT }, (_, i) => `${i}`),
  skipped: [],
  warnings: [],
  contentHash: "",
  read: (index, out, offset, { random, facts }) => {
    const size = SIZE.channels * SIZE.height * SIZE.width;
    const shift = random.integer(4);
    for (let i = 0; i < size; i++) out[offset + i] = (i + shift) % 24 < 2 * index ? 200 : 30;
    facts[0] = index + shift / 8;
  },
  close: () => undefined,
};

let engine: Engine;
const trainers: Trainer[] = [];
beforeAll(async () => {
  engine = await Engine.create({ threads: 1 });
});
afterAll(async () => {
  for (const trainer of trainers) await trainer.dispose();
});

/** Wide examples with five planes, and every augmentation that does not need colours. */
function configOf(family: string): RunConfig {
  const config = resolveConfig(
    {
      family,
      resolution: "24x16",
      widths: [16, 16, 8],
      latent: 8,
      batch: 4,
      kimg: 1,
      augment: "fixed",
      augmentP: [0.5, 0.5],
    },
    { source: "memory", hash: "", pictures: COUNT, classes: [] },
    1,
  );
  const augmentations = AUGMENTATIONS.filter((kind) => kind !== "color");
  return { ...config, augmentations, architecture: { ...config.architecture, ...SIZE } };
}

async function trainerOf(config: RunConfig): Promise<Trainer> {
  const trainer = await Trainer.create(config, engine, new Sampler(dataset, config));
  trainers.push(trainer);
  return trainer;
}

const FAMILIES = FAMILY_NAMES.filter((name) => mediumOf(name) === "pictures");

describe.each(FAMILIES)("%s on examples that are neither square nor coloured", (family) => {
  it("changes all its networks in a step, and draws its own shape from a file", async () => {
    const config = configOf(family);
    const trainer = await trainerOf(config);
    const before = new Map<string, readonly number[]>();
    const parameters = Object.values(trainer.phases.parameters).flat();
    const dataOf = async (name: string): Promise<number[]> => [
      ...((await trainer.state.get(name)).data as Float32Array),
    ];
    for (const { name, trained } of parameters) if (trained) before.set(name, await dataOf(name));
    for (let step = 0; step < 2; step++)
      expect(Object.values(await trainer.step()).every(Number.isFinite)).toBe(true);
    for (const [name, data] of before) {
      // The classes of a network without classes, and what waits behind a convolution at zero, learn later.
      if (data.some((x) => x !== 0)) expect(await dataOf(name), name).not.toEqual(data);
    }

    const { architecture } = config;
    const info: ModelInfo = { version: 1, architecture, classes: [], kimg: 0, data: "test" };
    const file = encodeGenerator(info, await trainer.weightsOf("G"));
    expect(decodeGenerator(file, "model").info).toEqual(info);
    const generator = await Generator.decode(file, "model", { threads: 1 });
    for await (const planes of generator.planes([generator.latentOf(0)])) {
      expect(planes).toHaveLength(5 * 16 * 24);
      expect(planes.every(Number.isFinite)).toBe(true);
    }
    for await (const image of generator.fromSeeds([0]))
      expect([image.width, image.height]).toEqual([5 * 24, 16]); // planes side by side
    await generator.dispose();
    if (familyOf(family).encoder !== undefined)
      expect(encodeEncoder(info, await trainer.weightsOf("E")).length).toBeGreaterThan(1000);
  });
});

it("a batch holds the numbers of its examples, and the same random ones at the same place", () => {
  const sampler = new Sampler(dataset, { seed: 3, mirror: false });
  const { facts, indices, examples } = sampler.batch(7, 10);
  expect([...facts].map(Math.floor)).toEqual([...indices]);
  expect(new Set([...facts].map((x) => x % 1)).size).toBeGreaterThan(1);
  const again = new Sampler(dataset, { seed: 3, mirror: false }).batch(7, 10);
  expect(again.facts).toEqual(facts);
  expect(again.examples).toEqual(examples);
});

it("a model file of an older version is a square of three colours", () => {
  const path = join(import.meta.dirname, "../models/landscapes-64.onnx");
  const { info } = decodeGenerator(readFileSync(path), path);
  expect(info.architecture).toMatchObject({ channels: 3, height: 64, width: 64 });
  expect(info.architecture).not.toHaveProperty("resolution");
});
