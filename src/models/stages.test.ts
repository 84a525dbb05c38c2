import { describe, expect, it } from "vitest";
import { ConfigError } from "../base/errors.ts";
import { sizeOfResolution } from "../base/size.ts";
import { readArchitecture } from "./architecture.ts";
import { type Architecture, stageName, startSize } from "./family.ts";
import { stagesOf } from "./stages.ts";

const networks = {
  family: "r3gan",
  latent: 8,
  classes: 0,
  widths: [8, 8, 8],
  blocks: 1,
  expansion: 1,
  groupSize: 0,
};

describe("stagesOf", () => {
  it.each([
    [8, 2],
    [28, 3],
    [32, 4],
    [64, 5],
    [256, 7],
    ["96x64", 5], // from 6x4
    ["64x96", 5],
    ["96x128", 6], // from 3x4
    ["112x48", 5], // from 7x3
  ])("%s takes %i", (resolution, stages) => {
    expect(stagesOf(sizeOfResolution(resolution))).toBe(stages);
  });

  it.each([
    [50, "48 or 64"],
    [63, "64 or 48"],
    ["96x50", "96x48 or 96x64"],
    ["64x100", "64x96 or 64x112"],
    ["512x64", "448x192 or 384x192"],
  ])("refuses %s and names sizes near by", (resolution, near) => {
    const find = (): number => stagesOf(sizeOfResolution(resolution));
    expect(find).toThrow(ConfigError);
    expect(find).toThrow(
      `resolution: ${resolution} cannot be reached by doubling a start of 3 to 7 pixels a side, expected for example ${near}.`,
    );
  });
});

describe("an architecture", () => {
  const wide: Architecture = { ...networks, channels: 3, height: 16, width: 24 };

  it("has a first feature map, and names for the sizes of its stages", () => {
    expect(startSize(wide)).toEqual({ height: 4, width: 6 });
    expect([0, 1, 2].map((i) => stageName(wide, i))).toEqual(["6x4", "12x8", "24x16"]);
    const square = { ...wide, width: 16 };
    expect([0, 1, 2].map((i) => stageName(square, i))).toEqual(["4", "8", "16"]);
  });

  it("of an older file is a square of three colours", () => {
    expect(readArchitecture({ ...networks, resolution: 16 })).toEqual({
      ...networks,
      channels: 3,
      height: 16,
      width: 16,
    });
    const { family, ...others } = networks;
    const newer = { family, channels: 3, height: 16, width: 16, ...others };
    const older = readArchitecture(
      JSON.parse(JSON.stringify({ family, resolution: 16, ...others })),
    );
    expect(JSON.stringify(older)).toBe(JSON.stringify(newer));
    expect(readArchitecture({ ...wide, extra: { styles: 4 } })).toEqual({
      ...wide,
      extra: { styles: 4 },
    });
  });

  it.each([
    null,
    {},
    networks,
    { ...wide, height: -1 },
    { ...wide, widths: [8, 0] },
    { ...wide, family: 3 },
  ])("is not in %j", (value) => {
    expect(readArchitecture(value)).toBeUndefined();
  });
});
