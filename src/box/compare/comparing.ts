import { join, resolve } from "node:path";
import { CheckpointError, ConfigError, DivergenceError, invariant } from "../../base/errors.ts";
import type { TrainEvent } from "../../base/events.ts";
import { resolutionOf } from "../../base/size.ts";
import { parseOptions } from "../../train/config.ts";
import type { TrainOptions } from "../../train/options.ts";
import { writeFileAtomically } from "../workspace/files.ts";
import type { RunRecord } from "../workspace/run-record.ts";
import type { ComparedFamily, CompareEvent, CompareOptions, Comparison } from "./compare.ts";
import { trainFamily, trainingCost } from "./family-run.ts";
import { latentMaps, someRows } from "./maps.ts";
import { type Measured, measureFamily, SHOWN } from "./measuring.ts";
import { comparisonPage } from "./page.ts";
import { checkFamilies, Plan } from "./plan.ts";
import { markdownTable } from "./table.ts";
import { findings } from "./words.ts";
import { openYardstick, pictureOf, somePictures, type Yardstick } from "./yardstick.ts";

const FAMILIES = ["r3gan", "vae", "vaegan"];
const SAMPLES = 5000;

/** Fewest samples: each of five parts needs more pictures than it has neighbours to look for. */
const LEAST_SAMPLES = 30;

/** A family that was trained and measured. */
interface Result {
  readonly family: string;
  readonly record: RunRecord;
  readonly measured: Measured;
}

interface Work {
  readonly source: string;
  readonly families: readonly string[];
  readonly options: TrainOptions;
  readonly outputDir: string;
  readonly samples: number;
  readonly signal: AbortSignal | undefined;
  readonly emit: (event: CompareEvent) => void;
}

/** Does what `compareFamilies` promises. */
export async function runComparison(source: string, options: CompareOptions): Promise<Comparison> {
  const { samples = SAMPLES, outputDir = "compare", signal, cacheDir } = options;
  const training: TrainOptions = options.training ?? {};
  const families = checkFamilies(options.families ?? FAMILIES, training);
  if (!Number.isSafeInteger(samples) || samples < LEAST_SAMPLES) {
    throw new ConfigError(
      `samples: got ${samples}, expected a whole number from ${LEAST_SAMPLES}. Ask for more.`,
    );
  }
  const emit = options.onEvent ?? (() => undefined);
  const path = resolve(source);
  const work = { source: path, families, options: training, outputDir, samples, signal, emit };
  const plan = Plan.open(outputDir, path, training);
  const yardstick = await openYardstick({
    source: path,
    options: training,
    features: options.features ?? "mixed5",
    samples,
    cacheDir,
    signal,
    onProgress: (stage, done, total) => emit({ type: "progress", stage, done, total }),
  });
  try {
    const { records, failed } = await trainAll(work, plan, yardstick);
    const results = await measureAll(work, records, yardstick);
    return await write(work, results, failed, yardstick);
  } finally {
    await yardstick.dispose();
  }
}

interface Trained {
  readonly records: readonly { readonly family: string; readonly record: RunRecord }[];
  readonly failed: Comparison["failed"];
}

async function trainAll(work: Work, plan: Plan, { dataset }: Yardstick): Promise<Trained> {
  const { source, families, options, signal, emit } = work;
  const records: { family: string; record: RunRecord }[] = [];
  const failed: { family: string; problem: string }[] = [];
  let lost: DivergenceError | undefined;
  for (const [index, family] of families.entries()) {
    emit({ type: "family", family, index, count: families.length });
    const onEvent = (event: TrainEvent): void => emit({ type: "train", family, event });
    try {
      const training = { family, plan, source, options, signal, onEvent };
      const record = await trainFamily(training);
      checkPictures(record, dataset.contentHash, source);
      records.push({ family, record });
    } catch (error) {
      if (!(error instanceof DivergenceError)) throw error;
      lost = error;
      failed.push({ family, problem: error.message });
      emit({ type: "failed", family, problem: error.message });
    }
  }
  if (records.length === 0 && lost !== undefined) throw lost;
  return { records, failed };
}

/** A run that was finished earlier may have seen other pictures. */
function checkPictures({ config, summary }: RunRecord, hash: string, source: string): void {
  const data = config?.data as { readonly hash?: unknown } | undefined;
  if (data?.hash === hash) return;
  throw new CheckpointError(
    `${source}: the pictures have changed since the run ${summary.name}, expected the same. Put them back as they were, or choose another folder with --out.`,
  );
}

async function measureAll(
  { samples, signal, emit }: Work,
  records: Trained["records"],
  yardstick: Yardstick,
): Promise<Result[]> {
  const onProgress = (stage: string, done: number, total: number): void =>
    emit({ type: "progress", stage, done, total });
  const results: Result[] = [];
  for (const { family, record } of records) {
    const measuring = { yardstick, samples, signal, onProgress };
    const measured = await measureFamily(family, record.summary.path, measuring);
    results.push({ family, record, measured });
  }
  return results;
}

async function write(
  { source, options, outputDir, samples, emit }: Work,
  results: readonly Result[],
  failed: Comparison["failed"],
  yardstick: Yardstick,
): Promise<Comparison> {
  const { dataset, training, real, network } = yardstick;
  const [first] = results;
  invariant(first !== undefined, "a comparison has no results");
  const { seed, heldOut } = parseOptions(options);
  const page = join(resolve(outputDir), "compare.html");
  const families = results.map(comparedFamily);
  const comparison: Comparison = {
    version: 1,
    data: {
      source,
      training: training.indices.length,
      compared: real.indices.length,
      heldOut,
      hash: dataset.contentHash,
    },
    resolution: resolutionOf(dataset),
    kimg: first.record.summary.totalKimg ?? first.record.summary.kimg,
    seed,
    samples,
    features: network.name,
    families,
    failed,
    findings: findings(families),
    notes: yardstick.notes,
    table: markdownTable(families, network.name),
    page,
  };
  const maps = await latentMaps(
    someRows(await real.features(), SHOWN.onMaps),
    results.map(({ family, measured }) => ({ family, features: measured.features })),
    seed,
    (stage, done, total) => emit({ type: "progress", stage, done, total }),
  );
  const html = await comparisonPage(comparison, {
    measured: results.map(({ measured }) => measured),
    runs: results,
    real: somePictures(training, SHOWN.samples).map((index) => pictureOf(dataset, index)),
    maps,
  });
  writeFileAtomically(page, html);
  writeFileAtomically(
    join(resolve(outputDir), "compare.json"),
    `${JSON.stringify(comparison, null, 2)}\n`,
  );
  return comparison;
}

function comparedFamily({ family, record, measured }: Result): ComparedFamily {
  return {
    family,
    run: record.summary.path,
    kimg: record.summary.kimg,
    figures: measured.figures,
    cost: { ...trainingCost(record), imagesPerSecond: measured.imagesPerSecond },
    notes: measured.notes,
  };
}
