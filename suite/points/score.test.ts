import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.ts";
import { drawPoints, GRID, type Mixture, RING } from "./mixture.ts";
import { scoreOf } from "./score.ts";

const LINE: Mixture = {
  centres: [
    [0, 0],
    [4, 0],
    [8, 0],
    [12, 0],
  ],
  sigma: 0.5,
};

describe("scoreOf", () => {
  it.each([
    ["ring", RING],
    ["grid", GRID],
  ])("gives real points of the %s the shares of a normal distribution", (_, mixture) => {
    const count = 100_000;
    const score = scoreOf(mixture, drawPoints(mixture, new Random(1), count));
    expect(score.modes).toBe(mixture.centres.length);
    // A round Gaussian has 1 - exp(-r^2 / 2) of its mass within r sigma. Six standard errors.
    const expected = (r: number): number => 1 - Math.exp(-(r ** 2) / 2);
    const error = (p: number): number => 6 * Math.sqrt((p * (1 - p)) / count);
    expect(Math.abs(score.good - expected(3))).toBeLessThan(error(expected(3)));
    expect(Math.abs(score.withinOneSigma - expected(1))).toBeLessThan(error(expected(1)));
    expect(score.reverseKl).toBeLessThan(0.001);
  });

  it("counts by the nearest mode, and three sigma away is too far", () => {
    // Good for modes 0, 0, 0 and 2, bad at exactly 3 sigma, bad between two modes.
    const points = Float32Array.of(0, 0, 0.25, 0, 0, -1.25, 9.25, 0, 5.5, 0, 2, 0);
    const score = scoreOf(LINE, points);
    expect(score.modes).toBe(2);
    expect(score.good).toBeCloseTo(4 / 6, 12);
    expect(score.withinOneSigma).toBeCloseTo(2 / 6, 12);
    expect(score.reverseKl).toBeCloseTo(0.75 * Math.log(3) + 0.25 * Math.log(1), 12);
  });

  it("has no divergence to tell where no sample is good", () => {
    const score = scoreOf(LINE, Float32Array.of(2, 0, 100, 100));
    expect(score).toEqual({ modes: 0, good: 0, reverseKl: Infinity, withinOneSigma: 0 });
  });
});
