import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CancelledError, ConfigError, MediaError } from "../base/errors.ts";
import type { Generator } from "../create/generator.ts";
import { loadGenerator } from "../create/load.node.ts";
import { checkMakesPictures } from "../create/makes-pictures.ts";
import type { RefineOptions } from "../create/refine/methods.ts";
import { type Dataset, exampleOf } from "../data/dataset.ts";
import { imageGrid } from "../media/grid.ts";
import { writeImage } from "../media/image.node.ts";
import type { Image } from "../media/image.ts";
import { imageFromBytes, planesOf } from "../media/planes.ts";
import { FeatureExtractor } from "../metrics/feature-extractor.ts";
import { loadFeatureNetwork } from "../metrics/feature-network.node.ts";
import type { FeatureNetwork, NetworkOutput } from "../metrics/feature-network.ts";
import { splitByFile } from "../metrics/held-out.ts";
import { type Measurements, measure } from "../metrics/measure.node.ts";
import type { ClosestPair } from "../metrics/memorisation.ts";
import { checkCounts, type Metric, parseMetrics } from "../metrics/metric.ts";
import { pathLength } from "../metrics/path-length.ts";
import { ReferenceSet } from "../metrics/reference-set.node.ts";
import { TensorCache } from "../metrics/tensor-cache.node.ts";
import { RunFolder } from "../train/run-folder.node.ts";
import type { MeasureControl } from "./measuring.ts";
import { checkReportFile, writeFeatures, writeReportFile } from "./metric-files.ts";
import { pathPictures } from "./path-steps.ts";

export { FEATURE_NETWORKS } from "../metrics/feature-network.node.ts";
export { METRICS } from "../metrics/metric.ts";

/** What is measured, and how. */
export interface MeasureOptions extends MeasureControl {
  /** @default fd, kid, pr, dc, diversity and memorisation */
  readonly metrics?: readonly string[];
  /** A feature network of Ganbox, or the path of an ONNX file. @default "mixed5" */
  readonly features?: string;
  /** What the SHA-256 of the feature network must be [hex]. */
  readonly featuresSha256?: string;
  /** Pictures to generate. @default 10000 */
  readonly samples?: number;
  /** Chooses the pictures: seeds `seed * samples` and up. @default 0 */
  readonly seed?: number;
  /**
   * Part of the source files that the model was not trained on: pictures are compared with these, and memorisation with the others. A run that held
   * some of these files out is always compared with those. @default 0: with all pictures
   */
  readonly heldOut?: number;
  /** Measures the pictures of the second pass, in which the discriminator works for them. @default those of the generator alone */
  readonly refine?: RefineOptions;
  /** Folder for `metrics.json` and, with memorisation, `closest-pairs.png`; made if missing. */
  readonly outputDir?: string;
  /** File for the results alone: .json, or .csv with one row. */
  readonly output?: string;
  /** File for the features of generated and real pictures, .npz: arrays `generated`, `seed`, `real` and `file`. */
  readonly featuresOutput?: string;
}

/** A generated picture and the training picture that is nearest to it, as people can find them. */
export interface NearPair {
  /** Seed of the generated picture. */
  readonly seed: number;
  /** Source file of the training picture. */
  readonly file: string;
  /** Whether the training picture is nearest when mirrored left to right. */
  readonly mirrored: boolean;
  /** Distance of their features. */
  readonly distance: number;
}

/** Measured quality of a model: plain JSON. */
export interface MetricReport {
  readonly model: string;
  readonly data: {
    readonly source: string;
    /** Pictures compared with. */
    readonly pictures: number;
    /** Pictures that memorisation looks for copies of. */
    readonly trainingPictures: number;
    readonly heldOut: number;
    readonly hash: string;
  };
  readonly features: {
    readonly name: string;
    readonly sha256: string;
    readonly width: number;
  };
  readonly samples: number;
  readonly seed: number;
  /** The second pass, where there was one. */
  readonly refine?: Required<RefineOptions>;
  readonly results: Omit<Measurements, "memorisation" | "notes"> & {
    readonly pathLength?: number;
    readonly memorisation?: {
      readonly share: number;
      readonly medianRatio: number;
      readonly closest: readonly NearPair[];
    };
  };
  readonly notes: readonly string[];
  /** Time that all of it took. */
  readonly seconds: number;
}

const DEFAULT_METRICS: readonly Metric[] = ["fd", "kid", "pr", "dc", "diversity", "memorisation"];

/** Most steps of a path length: two pictures each, and enough for its mean. */
const PATH_STEPS = 2000;

/** Pairs of a row of closest-pairs.png, the space between them [pixels], and their number. */
const PAIRS = { columns: 4, gap: 8, count: 16 } as const;

/** What makes the pictures of seeds: a generator, or one with its discriminator. */
type Maker = Pick<Generator, "info" | "fromSeeds" | "dispose"> & {
  readonly refine?: Required<RefineOptions>;
};

interface Work {
  readonly metrics: readonly Metric[];
  readonly generator: Maker;
  readonly network: FeatureNetwork;
  readonly dataset: Dataset;
  readonly samples: number;
  readonly seed: number;
  readonly options: MeasureOptions;
}

/**
 * Measures a model against pictures.
 *
 * @param model A model (.onnx) or the folder of a run.
 * @param data A folder of pictures, a .zip file or an IDX file.
 * @throws {CheckpointError} if the model or the feature network is missing, damaged, or of another kind than expected.
 * @throws {DatasetError} if the pictures cannot be used or are fewer than a metric needs.
 * @throws {ConfigError} if an option is wrong.
 * @throws {CancelledError} if `signal` stopped it.
 * @throws {MediaError} if the output cannot be written.
 */
export async function measureModel(
  model: string,
  data: string,
  options: MeasureOptions = {},
): Promise<MetricReport> {
  const begin = performance.now();
  const { samples = 10_000, seed = 0, outputDir, output, featuresOutput } = options;
  if (output !== undefined) checkReportFile(output);
  const metrics = parseMetrics(options.metrics ?? DEFAULT_METRICS);
  checkWhole("samples", samples, 1);
  checkWhole("seed", seed, 0);
  const network = await loadFeatureNetwork(options.features ?? "mixed5", options.featuresSha256);
  checkClassifier(metrics, network);
  const generator = await loadMaker(model, metrics, options);
  const shown = shownTo(model);
  const { architecture } = generator.info;
  // Brings training along: loaded only when needed.
  const { openExamples } = await import("../train/media.node.ts");
  checkMakesPictures(architecture, `metrics: ${model}`, { frames: false });
  const dataset = await openExamples(data, { architecture, ...shown }, ({ stage, done, total }) =>
    options.onProgress?.(stage, done, total),
  );
  try {
    const work = { metrics, generator, network, dataset, samples, seed, options };
    const held = shown.heldOut > 0 && shown.hash === dataset.contentHash;
    const heldOut = held ? shown.heldOut : (options.heldOut ?? 0);
    const { training, real } = referenceSets(work, heldOut);
    checkCounts(metrics, { real: real.indices.length, generated: samples });
    const generated = await generatedFeatures(work);
    const path = metrics.includes("ppl") ? await measuredPathLength(work, model) : undefined;
    const comparison = { network, generated, real, training, mirrored: shown.mirror, seed };
    const { notes, memorisation, ...values } = await measure(metrics, {
      ...comparison,
      onMetric: (metric) => options.onProgress?.(metric, 0, 1),
    });
    const closest = memorisation?.closest.map((pair) => nearPair(pair, work, training));
    const report: MetricReport = {
      model,
      data: {
        source: data,
        pictures: real.indices.length,
        trainingPictures: training.indices.length,
        heldOut,
        hash: dataset.contentHash,
      },
      features: { name: network.name, sha256: network.sha256, width: network.width },
      samples,
      seed,
      ...(generator.refine === undefined ? {} : { refine: generator.refine }),
      results: {
        ...values,
        ...(path === undefined ? {} : { pathLength: path }),
        ...(memorisation === undefined || closest === undefined
          ? {}
          : { memorisation: { ...memorisation, closest } }),
      },
      notes: [...dataset.warnings, ...notes],
      seconds: (performance.now() - begin) / 1000,
    };
    if (output !== undefined) writeReportFile(output, report);
    if (featuresOutput !== undefined) {
      await writeFeatures(featuresOutput, {
        generated: generated.features,
        seeds: Array.from({ length: samples }, (_, i) => seedOf(work, i)),
        real: await real.features(),
        files: real.files,
      });
    }
    if (outputDir !== undefined) {
      writeReport(outputDir, report);
      if (memorisation !== undefined)
        await drawPairs(join(outputDir, "closest-pairs.png"), memorisation.closest, work, training);
    }
    return report;
  } finally {
    dataset.close();
    await generator.dispose();
    await network.dispose();
  }
}

async function loadMaker(
  model: string,
  metrics: readonly Metric[],
  { refine, onProgress }: MeasureOptions,
): Promise<Maker> {
  if (refine === undefined) return await loadGenerator(model);
  if (metrics.includes("ppl")) {
    throw new ConfigError(
      "ppl: the path length is one of the generator alone, and refined pictures jump from seed to seed. Leave this metric out, or measure without refining.",
    );
  }
  const { loadRefined } = await import("./refining.ts");
  return await loadRefined(model, {
    ...refine,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
}

function checkWhole(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new ConfigError(`${name}: got ${value}, expected a whole number from ${least}.`);
}

/** Said before the pictures are made, not after. */
function checkClassifier(metrics: readonly Metric[], network: FeatureNetwork): void {
  if (!metrics.includes("is") || network.classes > 0) return;
  throw new ConfigError(
    `is: the feature network ${network.name} is no classifier, expected one with an output \`logits\`. Choose another one, or leave this metric out.`,
  );
}

/** Which pictures were shown in training, and how. */
interface Shown {
  readonly crops: number | "auto";
  readonly background: string;
  readonly mirror: boolean;
  /** Part of the files of the data set with this hash that was not. */
  readonly heldOut: number;
  readonly hash: string;
}

/** What a run tells, and what is usual for a model that does not. */
function shownTo(model: string): Shown {
  const isRun = statSync(model, { throwIfNoEntry: false })?.isDirectory() === true;
  if (!isRun) return { crops: "auto", background: "#ffffff", mirror: true, heldOut: 0, hash: "" };
  const { crops, background, mirror, heldOut, data } = RunFolder.open(model).config;
  return { crops, background, mirror, heldOut, hash: data.hash };
}

function referenceSets(
  { dataset, network, options }: Work,
  heldOut: number,
): { training: ReferenceSet; real: ReferenceSet } {
  const { cacheDir, signal, onProgress } = options;
  const source = {
    dataset,
    network,
    cache: new TensorCache(cacheDir),
    signal,
    onProgress: (done: number, total: number) => onProgress?.("features of pictures", done, total),
  };
  const split = splitByFile(dataset.files, heldOut);
  const training = new ReferenceSet(source, split.training);
  return { training, real: heldOut === 0 ? training : new ReferenceSet(source, split.heldOut) };
}

/** Seed of generated picture `index`. */
function seedOf({ seed, samples }: Work, index: number): number {
  return seed * samples + index;
}

async function generatedFeatures(work: Work): Promise<NetworkOutput> {
  const { generator, network, samples, options } = work;
  const extractor = new FeatureExtractor(network, generator.info.architecture, samples);
  const seeds = Array.from({ length: samples }, (_, i) => seedOf(work, i));
  let done = 0;
  for await (const image of generator.fromSeeds(seeds)) {
    throwIfCancelled(options.signal);
    await extractor.add(planesOf(image));
    options.onProgress?.("features of samples", ++done, samples);
  }
  return extractor.finish();
}

async function measuredPathLength(work: Work, model: string): Promise<number> {
  const { generator, network, seed, samples, options } = work;
  const { architecture } = generator.info;
  const steps = Math.min(samples, PATH_STEPS);
  const ends = {
    from: new FeatureExtractor(network, architecture, steps),
    to: new FeatureExtractor(network, architecture, steps),
  };
  let done = 0;
  for await (const { from, to } of pathPictures(model, seed, steps)) {
    throwIfCancelled(options.signal);
    await ends.from.add(from);
    await ends.to.add(to);
    options.onProgress?.("path length", ++done, steps);
  }
  return pathLength(ends.from.finish().features, ends.to.finish().features);
}

function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new CancelledError("metrics: stopped on request.");
}

/** The training pictures come first, then the same mirrored. */
function nearPair(pair: ClosestPair, work: Work, training: ReferenceSet): NearPair {
  const count = training.indices.length;
  const index = training.indices[pair.training % count] as number;
  return {
    seed: seedOf(work, pair.generated),
    file: work.dataset.files[index] as string,
    mirrored: pair.training >= count,
    distance: pair.distance,
  };
}

function writeReport(folder: string, report: MetricReport): void {
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "metrics.json"), `${JSON.stringify(report, null, 2)}\n`);
  } catch (cause) {
    throw new MediaError(
      `${folder}: the results cannot be written (${(cause as Error).message}). Choose another folder, or check its permissions.`,
      { cause },
    );
  }
}

/** Pairs side by side, nearest first: the generated picture left, the training picture right. */
async function drawPairs(
  path: string,
  closest: readonly ClosestPair[],
  work: Work,
  training: ReferenceSet,
): Promise<void> {
  const pairs = closest.slice(0, PAIRS.count);
  const { generator, dataset } = work;
  const seeds = pairs.map(({ generated }) => seedOf(work, generated));
  const images: Image[] = [];
  for await (const image of generator.fromSeeds(seeds)) {
    const pair = pairs[images.length] as ClosestPair;
    images.push(
      imageGrid([image, trainingPicture(dataset, training, pair.training)], { columns: 2 }),
    );
  }
  await writeImage(path, imageGrid(images, { columns: PAIRS.columns, gap: PAIRS.gap }));
}

function trainingPicture(dataset: Dataset, { indices }: ReferenceSet, place: number): Image {
  const index = indices[place % indices.length] as number;
  return imageFromBytes(exampleOf(dataset, index, place >= indices.length), dataset);
}
