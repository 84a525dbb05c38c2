import type { PointsRecipe } from "./gan.ts";
import { GRID, type Mixture, RING } from "./mixture.ts";
import type { Score } from "./score.ts";

/** A row of another work's table: averages over its runs. */
export interface Published {
  readonly method: string;
  readonly modes: number;
  readonly good: number;
  readonly reverseKl: number;
}

/** What every seed has to reach. */
export type Goal = Pick<Score, "modes" | "good" | "reverseKl">;

/** An experiment with points in the plane. */
export interface PointsExperiment {
  readonly title: string;
  readonly mixture: Mixture;
  readonly recipe: PointsRecipe;
  readonly goal: Goal;
  readonly published: readonly Published[];
}

/** Samples that are scored, as in PacGAN. */
export const SAMPLES = 2500;

/** Seeds of a published result, 0 and up, as many as PacGAN's runs. */
export const PUBLISHED_SEEDS = 10;

/**
 * The discriminator's learning rate ends at a quarter, as R3GAN's does, the generator's near zero. Without momentum Adam moves every weight by about the
 * learning rate, however small its gradient: a discriminator that has slowed down as well no longer sees a mode drift away.
 */
const RECIPE: Omit<PointsRecipe, "steps"> = {
  generator: { width: 64, hidden: 6 },
  discriminator: { width: 64, hidden: 4 },
  batch: 256,
  learningRateG: [4e-3, 1e-5],
  learningRateD: [2e-3, 5e-4],
  beta2: [0.9, 0.99],
  gamma: [0.01, 1e-3],
  emaHalflife: [0, 100],
};

/** The experiments by name. Published numbers are from table 1 of PacGAN (arXiv:1712.04086): 10 runs each. */
export const POINTS_EXPERIMENTS: Readonly<Record<"ring" | "grid", PointsExperiment>> = {
  ring: {
    title: "2-D ring, 8 modes",
    mixture: RING,
    recipe: { ...RECIPE, steps: 6000 },
    goal: { modes: 8, good: 0.98, reverseKl: 0.04 },
    published: [
      { method: "GAN", modes: 6.3, good: 0.982, reverseKl: 0.45 },
      { method: "PacGAN2", modes: 7.9, good: 0.956, reverseKl: 0.07 },
    ],
  },
  grid: {
    title: "2-D grid, 25 modes",
    mixture: GRID,
    recipe: { ...RECIPE, steps: 8000 },
    goal: { modes: 25, good: 0.95, reverseKl: 0.04 },
    published: [
      { method: "GAN", modes: 17.3, good: 0.948, reverseKl: 0.7 },
      { method: "PacGAN4", modes: 24.8, good: 0.936, reverseKl: 0.04 },
    ],
  },
};

/** Whether a score is as good as the goal or better. */
export function reaches(score: Goal, goal: Goal): boolean {
  return score.modes >= goal.modes && score.good >= goal.good && score.reverseKl <= goal.reverseKl;
}
