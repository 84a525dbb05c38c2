import { describe, expect, inject, it } from "vitest";
import { Engine } from "../../src/engine/engine.ts";
import { relativeError } from "./relative-error.ts";
import { type Numbers, pictures, tenSteps, trainingStep } from "./small-gan.ts";

const golden = inject("golden");
const engine = await Engine.create({ provider: inject("provider"), threads: 2 });

/** Names, with their errors, of the tensors that are further from the golden ones than `tolerance`. */
function differences(actual: Numbers, expected: Numbers, tolerance: number): string[] {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  return Object.entries(expected).flatMap(([name, numbers]) => {
    const error = relativeError(actual[name] ?? [], numbers);
    return error < tolerance ? [] : [`${name}: ${error}`];
  });
}

describe("a small R3GAN gives what Node's CPU provider gives", () => {
  it.each([
    ["standard operations", false],
    ["measured choices", true],
  ])("D step with its second-order penalties, then G step: %s", async (_, tune) => {
    expect(differences(await trainingStep(engine, tune), golden.trainingStep, 1e-5)).toEqual([]);
  });

  it("ten steps of the trainer, and the pictures of its averaged generator", async () => {
    expect(differences(await tenSteps(engine), golden.tenSteps, 1e-4)).toEqual([]);
  });

  it("the same picture for the same seed, to one grey level", async () => {
    const actual = await pictures(engine);
    expect(new Set(golden.pictures).size).toBeGreaterThan(50);
    expect(actual).toHaveLength(golden.pictures.length);
    expect(
      Math.max(...actual.map((v, i) => Math.abs(v - (golden.pictures[i] as number)))),
    ).toBeLessThanOrEqual(1);
  });
});
