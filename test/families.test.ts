import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../src/base/random.ts";
import { type HostTensor, hostTensor } from "../src/base/tensor.ts";
import { Encoder } from "../src/create/encoder.ts";
import { Generator } from "../src/create/generator.ts";
import type { Dataset } from "../src/data/dataset.ts";
import { memoryDataset } from "../src/data/memory.ts";
import { Sampler } from "../src/data/sampler.ts";
import { Engine } from "../src/engine/engine.ts";
import type { Image } from "../src/media/image.ts";
import { encodeEncoder, encodeGenerator, type ModelInfo } from "../src/models/model-file.ts";
import { FAMILY_NAMES, familyOf, mediumOf } from "../src/models/registry.ts";
import { type RunConfig, resolveConfig } from "../src/train/config.ts";
import { Trainer } from "../src/train/trainer.ts";

const SIDE = 16;
const CLASSES = ["dark", "bright"];

/** Flat pictures with a square in a corner, dark and bright ones in turn. */
const pictures = Array.from({ length: 10 }, (_, seed): Image => {
  const random = new Random(seed);
  const colour = Array.from({ length: 3 }, () => random.integer(120) + 120 * (seed % 2));
  const data = Uint8Array.from({ length: 3 * SIDE ** 2 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % SIDE, Math.floor(i / 3 / SIDE)];
    return x < 5 && y < 5 ? 128 : (colour[i % 3] as number);
  });
  return { width: SIDE, height: SIDE, data };
});

let dataset: Dataset;
let engine: Engine;
const trainers: Trainer[] = [];
beforeAll(async () => {
  const labels = pictures.map((_, i) => i % 2);
  dataset = await memoryDataset(pictures, { labels, classes: CLASSES });
  engine = await Engine.create({ threads: 1 });
});
afterAll(async () => {
  for (const trainer of trainers) await trainer.dispose();
});

function configOf(family: string, conditional: boolean): RunConfig {
  return resolveConfig(
    {
      family,
      conditional,
      resolution: SIDE,
      widths: [16, 16, 8],
      latent: 8,
      batch: 4,
      kimg: 1,
      seed: 5,
    },
    { source: "memory", hash: "", pictures: pictures.length, classes: CLASSES },
    1,
  );
}

async function trainerOf(config: RunConfig): Promise<Trainer> {
  const sampler = new Sampler(dataset, { seed: config.seed, mirror: config.mirror });
  const trainer = await Trainer.create(config, engine, sampler);
  trainers.push(trainer);
  return trainer;
}

async function checkpointOf(trainer: Trainer): Promise<Map<string, HostTensor>> {
  const tensors = new Map<string, HostTensor>();
  for (const name of trainer.checkpointNames) {
    const tensor = await trainer.state.get(name);
    tensors.set(name, { ...tensor, data: tensor.data.slice() } as HostTensor);
  }
  return tensors;
}

/** Weights that give pictures with something to see in them, which a step of training does not everywhere. */
function shaken(weights: ReadonlyMap<string, HostTensor>): Map<string, HostTensor> {
  const random = new Random(9);
  return new Map(
    [...weights].map(([name, tensor]) => {
      if (name.endsWith("variance")) return [name, tensor];
      const noise = random.split(name).fillNormal(new Float32Array(tensor.data.length));
      const data = noise.map((x, i) => 0.2 * x + Number(tensor.data[i]));
      return [name, hostTensor("float32", tensor.shape, data)];
    }),
  );
}

/** The picture of a code by a bare ONNX Runtime, in bytes. */
async function pictureOf(model: Uint8Array, z: Float32Array, index: number): Promise<number[]> {
  const session = await InferenceSession.create(model);
  const c = new Float32Array(CLASSES.length);
  c[index] = 1;
  const feeds = { z: new Tensor("float32", z, [1, z.length]), c: new Tensor("float32", c, [1, 2]) };
  const { images } = await session.run(feeds);
  await session.release();
  const planes = images?.data as Float32Array;
  const area = SIDE ** 2;
  return Array.from({ length: 3 * area }, (_, i) =>
    Math.round(((planes[(i % 3) * area + Math.floor(i / 3)] as number) + 1) * 127.5),
  );
}

describe.each(FAMILY_NAMES.filter((name) => mediumOf(name) === "pictures"))(
  "the family %s",
  (family) => {
    it("goes on from a checkpoint as if it had not stopped", async () => {
      const config = configOf(family, false);
      const whole = await trainerOf(config);
      for (let step = 0; step < 3; step++) await whole.step();
      const kept = await checkpointOf(whole);
      const { progress } = whole;
      for (let step = 0; step < 2; step++) await whole.step();

      const resumed = await trainerOf(config);
      resumed.restore(kept, progress);
      for (let step = 0; step < 2; step++) {
        const report = await resumed.step();
        expect(Object.values(report).every(Number.isFinite)).toBe(true);
      }
      expect(resumed.progress).toEqual(whole.progress);
      const ended = await checkpointOf(whole);
      expect(await checkpointOf(resumed)).toEqual(ended);
      for (const { name } of whole.phases.parameters.G)
        if (!name.endsWith("noise")) expect(kept.has(name)).toBe(true);
    });

    it("learns classes, and its file draws the same picture elsewhere", async () => {
      const config = configOf(family, true);
      const trainer = await trainerOf(config);
      await trainer.step();
      const { architecture } = config;
      const info: ModelInfo = { version: 1, architecture, classes: CLASSES, kimg: 0, data: "test" };
      const model = encodeGenerator(info, shaken(await trainer.weightsOf("G")));
      const generator = await Generator.decode(model, "model");
      const latent = { ...generator.latentOf(3), class: 1 };
      const { value } = await generator.generate([latent]).next();
      const drawn = (value as Image).data;
      const elsewhere = await pictureOf(model, latent.z, 1);
      for (const [i, byte] of drawn.entries())
        expect(Math.abs(byte - (elsewhere[i] as number))).toBeLessThanOrEqual(1);
      expect(new Set(drawn).size).toBeGreaterThan(1);

      if (familyOf(family).encoder !== undefined) {
        const bytes = encodeEncoder(info, await trainer.weightsOf("E"));
        const encoder = await Encoder.decode(bytes, "encoder");
        const [code, other] = await encoder.encode(pictures.slice(0, 2), "bright");
        expect(code?.class).toBe(1);
        expect(code?.z).toHaveLength(8);
        expect(code?.z).not.toEqual(other?.z);
        await expect(encoder.encode(pictures)).rejects.toThrow(/expected that of the pictures/);
        await encoder.dispose();
      }
      await generator.dispose();
    });
  },
);

describe.each(["vae", "vaegan"])("the family %s", (family) => {
  it("reconstructs better and better", async () => {
    const trainer = await trainerOf({
      ...configOf(family, false),
      learningRate: [2e-3, 2e-3],
      augment: "none",
    });
    const error = async (steps: number): Promise<number> => {
      let sum = 0;
      for (let step = 0; step < steps; step++) sum += (await trainer.step()).reconstruction ?? 0;
      return sum / steps;
    };
    const first = await error(5);
    await error(60);
    expect(await error(5)).toBeLessThan(first / 2);
  });
});
