import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.ts";
import { input } from "../../src/graph/ops/index.ts";
import { Parameters } from "../../src/nn/parameters.ts";
import { soundClassifier, varySound } from "./sound.ts";

describe("the classifier of sounds", () => {
  it("gives 64 features and a logit a class, from fewer than 150,000 weights", () => {
    const p = new Parameters("C");
    const { features, logits } = soundClassifier(p, input("images", [2, 1, 64, 64]), 175);
    expect([features.shape, logits.shape]).toEqual([
      [2, 64],
      [2, 175],
    ]);
    expect(p.count).toBeLessThan(150_000);
  });

  it("sees sounds varied: within range, the same for the same random numbers, mostly what they were", () => {
    const side = 64;
    const pixels = new Uint8Array(side * side).map((_, i) => (i % side < 40 ? 120 : 0));
    const varied = (seed: number): Float32Array => {
      const out = new Float32Array(side * side);
      varySound(pixels, side, new Random(seed), out);
      return out;
    };
    expect(varied(1)).toEqual(varied(1));
    expect(varied(1)).not.toEqual(varied(2));
    for (let seed = 0; seed < 10; seed++) {
      const out = varied(seed);
      expect(out.every((x) => x >= 0 && x <= 1)).toBe(true);
      // Bands and moments are cut out, and half of the sounds end early.
      expect(out.filter((x) => x > 0.3).length).toBeGreaterThan(0.1 * 40 * side);
    }
  });
});
