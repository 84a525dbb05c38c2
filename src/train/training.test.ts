import { describe, expect, it } from "vitest";
import { ConfigError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import { Generator } from "../create/generator.ts";
import { memoryDataset } from "../data/memory.ts";
import type { Image } from "../media/image.ts";
import { Training, type TrainingOptions } from "./training.ts";

const SIDE = 8;
const OPTIONS: TrainingOptions = { widths: [16, 16], batch: 8, threads: 1, latent: 8 };

const images = Array.from({ length: 12 }, (_, seed): Image => {
  const random = new Random(seed);
  const colour = [random.integer(256), random.integer(256), random.integer(256)];
  const data = Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, i) => colour[i % 3] as number);
  return { width: SIDE, height: SIDE, data };
});

describe("Training", () => {
  it("takes steps to the length that was asked for, and its model file makes the pictures it draws", async () => {
    const labels = images.map((_, i) => i % 3);
    const dataset = await memoryDataset(images, { labels, classes: ["a", "b", "c"] });
    const training = await Training.create(dataset, {
      ...OPTIONS,
      iterations: 3,
      conditional: true,
    });
    expect(training.config).toMatchObject({
      architecture: { height: SIDE, width: SIDE, classes: 3 },
      provider: "cpu",
      kimg: 0.024,
      augment: "adaptive",
    });
    const before = await training.draw(3);
    while (!training.finished) {
      const { lossD, lossG, r1 } = await training.step();
      for (const number of [lossD, lossG, r1]) expect(Number.isFinite(number)).toBe(true);
    }
    expect(training.kimg).toBeCloseTo(0.024);
    const drawn = await training.draw(3);
    expect(drawn).not.toEqual(before);

    const generator = await Generator.decode(await training.encodeModel("colours"), "model");
    expect(generator.info).toMatchObject({
      data: "colours",
      kimg: 0.024,
      classes: ["a", "b", "c"],
    });
    for (const [seed, image] of drawn.entries()) {
      const { value } = await generator.fromSeeds([seed], { class: seed }).next();
      const error = image.data.map((x, i) => Math.abs(x - ((value as Image).data[i] as number)));
      expect(Math.max(...error)).toBeLessThanOrEqual(1);
    }
    await generator.dispose();
    await training.dispose();
  });

  it.each([
    ["relativistic", "r1"],
    ["nonsaturating", "r1r2"],
    ["hinge", "none"],
    ["leastsquares", "r1"],
    ["wasserstein", undefined],
  ] as const)("learns with the %s loss", async (loss, penalty) => {
    const bright = images.map((image, i) => ({ ...image, data: image.data.map(() => 200 + i) }));
    const training = await Training.create(await memoryDataset(bright), {
      ...OPTIONS,
      loss,
      penalty,
      learningRate: [2e-3, 2e-3],
    });
    expect(training.config.objective.penalty).toBe(penalty ?? "wgan-gp");
    const darkness = async (): Promise<number> => {
      const pixels = (await training.draw(16)).flatMap(({ data }) => [...data]);
      return 205 - pixels.reduce((a, b) => a + b, 0) / pixels.length;
    };
    const before = await darkness();
    const seen = { r1: 0, r2: 0 };
    for (let i = 0; i < 60; i++) {
      const { r1 = 0, r2 = 0 } = await training.step();
      seen.r1 += r1;
      seen.r2 += r2;
    }
    expect(seen.r1 > 0).toBe(penalty !== "none");
    expect(seen.r2 > 0).toBe(penalty === "r1" || penalty === "r1r2");
    expect(Math.abs(await darkness())).toBeLessThan(before / 2);
    await training.dispose();
  });

  it("gives the same numbers for the same seed, and others for another", async () => {
    const dataset = await memoryDataset(images);
    const lossOf = async (seed: number): Promise<number> => {
      const training = await Training.create(dataset, { ...OPTIONS, seed });
      const { lossD } = await training.step();
      await training.dispose();
      return lossD as number;
    };
    const first = await lossOf(1);
    expect(await lossOf(1)).toBe(first);
    expect(await lossOf(2)).not.toBe(first);
  });

  it("refuses options that it does not know or that contradict the pictures", async () => {
    const dataset = await memoryDataset(images);
    const wrong = (options: object): Promise<unknown> => Training.create(dataset, options);
    await expect(wrong({ widths: [16, 16, 16] })).rejects.toThrow(/widths: 3 numbers, expected 2/);
    await expect(wrong({ bacth: 8 })).rejects.toThrow(/did you mean "batch"/);
    await expect(wrong({ conditional: true })).rejects.toThrow(ConfigError);
  });
});
