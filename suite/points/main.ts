import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ConfigError } from "../../src/base/errors.ts";
import { Random } from "../../src/base/random.ts";
import { imageGrid } from "../../src/media/grid.ts";
import { writeImage } from "../../src/media/image.node.ts";
import type { Image } from "../../src/media/image.ts";
import { Progress } from "../progress.ts";
import { recordOf } from "../record.ts";
import { publish } from "../results.ts";
import { POINTS_EXPERIMENTS, PUBLISHED_SEEDS, reaches, SAMPLES } from "./experiments.ts";
import { trainPoints } from "./gan.ts";
import { drawPoints } from "./mixture.ts";
import { scatterPlot } from "./picture.ts";
import { reportOf } from "./report.ts";
import type { PointsName, PointsResults, SeedResult } from "./results.ts";
import { scoreOf } from "./score.ts";

const NAMES = Object.keys(POINTS_EXPERIMENTS) as PointsName[];
const PICTURE = resolve(import.meta.dirname, "../../docs/images/points.png");

const OPTIONS = {
  experiment: { type: "string" },
  seeds: { type: "string", default: String(PUBLISHED_SEEDS) },
} as const;

function parse(args: readonly string[]): { experiment?: string; seeds: string } {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (cause) {
    throw new ConfigError(
      `suite points: ${(cause as Error).message}. Flags are --experiment and --seeds.`,
      { cause },
    );
  }
}

function flagsOf(args: readonly string[]): { names: readonly PointsName[]; seeds: number } {
  const { experiment, seeds } = parse(args);
  const names = NAMES.filter((name) => experiment === undefined || experiment === name);
  if (names.length === 0) {
    throw new ConfigError(
      `suite points: --experiment is "${experiment}", expected ${NAMES.join(" or ")}.`,
    );
  }
  if (!/^[1-9]\d*$/.test(seeds)) {
    throw new ConfigError(
      `suite points: --seeds is "${seeds}", expected a whole number, 1 or more. Seeds 0, 1, … are trained.`,
    );
  }
  return { names, seeds: Number(seeds) };
}

/** Trains an experiment with one seed and scores it. */
async function runSeed(
  name: PointsName,
  seed: number,
  progress: Progress,
): Promise<{ result: SeedResult; points: Float32Array }> {
  const { mixture, recipe } = POINTS_EXPERIMENTS[name];
  const start = performance.now();
  const points = await trainPoints(mixture, recipe, seed, SAMPLES, (step) =>
    progress.step(`${name}, seed ${seed}`, step, recipe.steps),
  );
  const seconds = Math.round((performance.now() - start) / 100) / 10;
  const result = { seed, ...scoreOf(mixture, points), seconds };
  const { modes, good, reverseKl } = result;
  const text = `${name}, seed ${seed}: ${modes}/${mixture.centres.length} modes, ${(100 * good).toFixed(1)} % good, KL ${reverseKl.toFixed(4)}, ${seconds} s`;
  progress.finish(text, recipe.steps);
  return { result, points };
}

/** Real points and those of seed 0, side by side. */
function plotsOf(name: PointsName, generated: Float32Array): Image[] {
  const { mixture } = POINTS_EXPERIMENTS[name];
  const real = drawPoints(mixture, new Random(0).split("picture"), SAMPLES);
  return [scatterPlot(mixture, real), scatterPlot(mixture, generated)];
}

/**
 * `npm run suite -- points [--experiment ring|grid] [--seeds 10]`: trains GANs of points in the plane and prints how they cover their modes.
 * A run of both experiments with ten seeds or more is the published result: it also writes `suite/results/points.json`, the tables in `docs/results.md`
 * and `docs/images/points.png`.
 *
 * @returns Whether every seed reached its goal.
 * @throws {ConfigError} if a flag has a wrong value.
 */
export async function points(args: readonly string[]): Promise<boolean> {
  const { names, seeds } = flagsOf(args);
  const start = performance.now();
  const steps = names.reduce((sum, name) => sum + POINTS_EXPERIMENTS[name].recipe.steps, 0);
  const progress = new Progress(steps * seeds);
  const experiments: Partial<Record<PointsName, SeedResult[]>> = {};
  const plots: Image[] = [];
  for (const name of names) {
    const results: SeedResult[] = [];
    for (let seed = 0; seed < seeds; seed++) {
      const run = await runSeed(name, seed, progress);
      if (seed === 0) plots.push(...plotsOf(name, run.points));
      results.push(run.result);
    }
    experiments[name] = results;
  }
  const command = ["npm run suite -- points", ...args].join(" ");
  const record = recordOf(command, 1, (performance.now() - start) / 1000);
  const results: PointsResults = { record, experiments };
  const text = reportOf(results);
  console.log(text);
  if (names.length === NAMES.length && seeds >= PUBLISHED_SEEDS) {
    publish("points", results, text);
    await writeImage(
      PICTURE,
      imageGrid(plots, { columns: 2, gap: 8, background: [208, 208, 208] }),
    );
  }
  return names.every((name) =>
    (experiments[name] ?? []).every((s) => reaches(s, POINTS_EXPERIMENTS[name].goal)),
  );
}
