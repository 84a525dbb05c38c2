import { beforeAll, describe, expect, it } from "vitest";
import { TINY_RESOLUTION, tinyModel } from "../../test/tiny-model.ts";
import { CheckpointError, ConfigError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import { hostTensor } from "../base/tensor.ts";
import { interpret } from "../graph/interpret.ts";
import type { Image } from "../media/image.ts";
import { decodeGenerator, generatorGraph } from "../models/model-file.ts";
import { type GenerateOptions, Generator } from "./generator.ts";

const BYTES = tinyModel();
const CLASSES = ["beach", "canyon", "7"];

async function pictures(
  generator: Generator,
  seeds: readonly number[],
  options?: GenerateOptions,
): Promise<Image[]> {
  const images: Image[] = [];
  const latents = seeds.map((seed) => generator.latentOf(seed));
  for await (const image of generator.generate(latents, options)) images.push(image);
  return images;
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe("Generator", () => {
  let generator: Generator;
  beforeAll(async () => {
    generator = await Generator.decode(BYTES, "tiny.onnx", { threads: 1 });
  });

  it("gives the pictures that the reference interpreter gives", async () => {
    const { weights } = decodeGenerator(BYTES, "tiny.onnx");
    const { images } = generatorGraph(generator.info.architecture, 1);
    const z = generator.latentOf(3).z;
    const feeds = { ...Object.fromEntries(weights), z: hostTensor("float32", [1, z.length], z) };
    const [expected] = interpret([images], feeds);
    const [actual] = await pictures(generator, [3]);
    const plane = TINY_RESOLUTION ** 2;
    for (let i = 0; i < plane; i++) {
      for (let c = 0; c < 3; c++) {
        const exact = (Number(expected!.data[c * plane + i]) + 1) * 127.5;
        expect(Math.abs(actual!.data[3 * i + c]! - exact)).toBeLessThan(0.51);
      }
    }
  });

  it("gives one seed the same picture, whatever is made beside it", async () => {
    const together = await pictures(generator, range(37));
    expect(together).toHaveLength(37);
    for (const seed of [0, 15, 16, 31, 36]) {
      const fresh = await Generator.decode(BYTES, "tiny.onnx", { threads: 2 });
      expect((await pictures(fresh, [seed]))[0]).toEqual(together[seed]);
      expect((await pictures(fresh, [seed, 90, 91]))[0]).toEqual(together[seed]);
      await fresh.dispose();
    }
    const distinct = new Set(together.map(({ data }) => data.join()));
    expect(distinct.size).toBe(37);
  });

  it("draws z from the seed alone", () => {
    const z = new Random(5).split("z").fillNormal(new Float32Array(8));
    expect(generator.latentOf(5)).toEqual({ z, class: 0 });
  });

  it("makes one picture of all seeds at truncation 0, and nearer ones in between", async () => {
    const [a, b] = await pictures(generator, [1, 2], { truncationPsi: 0 });
    expect(a).toEqual(b);
    const spread = async (truncationPsi: number): Promise<number> => {
      const [p, q] = await pictures(generator, [1, 2], { truncationPsi });
      return p!.data.reduce((sum, x, i) => sum + Math.abs(x - q!.data[i]!), 0);
    };
    expect(await spread(0.3)).toBeLessThan(await spread(1));
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("refuses truncation %d", async (psi) => {
    await expect(pictures(generator, [0], { truncationPsi: psi })).rejects.toThrow(ConfigError);
  });

  it("refuses a class where there are none", async () => {
    await expect(pictures(generator, [0], { class: "beach" })).rejects.toThrow(/without classes/);
  });

  it("gives nothing for no seeds", async () => {
    expect(await pictures(generator, [])).toEqual([]);
  });
});

describe("Generator with classes", () => {
  let generator: Generator;
  beforeAll(async () => {
    generator = await Generator.decode(tinyModel(CLASSES), "tiny.onnx", { threads: 1 });
  });

  it("knows classes by name, then by index", () => {
    expect(generator.classOf("canyon")).toBe(1);
    expect(generator.classOf("7")).toBe(2);
    expect(generator.classOf("0")).toBe(0);
    expect(generator.classOf(2)).toBe(2);
    for (const odd of ["forest", "3", -1, 1.5]) {
      expect(() => generator.classOf(odd)).toThrow(/expected 0 to 2 or one of beach, canyon, 7/);
    }
  });

  it("makes another picture of a seed in each class", async () => {
    const [a] = await pictures(generator, [4], { class: "beach" });
    const [b] = await pictures(generator, [4], { class: "canyon" });
    expect(a).not.toEqual(b);
  });

  it("lets the seed choose where no class is asked for, and all are chosen", async () => {
    const chosen = range(60).map((seed) => generator.latentOf(seed).class);
    expect(new Set(chosen)).toEqual(new Set([0, 1, 2]));
    const [byItself] = await pictures(generator, [4]);
    const [asked] = await pictures(generator, [4], { class: chosen[4]! });
    expect(byItself).toEqual(asked);
  });
});

describe("Generator.decode", () => {
  it.each([
    ["half a file", BYTES.subarray(0, BYTES.length / 2)],
    ["no model", new TextEncoder().encode("hello")],
    ["an empty file", new Uint8Array(0)],
  ])("refuses %s", async (_, bytes) => {
    await expect(Generator.decode(bytes, "odd.onnx")).rejects.toThrow(CheckpointError);
  });
});
