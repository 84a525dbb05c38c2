import { describeRecord } from "../record.ts";
import { table } from "../results.ts";
import { POINTS_EXPERIMENTS, type PointsExperiment, reaches } from "./experiments.ts";
import type { PointsName, PointsResults, SeedResult } from "./results.ts";
import type { Score } from "./score.ts";

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const mean = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length;

/** The four figures of a score. */
function figures({ modes, good, reverseKl, withinOneSigma }: Score, digits = 0): string[] {
  return [modes.toFixed(digits), percent(good), reverseKl.toFixed(4), percent(withinOneSigma)];
}

function averageOf(seeds: readonly SeedResult[]): Score {
  return {
    modes: mean(seeds.map((s) => s.modes)),
    good: mean(seeds.map((s) => s.good)),
    reverseKl: mean(seeds.map((s) => s.reverseKl)),
    withinOneSigma: mean(seeds.map((s) => s.withinOneSigma)),
  };
}

/** Every seed, their mean, the goal and what others published, and whether the goal is reached. */
function reportOfOne(experiment: PointsExperiment, seeds: readonly SeedResult[]): string[] {
  const { title, goal, published } = experiment;
  const missed = seeds.filter((s) => !reaches(s, goal)).map((s) => s.seed);
  return [
    `### ${title}`,
    "",
    table([
      ["", "modes", "good samples", "reverse KL", "within 1 sigma", "training"],
      ...seeds.map((s) => [`seed ${s.seed}`, ...figures(s), `${s.seconds.toFixed(0)} s`]),
      [`**mean of ${seeds.length}**`, ...figures(averageOf(seeds), 1), ""],
      ["goal, every seed", goal.modes, percent(goal.good), goal.reverseKl, "", ""],
      ...published.map((p) => [
        `${p.method}, mean of 10`,
        p.modes,
        percent(p.good),
        p.reverseKl,
        "",
        "",
      ]),
    ]),
    "",
    missed.length === 0
      ? "The goal is reached on every seed."
      : `The goal is missed on seed ${missed.join(", ")}.`,
    "",
  ];
}

/** Results as Markdown: a table an experiment, then the command, its time and the machine. */
export function reportOf({ record, experiments }: PointsResults): string {
  const parts = Object.entries(experiments).flatMap(([name, seeds]) =>
    reportOfOne(POINTS_EXPERIMENTS[name as PointsName], seeds),
  );
  return [...parts, `\`${record.command}\`: ${describeRecord(record)}`].join("\n");
}
