import { DatasetError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { type Dataset, exampleOf } from "../../data/dataset.ts";
import type { Image } from "../../media/image.ts";
import { imageFromBytes } from "../../media/planes.ts";
import { loadFeatureNetwork } from "../../metrics/feature-network.node.ts";
import type { FeatureNetwork } from "../../metrics/feature-network.ts";
import { splitByFile } from "../../metrics/held-out.ts";
import { checkCounts, type Metric } from "../../metrics/metric.ts";
import { ReferenceSet } from "../../metrics/reference-set.node.ts";
import { TensorCache } from "../../metrics/tensor-cache.node.ts";
import { openExamples } from "../../train/media.node.ts";
import type { TrainOptions } from "../../train/options.ts";
import { draftConfig } from "../../train/session.node.ts";

/** What every family is measured with: the same pictures, the same network, the same metrics. */
export interface Yardstick {
  readonly dataset: Dataset;
  readonly network: FeatureNetwork;
  /** Pictures that were trained on. */
  readonly training: ReferenceSet;
  /** Pictures that samples are compared with: those held out, else the same. */
  readonly real: ReferenceSet;
  /** Metrics that there are enough pictures for. */
  readonly metrics: readonly Metric[];
  /** Why others are left out. */
  readonly notes: readonly string[];
  /** Where features are remembered. */
  readonly cache: TensorCache;
  /** Whether training shows mirrored pictures too. */
  readonly mirrored: boolean;
  /** Frees the pictures and the network. */
  dispose(): Promise<void>;
}

/** What a yardstick is made of. */
export interface YardstickOptions {
  readonly source: string;
  readonly options: TrainOptions;
  readonly features: string;
  readonly samples: number;
  readonly cacheDir: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (stage: string, done: number, total: number) => void;
}

const WANTED: readonly Metric[] = ["fd", "kid", "pr", "dc", "diversity", "memorisation"];

/**
 * Opens the pictures as training does, and what they are measured with.
 *
 * @throws {DatasetError} if the pictures cannot be used.
 * @throws {CheckpointError} if the feature network cannot be used.
 */
export async function openYardstick(wanted: YardstickOptions): Promise<Yardstick> {
  const { source, options, features, samples, cacheDir, signal, onProgress } = wanted;
  const draft = draftConfig(source, options);
  const { heldOut, mirror } = draft;
  const network = await loadFeatureNetwork(features);
  const dataset = await openExamples(source, draft, (event) =>
    onProgress(event.stage, event.done, event.total),
  );
  const cache = new TensorCache(cacheDir);
  const reference = {
    dataset,
    network,
    cache,
    signal,
    onProgress: (done: number, total: number) => onProgress("features of pictures", done, total),
  };
  const split = splitByFile(dataset.files, heldOut);
  const training = new ReferenceSet(reference, split.training);
  const real = heldOut === 0 ? training : new ReferenceSet(reference, split.heldOut);
  const notes = [...dataset.warnings];
  const metrics = WANTED.filter((metric) => {
    const problem = problemOf(metric, real, samples);
    if (problem !== undefined) notes.push(problem);
    return problem === undefined;
  });
  const dispose = async (): Promise<void> => {
    dataset.close();
    await network.dispose();
  };
  return { dataset, network, training, real, metrics, notes, cache, mirrored: mirror, dispose };
}

/** Why a metric cannot be measured. */
function problemOf(metric: Metric, real: ReferenceSet, samples: number): string | undefined {
  if (metric === "memorisation" && new Set(real.files).size < 2)
    return "memorisation: all pictures come from one file, expected at least 2 files. It is left out.";
  try {
    checkCounts([metric], { real: real.indices.length, generated: samples });
    return undefined;
  } catch (error) {
    if (!(error instanceof DatasetError)) throw error;
    return error.message.replace("or leave this metric out", "it is left out here");
  }
}

/** Picture `index` of a data set. */
export function pictureOf(dataset: Dataset, index: number, mirrored = false): Image {
  return imageFromBytes(exampleOf(dataset, index, mirrored), dataset);
}

/** Some pictures of a set, drawn at random but always the same: indices into the data set. */
export function somePictures({ indices }: ReferenceSet, count: number): number[] {
  const order = new Random(0).split("shown").permutation(indices.length);
  return [...order.subarray(0, count)].map((place) => indices[place] as number);
}
