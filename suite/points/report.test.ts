import { expect, it } from "vitest";
import { readSection } from "../document.ts";
import { POINTS_EXPERIMENTS, PUBLISHED_SEEDS, reaches } from "./experiments.ts";
import { reportOf } from "./report.ts";
import { type PointsName, readResults } from "./results.ts";

const results = readResults();

it("docs/results.md shows the published results (npm run suite -- points)", () => {
  expect(readSection("points")).toBe(reportOf(results));
});

it.each(["ring", "grid"] satisfies PointsName[])(
  "%s: names the seeds that missed the goal",
  (name) => {
    const seeds = results.experiments[name] ?? [];
    expect(seeds.length).toBeGreaterThanOrEqual(PUBLISHED_SEEDS);
    const { goal, title } = POINTS_EXPERIMENTS[name];
    const missed = seeds.filter((score) => !reaches(score, goal)).map(({ seed }) => seed);
    const section = reportOf(results).split(`### ${title}`)[1]?.split("###")[0];
    expect(section).toContain(
      missed.length === 0
        ? "The goal is reached on every seed."
        : `The goal is missed on seed ${missed.join(", ")}.`,
    );
  },
);
