import { describe, expect, it } from "vitest";
import { ConfigError } from "../base/errors.ts";
import { type DataFacts, parseOptions, resolveConfig } from "./config.ts";
import type { TrainOptions } from "./options.ts";
import { passesOf } from "./phases.ts";

const DATA: DataFacts = { source: "photos", hash: "ab", pictures: 60_000, classes: [] };
const resolve = (
  options: TrainOptions,
  data: Partial<DataFacts> = {},
): ReturnType<typeof resolveConfig> => resolveConfig(options, { ...DATA, ...data }, 4);

describe("automatic settings", () => {
  it.each([
    [28, [128, 64, 32], [768, 768, 768]],
    [32, [256, 128, 64, 32], [768, 768, 768, 768]],
    [64, [256, 256, 128, 64, 32], [768, 768, 768, 768, 384]],
    [128, [256, 256, 128, 64, 32, 16], [768, 768, 768, 768, 384, 192]],
    [256, [256, 256, 256, 128, 64, 32, 16], [768, 768, 768, 768, 384, 192, 96]],
  ])("size the networks for %i pixels", (resolution, small, large) => {
    expect(resolve({ resolution }).architecture).toMatchObject({
      widths: small,
      blocks: 1,
      expansion: 1,
      groupSize: 64,
    });
    expect(resolve({ resolution, preset: "large" }).architecture).toMatchObject({
      widths: large,
      blocks: 2,
      expansion: 2,
      groupSize: 16,
    });
  });

  it("follow R3GAN's published gamma at 64 and 256 pixels, ending at a tenth", () => {
    expect(resolve({ resolution: 64 }).gamma).toEqual([2, 0.2]);
    expect(resolve({ resolution: 256 }).gamma).toEqual([128, 12.8]);
    expect(resolve({ preset: "large" })).toMatchObject({ batch: 256, gamma: [2, 0.2] });
  });

  it("measure every twentieth of a run, short runs less often or not at all", () => {
    const every = (options: TrainOptions): number => resolve(options).metricKimg;
    expect([4.9, 5, 40, 200, 2000].map((kimg) => every({ kimg }))).toEqual([0, 5, 5, 10, 100]);
    expect(every({ kimg: 1, metricKimg: 0.25 })).toBe(0.25);
    expect(every({ kimg: 200, metricKimg: 0 })).toBe(0);
    expect(resolve({}).heldOut).toBe(0);
    expect(() => resolve({ heldOut: 1 })).toThrow(/heldOut: .*got 1/);
  });

  it("make steps of 16 images below 2,000 pictures, with a gamma that fits", () => {
    expect(resolve({}, { pictures: 2000 })).toMatchObject({ batch: 32, gamma: [2, 0.2] });
    expect(resolve({}, { pictures: 1999 })).toMatchObject({ batch: 16, gamma: [4, 0.4] });
    expect(resolve({ batch: 64 }, { pictures: 10 })).toMatchObject({ batch: 64, gamma: [1, 0.1] });
    expect(resolve({ preset: "large" }, { pictures: 10 }).batch).toBe(256);
    expect(resolve({ preset: "large", batch: 64 }).gamma).toEqual([8, 0.8]);
    expect(resolve({ batch: 16, gamma: [3, 3] }).gamma).toEqual([3, 3]);
  });

  it("make steps of whole passes when only the size of the passes is given", () => {
    const batches = (pictures: number): number[][] =>
      [4, 12, 32, 100].map((microBatch) => {
        const config = resolve({ microBatch }, { pictures });
        return [config.batch, config.microBatch];
      });
    expect(batches(10)).toEqual([
      [16, 4],
      [24, 12],
      [32, 32],
      [100, 100],
    ]);
    expect(batches(9000)).toEqual([
      [32, 4],
      [36, 12],
      [32, 32],
      [100, 100],
    ]);
  });

  it("count the length in kimg or in steps of the batch that was chosen", () => {
    expect(resolve({})).toMatchObject({ kimg: 200, scheduleKimg: 200, sampleKimg: 10 });
    expect(resolve({ kimg: 5 })).toMatchObject({ kimg: 5, scheduleKimg: 5 });
    expect(resolve({ iterations: 2000 })).toMatchObject({ kimg: 64, scheduleKimg: 64 });
    expect(resolve({ iterations: 2000 }, { pictures: 100 }).kimg).toBe(32);
    expect(resolve({ iterations: 3, batch: 8 }).kimg).toBe(0.024);
  });

  it("augment small sets adaptively, large ones on a schedule, and none when told so", () => {
    expect(resolve({}, { pictures: 175 })).toMatchObject({ augment: "adaptive", augmentP: [0, 0] });
    expect(resolve({})).toMatchObject({ augment: "scheduled", augmentP: [0, 0.3] });
    expect(resolve({ augment: "none" }).augmentP).toEqual([0, 0]);
    expect(resolve({ augment: "fixed", augmentP: [0.4, 0.4] }).augmentP).toEqual([0.4, 0.4]);
  });

  it("use all cores, and passes of 16 images, what divides the batch, or the whole of it with its generated images", () => {
    expect(resolve({}).threads).toBe(4);
    expect(
      [{}, { batch: 24 }, { batch: 5 }, { batch: 4 }].map(
        (o) => resolve({ ...o, replicas: 1 }).microBatch,
      ),
    ).toEqual([16, 12, 10, 8]);
  });

  it("make larger passes of smaller feature maps", () => {
    const passes = (resolution: number, batch: number, widths?: number[]): number =>
      resolve({ replicas: 1, resolution, batch, ...(widths === undefined ? {} : { widths }) })
        .microBatch;
    expect(passes(32, 32)).toBe(64);
    expect(passes(32, 64)).toBe(64);
    expect(passes(28, 256)).toBe(64);
    expect(passes(64, 64, [128, 128, 64, 32, 16])).toBe(32);
    expect(passes(256, 32)).toBe(16);
  });

  it("take a batch at once where the discriminator may see it with its generated images", () => {
    expect(passesOf(32, 64, 2, 1)).toEqual({ pairs: 32, rounds: 1 });
    expect(passesOf(32, 64, 1, 1)).toEqual({ pairs: 32, rounds: 1 });
    expect(passesOf(32, 16, 2, 1)).toEqual({ pairs: 8, rounds: 4 });
    expect(passesOf(32, 16, 1, 1)).toEqual({ pairs: 16, rounds: 2 });
    expect(passesOf(3, 3, 2, 1)).toEqual({ pairs: 3, rounds: 1 });
  });

  it("share a batch out to as many replicas as keep the threads busy, each with 8 images or more", () => {
    const shared = (threads: number, batch: number, provider?: "cuda"): number[] => {
      const config = resolve({ threads, batch, ...(provider === undefined ? {} : { provider }) });
      return [config.replicas, config.microBatch];
    };
    expect(shared(2, 32)).toEqual([2, 16]);
    expect(shared(1, 32)[0]).toBe(1);
    expect(shared(2, 12)[0]).toBe(1);
    expect(shared(4, 32)[0]).toBe(4);
    expect(shared(6, 32)[0]).toBe(2);
    expect(shared(16, 256)[0]).toBe(16);
    expect(shared(8, 32, "cuda")[0]).toBe(1);
    expect(passesOf(32, 32, 2, 2)).toEqual({ pairs: 16, rounds: 2 });
    expect(passesOf(32, 64, 1, 4)).toEqual({ pairs: 8, rounds: 4 });
  });

  it("learn classes only when asked to", () => {
    expect(resolve({}, { classes: ["a", "b"] }).architecture.classes).toBe(0);
    expect(resolve({ conditional: true }, { classes: ["a", "b"] }).architecture.classes).toBe(2);
  });
});

describe("mistakes", () => {
  it.each([
    [
      { resolution: 63 },
      /resolution: 63 cannot be reached by doubling a start of 3 to 7 pixels a side, expected for example 64/,
    ],
    [{ batch: 0 }, /batch: .* \(got 0\)/],
    [{ batch: 10, microBatch: 4 }, /microBatch: 4 does not divide batch 10/],
    [{ kimg: -1 }, /kimg: .* \(got -1\)/],
    [{ iterations: 1.5 }, /iterations: .* \(got 1.5\)/],
    [{ kimg: 5, iterations: 2 }, /got iterations 2 and kimg 5, expected one of them/],
    [{ widths: [32, 32] }, /widths: 2 numbers, expected 5 at resolution 64/],
    [
      { widths: [100, 100, 64, 64, 32] },
      /widths: 100 x expansion 1 is not divisible by groupSize 64/,
    ],
    [{ conditional: true }, /0 classes, expected at least 2/],
    [{ background: "white" }, /expected a colour like #ffffff/],
    [{ augmentations: ["twist"] }, /augmentations\.0/],
    [{ resolutoin: 64 }, /unknown option "resolutoin", did you mean "resolution"\?/],
    [{ learningRate: [1e-3] }, /learningRate/],
  ])("%j", (options, message) => {
    expect(() => resolve(options as TrainOptions)).toThrow(ConfigError);
    expect(() => resolve(options as TrainOptions)).toThrow(message);
  });

  it("are listed all at once, with the place they come from", () => {
    expect(() => parseOptions({ batch: 0, seed: -1 }, "train.json")).toThrow(
      /train\.json: batch[\s\S]*train\.json: seed/,
    );
  });
});
