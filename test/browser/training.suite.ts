import { describe, expect, inject, it } from "vitest";
import { Engine } from "../../src/engine/engine.ts";
import { relativeError } from "../support/operations.ts";
import { type Numbers, pictures, tenSteps, trainingStep } from "./small-gan.ts";

const golden = inject("golden");
const on = { provider: inject("provider"), threads: 2 };
const engine = await Engine.create(on);

/** Names, with their errors, of the tensors that are further from the golden ones than `tolerance`. */
function differences(actual: Numbers, expected: Numbers, tolerance: number): string[] {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  return Object.entries(expected).flatMap(([name, numbers]) => {
    const error = relativeError(actual[name] ?? [], numbers);
    return error < tolerance ? [] : [`${name}: ${error}`];
  });
}

/** Bytes that differ by at most one grey level, and not all of one colour. */
function expectSamePictures(actual: readonly number[], expected: readonly number[]): void {
  expect(new Set(expected).size).toBeGreaterThan(50);
  expect(actual).toHaveLength(expected.length);
  const error = Math.max(...actual.map((v, i) => Math.abs(v - (expected[i] as number))));
  expect(error).toBeLessThanOrEqual(1);
}

describe("a small R3GAN gives what Node's CPU provider gives", () => {
  it.each([
    ["standard operations", false],
    ["measured choices", true],
  ])("D step with its second-order penalties, then G step: %s", async (_, tune) => {
    expect(differences(await trainingStep(engine, tune), golden.trainingStep, 1e-5)).toEqual([]);
  });

  it("ten steps of training on pictures in memory, and its averaged generator and model file", async () => {
    const { reports, drawn, generated } = await tenSteps(on);
    expect(differences(reports, golden.tenSteps.reports, 1e-4)).toEqual([]);
    expectSamePictures(drawn, golden.tenSteps.drawn);
    expectSamePictures(generated, golden.tenSteps.drawn);
    expectSamePictures(generated, golden.tenSteps.generated);
  });

  it("the same picture for the same seed", async () => {
    expectSamePictures(await pictures(on), golden.pictures);
  });
});
