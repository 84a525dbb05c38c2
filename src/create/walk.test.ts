import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import { INTERPOLATIONS, latentPath } from "./walk.ts";

const keysOf = (count: number, length = 32): Float32Array[] =>
  Array.from({ length: count }, (_, i) =>
    new Random(i).split("z").fillNormal(new Float32Array(length)),
  );

const norm = (z: Float32Array): number => Math.hypot(...z);
const distance = (a: Float32Array, b: Float32Array): number => norm(a.map((x, i) => x - b[i]!));

describe.each(INTERPOLATIONS)("latentPath, %s", (kind) => {
  it.each([2, 3, 5])("visits %i keys at equal times and ends where it began", (count) => {
    const keys = keysOf(count);
    const path = latentPath(keys, kind);
    for (const [i, key] of keys.entries())
      expect(distance(path(i / count), key)).toBeLessThan(1e-5);
    expect(distance(path(1), path(0))).toBeLessThan(1e-5);
  });

  it("has no seam: the step over the end is like its neighbours", () => {
    const frames = 90;
    const path = latentPath(keysOf(3), kind);
    const steps = Array.from({ length: frames }, (_, i) =>
      distance(path(i / frames), path((i + 1) / frames)),
    );
    const last = steps.at(-1)!;
    expect(last).toBeLessThan(1.5 * Math.max(steps.at(-2)!, steps[0]!));
  });

  it("moves at a similar speed everywhere", () => {
    const path = latentPath(keysOf(5), kind);
    const steps = Array.from({ length: 100 }, (_, i) =>
      distance(path(i / 100), path((i + 1) / 100)),
    );
    expect(Math.max(...steps)).toBeLessThan(2.5 * Math.min(...steps));
  });

  it("keeps close to the norms of the keys", () => {
    const keys = keysOf(4);
    const norms = keys.map(norm);
    const [low, high] = [Math.min(...norms), Math.max(...norms)];
    const path = latentPath(keys, kind);
    for (let t = 0; t < 1; t += 0.01) {
      expect(norm(path(t))).toBeGreaterThan(0.9 * low);
      expect(norm(path(t))).toBeLessThan(1.1 * high);
    }
  });

  it("stays finite, whatever the keys", () => {
    const key = fc.float32Array({ minLength: 3, maxLength: 3, min: -4, max: 4, noNaN: true });
    const nonzero = key.filter((z) => norm(z) > 0.1);
    fc.assert(
      fc.property(nonzero, nonzero, fc.double({ min: 0, max: 1, noNaN: true }), (p, q, t) =>
        latentPath([p, q, p], kind)(t).every(Number.isFinite),
      ),
      { seed: 1 },
    );
  });

  it("stays where it is between equal keys", () => {
    const [key] = keysOf(1);
    expect(distance(latentPath([key!, key!], kind)(0.25), key!)).toBeLessThan(1e-5);
  });

  it("refuses a single key", () => {
    expect(() => latentPath(keysOf(1), kind)).toThrow(ConfigError);
  });
});

it("spherical turns at constant speed along the great circle", () => {
  const path = latentPath([Float32Array.of(2, 0), Float32Array.of(0, 2)], "spherical");
  const third = path(1 / 6); // a third of the first of two parts
  expect(third[0]).toBeCloseTo(2 * Math.cos(Math.PI / 6), 5);
  expect(third[1]).toBeCloseTo(2 * Math.sin(Math.PI / 6), 5);
});

it("cubic has no corners where spherical has", () => {
  const keys = keysOf(3);
  const turn = (kind: (typeof INTERPOLATIONS)[number]): number => {
    const path = latentPath(keys, kind);
    const h = 1e-3;
    const [before, at, after] = [path(1 / 3 - h), path(1 / 3), path(1 / 3 + h)];
    const incoming = at.map((x, i) => x - before[i]!);
    const outgoing = after.map((x, i) => x - at[i]!);
    const dot = incoming.reduce((sum, x, i) => sum + x * outgoing[i]!, 0);
    return Math.acos(Math.min(1, dot / (norm(incoming) * norm(outgoing))));
  };
  expect(turn("spherical")).toBeGreaterThan(0.5);
  expect(turn("cubic")).toBeLessThan(0.05);
});

describe("in a flat space", () => {
  const keys = [Float32Array.of(0, 0), Float32Array.of(2, 4), Float32Array.of(-1, 3)];

  it("spherical is the straight line", () => {
    const point = latentPath(keys, "spherical", "flat")(1 / 12); // a quarter of the first of three parts
    expect(point[0]).toBeCloseTo(0.5, 5);
    expect(point[1]).toBeCloseTo(1, 5);
  });

  it("cubic visits the keys, zeros as well", () => {
    const path = latentPath(keys, "cubic", "flat");
    for (const [i, key] of keys.entries()) expect(distance(path(i / 3), key)).toBeLessThan(1e-5);
  });
});
