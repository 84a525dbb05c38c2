import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tinyModel } from "../../../test/tiny-model.ts";
import { CheckpointError, ConfigError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { hostTensor } from "../../base/tensor.ts";
import { interpret } from "../../graph/interpret.ts";
import type { Image } from "../../media/image.ts";
import {
  decodeDiscriminator,
  decodeGenerator,
  discriminatorGraph,
  encodeDiscriminator,
  generatorGraph,
} from "../../models/model-file.ts";
import { FAMILY_NAMES, familyOf, mediumOf } from "../../models/registry.ts";
import { initialize } from "../../nn/parameters.ts";
import { Generator, type Latent } from "../generator.ts";
import { calibrate } from "./calibration.ts";
import { Judge } from "./judge.ts";
import { REFINE_METHODS, type RefineMethod } from "./methods.ts";
import { RefinedGenerator } from "./refined-generator.ts";

/** The discriminator of the tiny model, with random weights. */
function tinyDiscriminator(model: Uint8Array): Uint8Array {
  const { info } = decodeGenerator(model, "tiny.onnx");
  const parameters = discriminatorGraph(info.architecture, 1).parameters.list();
  const noisy = parameters.map((p) => ({ ...p, std: p.std || 0.1 }));
  return encodeDiscriminator(info, initialize(noisy, new Random(1)));
}

/** Networks of any family, small enough for the interpreter. */
const SMALL = { widths: [8, 8, 8], blocks: 1, expansion: 1, groupSize: 0 } as const;

const CLASSES = ["beach", "canyon", "7"];
const G = tinyModel(CLASSES);
const D = tinyDiscriminator(G);
const files = [
  { bytes: G, where: "generator.onnx" },
  { bytes: D, where: "discriminator.onnx" },
] as const;

let generator: Generator;
let judge: Judge;
beforeAll(async () => {
  generator = await Generator.decode(G, "generator.onnx", { threads: 1 });
  judge = await Judge.decode(...files, { threads: 1 });
});
afterAll(async () => {
  await generator.dispose();
  await judge.dispose();
});

const latents = (count: number): Latent[] =>
  Array.from({ length: count }, (_, seed) => generator.latentOf(seed));

/** D(G(z)) of one latent by the reference interpreter. */
function expectedLogit({ z, class: label }: Latent): number {
  const { info, weights } = decodeGenerator(G, "");
  const { images } = generatorGraph(info.architecture, 1);
  const { logits } = discriminatorGraph(info.architecture, 1, images);
  const c = hostTensor("float32", [1, CLASSES.length]);
  c.data[label] = 1;
  const all = [...weights, ...decodeDiscriminator(D, "").weights];
  const feeds = { ...Object.fromEntries(all), c, z: hostTensor("float32", [1, z.length], z) };
  const [judged] = interpret([logits], feeds);
  return Number(judged?.data[0]);
}

describe("Judge", () => {
  it("judges as the reference interpreter does, and knows how the logit changes with z", async () => {
    const [latent] = latents(1) as [Latent];
    const [logit] = await judge.logits([latent]);
    expect(logit).toBeCloseTo(expectedLogit(latent), 4);
    const [slope] = await judge.slopes([latent]);
    expect(slope?.logit).toBeCloseTo(expectedLogit(latent), 4);
    for (const axis of [0, 5]) {
      const at = (step: number): number =>
        expectedLogit({ ...latent, z: latent.z.map((x, i) => (i === axis ? x + step : x)) });
      const difference = (at(1 / 256) - at(-1 / 256)) * 128;
      expect(slope?.gradient[axis]).toBeCloseTo(difference, 2);
    }
  });

  it("says the same of a picture to the bit, whatever is beside it", async () => {
    const all = await judge.logits(latents(37));
    const slopes = await judge.slopes(latents(20));
    for (const i of [0, 7, 18]) {
      const alone = latents(37).slice(i, i + 1);
      expect(await judge.logits(alone)).toEqual([all[i]]);
      expect(await judge.slopes(alone)).toEqual([slopes[i]]);
    }
  });

  it("judges pictures like the latents that they were made from", async () => {
    const [latent] = latents(1) as [Latent];
    const exhibits = [];
    for await (const { width, data } of generator.generate([latent])) {
      const planes = new Uint8Array(data.length);
      for (let i = 0; i < data.length; i++)
        planes[(i % 3) * width ** 2 + Math.floor(i / 3)] = data[i] as number;
      exhibits.push({ planes, class: latent.class });
    }
    const [ofPicture] = await judge.logitsOfPictures(exhibits);
    const [ofLatent] = await judge.logits([latent]);
    expect(Math.abs((ofPicture as number) - (ofLatent as number))).toBeLessThan(0.05);
  });

  it("refuses files of another kind or of another model", async () => {
    const [g, d] = files;
    await expect(Judge.decode(g, g)).rejects.toThrow(/no Ganbox discriminator/);
    await expect(Judge.decode(d, d)).rejects.toThrow(/no Ganbox generator/);
    const other = { bytes: tinyDiscriminator(tinyModel()), where: "other.onnx" };
    await expect(Judge.decode(g, other)).rejects.toThrow(CheckpointError);
    await expect(Judge.decode(g, other)).rejects.toThrow(/other.onnx: .*another model/);
  });
});

it.each(
  FAMILY_NAMES.filter(
    (name) => familyOf(name).discriminator !== undefined && mediumOf(name) === "pictures",
  ),
)("the discriminator of %s judges a picture by itself", (family) => {
  const side = 16;
  const size = { channels: 3, height: side, width: side };
  const latent = 8;
  const architecture = { family, ...size, latent, classes: 0, ...SMALL };
  const [one, two] = [1, 2].map((n) => discriminatorGraph(architecture, n));
  const weights = initialize(one?.parameters.list() ?? [], new Random(0));
  const pixels = new Random(1).fillNormal(new Float32Array(2 * 3 * side ** 2));
  const logitsOf = (graph: typeof one, n: number): number[] => {
    const images = hostTensor("float32", [n, 3, side, side]);
    images.data.set(pixels.subarray(0, images.data.length));
    const logits =
      graph === undefined
        ? []
        : interpret([graph.logits], { ...Object.fromEntries(weights), images });
    return [...(logits[0]?.data ?? [])].map(Number);
  };
  const alone = logitsOf(one, 1);
  const beside = logitsOf(two, 2).slice(0, alone.length);
  expect(alone.length).toBeGreaterThan(0);
  for (const [i, logit] of alone.entries()) expect(beside[i]).toBeCloseTo(logit, 9);
});

describe("RefinedGenerator", () => {
  const refined = async (method: RefineMethod): Promise<RefinedGenerator> => {
    const many = Array.from({ length: 60 }, (_, i) => generator.latentOf(1000 + i));
    const logits = await judge.logits(many);
    const classes = many.map((latent) => latent.class);
    const better = { logits: logits.map((d) => d + 0.2), classes };
    const calibration = calibrate(better, { logits, classes }, CLASSES.length);
    return new RefinedGenerator({ generator, judge, calibration }, { method, rounds: 3 });
  };
  const picturesOf = async (images: AsyncIterable<Image>): Promise<Image[]> => {
    const list: Image[] = [];
    for await (const image of images) list.push(image);
    return list;
  };

  it.each(REFINE_METHODS)("%s: the same seed gives the same picture", async (method) => {
    const maker = await refined(method);
    const all = await picturesOf(maker.fromSeeds([...Array(70).keys()]));
    expect(all).toHaveLength(70);
    const [again] = await picturesOf(maker.fromSeeds([66]));
    const largest = again?.data.reduce(
      (most, x, i) => Math.max(most, Math.abs(x - (all[66]?.data[i] as number))),
      0,
    );
    expect(largest).toBeLessThanOrEqual(1);
    expect((await maker.latentsOf([66]))[0]).toEqual((await maker.latentsOf([5, 66]))[1]);
  });

  it.each(REFINE_METHODS)(
    "%s: raises the logits, and keeps to the class asked for",
    async (method) => {
      const maker = await refined(method);
      const seeds = [...Array(40).keys()];
      const mean = (numbers: readonly number[]): number =>
        numbers.reduce((a, b) => a + b) / numbers.length;
      const plain = seeds.map((seed) => ({ ...generator.latentOf(seed), class: 1 }));
      const better = await maker.latentsOf(seeds, { class: "canyon" });
      expect(better.every((latent) => latent.class === 1)).toBe(true);
      expect(mean(await judge.logits(better))).toBeGreaterThan(mean(await judge.logits(plain)));
    },
  );

  it("judges what truncation leaves", async () => {
    const maker = await refined("reject");
    expect(await maker.latentsOf([1, 2, 3], { truncationPsi: 0.001, class: 0 })).toHaveLength(3);
    await expect(maker.latentsOf([1], { class: "dune" })).rejects.toThrow(ConfigError);
    expect(() => maker.fromSeeds([])).toThrow(ConfigError);
  });
});
