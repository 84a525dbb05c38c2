import { expect, it } from "vitest";
import { POINTS_EXPERIMENTS } from "./experiments.ts";
import { trainPoints } from "./gan.ts";

const { mixture, recipe } = POINTS_EXPERIMENTS.ring;
const train = (seed: number): Promise<Float32Array> =>
  trainPoints(mixture, { ...recipe, batch: 32, steps: 20 }, seed, 100);

it("a seed decides every bit of the result", async () => {
  const [first, again, other] = [await train(3), await train(3), await train(4)];
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
});
