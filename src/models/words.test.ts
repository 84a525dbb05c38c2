import { describe, expect, it } from "vitest";
import { FAMILY_NAMES } from "./registry.ts";
import { describeSize, nounsOf } from "./words.ts";

describe("words", () => {
  it("are those of the medium", () => {
    const words = FAMILY_NAMES.map((family) => [family, nounsOf(family).many]);
    expect(Object.fromEntries(words)).toMatchObject({
      r3gan: "pictures",
      vae: "pictures",
      video: "clips",
      music: "segments",
      sound: "sounds",
    });
    expect(nounsOf("of a later version")).toMatchObject({ one: "example", many: "examples" });
  });

  it("tell sizes", () => {
    const size = { width: 72, height: 64 };
    expect(describeSize({ family: "r3gan", ...size })).toBe("72x64 pixels");
    expect(describeSize({ family: "music", ...size })).toBe("4 bars of 72 pitches");
    expect(describeSize({ family: "sound", ...size })).toBe("72 columns of 64 bands");
    expect(describeSize({ family: "of a later version", ...size })).toBe("72x64");
  });
});
