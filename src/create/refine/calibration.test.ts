import { describe, expect, it } from "vitest";
import { CheckpointError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { acceptanceBound, type Calibration, calibrate, type Judged } from "./calibration.ts";

/** Normal numbers around `mean` for each class, where each class has a constant of its own. */
function normal(name: string, count: number, mean: number, constants: readonly number[]): Judged {
  const random = new Random(3).split(name);
  const classes = Array.from({ length: count }, (_, i) => i % constants.length);
  return { classes, logits: classes.map((c) => (constants[c] as number) + mean + random.normal()) };
}

const repeated = (value: number, count: number): number[] => Array(count).fill(value);
const flat = (logits: readonly number[]): Judged => ({ logits, classes: logits.map(() => 0) });

describe("calibrate", () => {
  it("finds the log density ratio of two normal distributions", () => {
    // log N(d; 1, 1) / N(d; -1, 1) = 2 d
    const { slope } = calibrate(normal("r", 4000, 1, [0]), normal("g", 4000, -1, [0]), 0);
    expect(slope).toBeGreaterThan(1.9);
    expect(slope).toBeLessThan(2.1);
  });

  it("does not mind the constants that a relativistic loss leaves free, one a class", () => {
    const of = (constants: number[]): number =>
      calibrate(normal("r", 600, 0.5, constants), normal("g", 600, -0.5, constants), 3).slope;
    expect(of([7, -40, 300])).toBeCloseTo(of([0, 0, 0]), 3);
    expect(of([0, 0, 0])).toBeCloseTo(1, 0);
  });

  it("solves two logits exactly", () => {
    const real = [...repeated(2, 60), ...repeated(-1, 40)];
    const generated = [...repeated(2, 20), ...repeated(-1, 80)];
    // The share of the (smoothed) targets among the pictures of each logit is what the regression has to give there.
    const [high, low] = [101 / 102, 1 / 102];
    const share = (r: number, g: number): number => (r * high + g * low) / (r + g);
    const odds = (p: number): number => Math.log(p / (1 - p));
    const expected = (odds(share(60, 20)) - odds(share(40, 80))) / 3;
    expect(calibrate(flat(real), flat(generated), 0).slope).toBeCloseTo(expected, 6);
  });

  it("stays finite where all pictures are told apart, and where a class has no real ones", () => {
    const apart = calibrate(flat(repeated(4, 50)), flat(repeated(1, 50)), 0);
    expect(apart.slope).toBeGreaterThan(1);
    expect(apart.slope).toBeLessThan(10);
    const real = normal("r", 200, 1, [0]);
    const { slope, generated } = calibrate(real, normal("g", 400, -1, [0, 0]), 2);
    expect(slope).toBeGreaterThan(1);
    expect(generated.map((logits) => logits.length)).toEqual([200, 200]);
  });

  it.each([
    ["knows nothing", flat([1, 2, 3, 4]), flat([1, 2, 3, 4])],
    ["takes the wrong side", flat([-1, -2, 0]), flat([3, 2, 4])],
    ["says always the same", flat([1, 1]), flat([1, 1])],
    ["is not finite", flat([Number.NaN, 1]), flat([0, 1])],
  ])("refuses a discriminator that %s", (_, real, generated) => {
    expect(() => calibrate(real, generated, 0)).toThrow(CheckpointError);
    expect(() => calibrate(real, generated, 0)).toThrow(/does not tell \d real/);
  });
});

describe("acceptanceBound", () => {
  const logits = [...normal("g", 2000, 5, [0]).logits];
  const calibration: Calibration = { slope: 3, generated: [logits, [100]] };
  const rateAt = (bound: number): number =>
    logits.reduce((sum, d) => sum + Math.min(1, Math.exp(3 * d - bound)), 0) / logits.length;

  it.each([0.5, 0.25, 0.1])("accepts a share of %f", (rate) => {
    expect(rateAt(acceptanceBound(calibration, 0, rate))).toBeCloseTo(rate, 6);
  });

  it("accepts everything at 1, and goes no further than the largest ratio", () => {
    expect(acceptanceBound(calibration, 0, 1)).toBeCloseTo(3 * Math.min(...logits), 6);
    expect(acceptanceBound(calibration, 0, 1e-9)).toBe(3 * Math.max(...logits));
  });

  it("asks all classes where one has too few pictures", () => {
    const all = { slope: 3, generated: [[...logits, 100]] };
    expect(acceptanceBound(calibration, 1, 0.25)).toBe(acceptanceBound(all, 0, 0.25));
  });
});
