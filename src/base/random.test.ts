import { describe, expect, it } from "vitest";
import { Random } from "./random.ts";

describe("Random", () => {
  it("repeats a stream from its seed and path", () => {
    const a = new Random(7).split("z").split(3);
    const parent = new Random(7).split("z");
    parent.uniform();
    const b = parent.split(3);
    expect([a.normal(), a.uniform()]).toEqual([b.normal(), b.uniform()]);
  });

  it("keeps its numbers across versions", () => {
    const random = new Random(0).split("golden");
    expect([
      random.integer(1000),
      random.integer(1000),
      random.integer(1000),
    ]).toMatchInlineSnapshot(`
      [
        645,
        290,
        468,
      ]
    `);
  });

  it.each([
    [new Random(1), new Random(2)],
    [new Random(1).split("a"), new Random(1).split("b")],
    [new Random(1).split(0), new Random(1).split(1)],
    [new Random(1).split("1"), new Random(1).split(1)],
    [new Random(1).split(12).split(3), new Random(1).split(1).split(23)],
  ])("gives different streams to different paths (%#)", (a, b) => {
    expect(a.uniform()).not.toBe(b.uniform());
  });

  it("draws standard normals", () => {
    const x = new Random(5).fillNormal(new Float32Array(200_001));
    const mean = x.reduce((s, v) => s + v, 0) / x.length;
    const variance = x.reduce((s, v) => s + v * v, 0) / x.length;
    const beyond2 = x.filter((v) => Math.abs(v) > 2).length / x.length;
    expect(Math.abs(mean)).toBeLessThan(0.01);
    expect(Math.abs(variance - 1)).toBeLessThan(0.015);
    expect(beyond2).toBeGreaterThan(0.0435);
    expect(beyond2).toBeLessThan(0.0475);
  });

  it("neighbouring seeds are uncorrelated", () => {
    const first = Array.from({ length: 4000 }, (_, seed) => new Random(seed).uniform());
    const mean = first.reduce((s, v) => s + v, 0) / first.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.02);
    let lag = 0;
    for (let i = 1; i < first.length; i++)
      lag += ((first[i] ?? 0) - 0.5) * ((first[i - 1] ?? 0) - 0.5);
    expect(Math.abs(lag / first.length) * 12).toBeLessThan(0.06);
  });

  it("permutes without loss", () => {
    expect([...new Random(3).permutation(100)].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, i) => i),
    );
  });
});
