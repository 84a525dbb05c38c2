import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { RunRecord } from "../record.ts";
import type { Score } from "./score.ts";

/** Name of an experiment with points. */
export type PointsName = "ring" | "grid";

/** One training. */
export interface SeedResult extends Score {
  readonly seed: number;
  /** Time of the training [s]. */
  readonly seconds: number;
}

/** What a run of the suite measured. */
export interface PointsResults {
  readonly record: RunRecord;
  readonly experiments: Readonly<Partial<Record<PointsName, readonly SeedResult[]>>>;
}

const PUBLISHED = resolve(import.meta.dirname, "../results/points.json");

/** The published results. */
export function readResults(): PointsResults {
  return JSON.parse(readFileSync(PUBLISHED, "utf8"));
}
