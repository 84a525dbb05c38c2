import { describe, expect, it } from "vitest";
import { input } from "../../graph/ops/index.ts";
import { Parameters } from "../../nn/parameters.ts";
import type { Architecture } from "../family.ts";
import { sound } from "./index.ts";

describe("the family sound", () => {
  it("makes one plane of the size asked for, 64x96 by itself", () => {
    expect(sound.frame?.(undefined)).toEqual({ channels: 1, width: 64, height: 96, stages: 5 });
    expect(() => sound.frame?.({ width: 64, height: 100 })).toThrow(/64x96/);
    const frame = sound.frame?.({ width: 128, height: 96 }) ?? sound.frame?.(undefined);
    if (frame === undefined) throw new Error("no frame");
    const facts = { preset: "small", resolution: 110, pictures: 300, ...frame } as const;
    const { widths, extra, blocks, expansion, groupSize, latent } = sound.defaults(facts);
    const { channels, height, width } = frame;
    const architecture: Architecture = {
      ...{ family: "sound", channels, height, width, classes: 3 },
      ...{ widths, latent, blocks, expansion, groupSize },
      ...(extra === undefined ? {} : { extra }),
    };
    const [z, c] = [input("z", [2, latent]), input("c", [2, 3])];
    const images = sound.generator(new Parameters("G"), architecture, z, c, {});
    expect(images.shape).toEqual([2, 1, 96, 128]);
    const logits = sound.discriminator?.(new Parameters("D"), architecture, images, c);
    expect(logits?.shape[0]).toBe(2);
  });
});
