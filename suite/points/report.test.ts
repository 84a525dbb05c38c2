import { expect, it } from "vitest";
import { readSection } from "../document.ts";
import { POINTS_EXPERIMENTS, PUBLISHED_SEEDS, reaches } from "./experiments.ts";
import { reportOf } from "./report.ts";
import { type PointsName, readResults } from "./results.ts";

const results = readResults();

it("docs/results.md shows the published results (npm run suite -- points)", () => {
  expect(readSection("points")).toBe(reportOf(results));
});

it.each(["ring", "grid"] satisfies PointsName[])("%s: every seed reached its goal", (name) => {
  const seeds = results.experiments[name] ?? [];
  expect(seeds.length).toBeGreaterThanOrEqual(PUBLISHED_SEEDS);
  for (const score of seeds) expect(reaches(score, POINTS_EXPERIMENTS[name].goal)).toBe(true);
});
