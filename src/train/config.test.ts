import { describe, expect, it } from "vitest";
import { ConfigError } from "../base/errors.ts";
import { type DataFacts, parseOptions, resolveConfig } from "./config.ts";
import type { TrainOptions } from "./options.ts";

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
  });

  it("augment small sets adaptively, large ones on a schedule, and none when told so", () => {
    expect(resolve({}, { pictures: 175 })).toMatchObject({ augment: "adaptive", augmentP: [0, 0] });
    expect(resolve({})).toMatchObject({ augment: "scheduled", augmentP: [0, 0.3] });
    expect(resolve({ augment: "none" }).augmentP).toEqual([0, 0]);
    expect(resolve({ augment: "fixed", augmentP: [0.4, 0.4] }).augmentP).toEqual([0.4, 0.4]);
  });

  it("use all cores, and passes of 16 images or what divides the batch", () => {
    expect(resolve({}).threads).toBe(4);
    expect(
      [resolve({}), resolve({ batch: 24 }), resolve({ batch: 5 }), resolve({ batch: 4 })].map(
        (c) => c.microBatch,
      ),
    ).toEqual([16, 12, 1, 4]);
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
      /resolution: 63 cannot be reached by doubling a start of 4 to 7 pixels, expected for example 64/,
    ],
    [{ batch: 0 }, /batch: .* \(got 0\)/],
    [{ batch: 10, microBatch: 4 }, /microBatch: 4 does not divide batch 10/],
    [{ kimg: -1 }, /kimg: .* \(got -1\)/],
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
