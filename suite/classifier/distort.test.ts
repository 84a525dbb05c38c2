import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.ts";
import { type Distortion, distort } from "./distort.ts";

const SIDE = 9;
const still: Distortion = { shift: 0, turn: 0, stretch: 0, mirror: false };
const picture = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => (i * 37) % 256);

function distorted(changes: Partial<Distortion>, seed = 0, pixels = picture): Float32Array {
  const out = new Float32Array(SIDE * SIDE);
  distort(pixels, SIDE, { ...still, ...changes }, new Random(seed), out);
  return out;
}

describe("distort", () => {
  it("changes nothing without limits", () => {
    for (const [i, value] of distorted({}).entries())
      expect(value).toBeCloseTo((picture[i] as number) / 255, 5);
  });

  it("moves a dot by at most the shift, and keeps its light", () => {
    const dot = new Uint8Array(SIDE * SIDE);
    dot[4 * SIDE + 4] = 255;
    for (let seed = 0; seed < 20; seed++) {
      const out = distorted({ shift: 2 }, seed, dot);
      let [light, x, y] = [0, 0, 0];
      for (const [i, value] of out.entries()) {
        light += value;
        x += value * (i % SIDE);
        y += value * Math.floor(i / SIDE);
      }
      expect(light).toBeCloseTo(1, 4);
      expect(Math.abs(x - 4)).toBeLessThanOrEqual(2.001);
      expect(Math.abs(y - 4)).toBeLessThanOrEqual(2.001);
      expect(Math.hypot(x - 4, y - 4)).toBeGreaterThan(0.01);
    }
  });

  it("mirrors about half of the time", () => {
    const mirrored = Array.from({ length: 40 }, (_, seed) => distorted({ mirror: true }, seed));
    const turned = mirrored.filter(
      (out) => Math.abs((out[0] as number) - (picture[8] as number) / 255) < 1e-5,
    );
    expect(turned.length).toBeGreaterThan(8);
    expect(turned.length).toBeLessThan(32);
  });
});
