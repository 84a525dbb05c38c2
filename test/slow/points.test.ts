import { expect, it } from "vitest";
import { POINTS_EXPERIMENTS, SAMPLES } from "../../suite/points/experiments.ts";
import { trainPoints } from "../../suite/points/gan.ts";
import type { PointsName } from "../../suite/points/results.ts";
import { scoreOf } from "../../suite/points/score.ts";

/**
 * Short trainings of the experiments behind docs/results.md: `npm run suite -- points` takes 6 times and nearly 3 times as many steps. The
 * shares allow for what other seeds and machines gave below these ones.
 */
const SHORT: Readonly<Record<PointsName, { steps: number; good: number }>> = {
  ring: { steps: 1000, good: 0.93 },
  grid: { steps: 3000, good: 0.88 },
};

it.each(["ring", "grid"] satisfies PointsName[])(
  "a short training finds every mode of the %s",
  {
    timeout: 180_000,
  },
  async (name) => {
    const { mixture, recipe, goal } = POINTS_EXPERIMENTS[name];
    const { steps, good } = SHORT[name];
    const score = scoreOf(mixture, await trainPoints(mixture, { ...recipe, steps }, 0, SAMPLES));
    expect(score.modes).toBe(goal.modes);
    expect(score.good).toBeGreaterThan(good);
    expect(score.reverseKl).toBeLessThan(goal.reverseKl);
  },
);
