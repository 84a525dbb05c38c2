import { DatasetError } from "../base/errors.ts";
import type { FeatureNetwork, NetworkOutput } from "./feature-network.ts";
import { type Features, selectRows } from "./features.ts";
import { frechetDistance } from "./frechet.ts";
import { type InceptionScore, inceptionScore } from "./inception-score.ts";
import { type KernelDistance, kernelDistance } from "./kernel-distance.ts";
import { type ManifoldMetrics, manifoldMetrics, NEIGHBOURS } from "./manifold.ts";
import { type FiledFeatures, type Memorisation, memorisation } from "./memorisation.ts";
import type { Metric } from "./metric.ts";
import { neighbourhoodsOf } from "./neighbourhoods.ts";
import { MAX_PICTURES, type ReferenceSet } from "./reference-set.node.ts";
import { gaussianOf } from "./statistics.ts";

/** Values of the metrics that were asked for; keys of the others are absent. */
export interface Measurements extends Partial<ManifoldMetrics> {
  readonly frechetDistance?: number;
  readonly kernelDistance?: KernelDistance;
  readonly inceptionScore?: InceptionScore;
  readonly diversity?: Diversity;
  readonly memorisation?: Memorisation;
  /** What the reader should know about the values, one sentence each. */
  readonly notes: readonly string[];
}

/** How different the pictures of a set are from each other. */
export interface Diversity {
  /** Mean distance of the features of two generated pictures. */
  readonly generated: number;
  /** The same of real pictures. */
  readonly real: number;
  /** generated / real: about 1 for equal distributions, 0 for one picture over and over. */
  readonly ratio: number;
}

/** What is compared. */
export interface Comparison {
  readonly network: FeatureNetwork;
  readonly generated: NetworkOutput;
  /** Real pictures to be like. */
  readonly real: ReferenceSet;
  /** Pictures that the generator was trained on. */
  readonly training: ReferenceSet;
  /** Whether the generator was also shown mirrored pictures. */
  readonly mirrored: boolean;
  /** Chooses subsets. */
  readonly seed: number;
  /** Told before each metric. */
  readonly onMetric?: (metric: Metric) => void;
}

/** Below this many pictures of a kind a Frechet distance says more about their number than about them. */
const FRECHET_PICTURES = 2000;

/**
 * Computes metrics of generated pictures, all but the path length.
 *
 * @throws {DatasetError} if there are fewer pictures than a metric needs.
 * @throws {ShapeError} if the sets come from different networks.
 */
export async function measure(
  metrics: readonly Metric[],
  comparison: Comparison,
): Promise<Measurements> {
  const { network, generated, real, onMetric } = comparison;
  let values: Omit<Measurements, "notes"> = {};
  for (const metric of metrics) {
    if (metric === "ppl") continue;
    // Both pairs come from one pass over all distances.
    if (metric === "dc" && metrics.includes("pr")) continue;
    onMetric?.(metric);
    values = { ...values, ...(await MEASURE[metric](comparison, metrics)) };
  }
  const notes = notesOf(metrics, network.width, real.indices.length, generated.features.count);
  return { ...values, notes };
}

type Part = Omit<Measurements, "notes">;

const MEASURE: Readonly<
  Record<
    Exclude<Metric, "ppl">,
    (comparison: Comparison, metrics: readonly Metric[]) => Promise<Part>
  >
> = {
  fd: async ({ real, generated }) => ({
    frechetDistance: await frechetDistance(
      await real.gaussian(),
      await gaussianOf(generated.features),
    ),
  }),
  kid: async ({ real, generated, seed }) => ({
    kernelDistance: await kernelDistance(await real.features(), generated.features, { seed }),
  }),
  pr: manifoldPart,
  dc: manifoldPart,
  is: async ({ generated, network }) => {
    if (generated.logits === undefined) {
      throw new DatasetError(
        `is: the feature network ${network.name} is no classifier, expected one with an output \`logits\`. Choose another with --features, or leave this metric out.`,
      );
    }
    return { inceptionScore: inceptionScore(generated.logits) };
  },
  diversity: async ({ real, generated }) => {
    const { count } = generated.features;
    const sample = await real.sample(Math.min(count, real.indices.length));
    const { meanDistance } = await neighbourhoodsOf(generated.features, 1, "generated");
    const [a, b] = [meanDistance, sample.neighbourhoods.meanDistance];
    return { diversity: { generated: a, real: b, ratio: a / b } };
  },
  memorisation: async ({ generated, real, training, mirrored }) => {
    const trained = { features: await training.features(), files: training.files };
    const unseen =
      real === training ? trained : { features: await real.features(), files: real.files };
    const shown = mirrored ? joined(trained, await training.features(true)) : trained;
    return {
      memorisation: await memorisation({ generated: generated.features, training: shown, unseen }),
    };
  },
};

/** Equally many pictures of both kinds: a larger set has smaller balls, and covers more. */
async function manifoldPart(
  { real, generated }: Comparison,
  metrics: readonly Metric[],
): Promise<Part> {
  const count = Math.min(real.indices.length, generated.features.count);
  const sample = await real.sample(count);
  const fakes = selectRows(
    generated.features,
    Array.from({ length: count }, (_, i) => i),
  );
  const hoods = await neighbourhoodsOf(fakes, NEIGHBOURS.precisionRecall, "generated");
  const { precision, recall, density, coverage } = await manifoldMetrics(
    sample.features,
    sample.neighbourhoods,
    fakes,
    hoods,
  );
  return {
    ...(metrics.includes("pr") ? { precision, recall } : {}),
    ...(metrics.includes("dc") ? { density, coverage } : {}),
  };
}

function joined({ features, files }: FiledFeatures, mirrored: Features): FiledFeatures {
  const data = new Float32Array(2 * features.data.length);
  data.set(features.data);
  data.set(mirrored.data, features.data.length);
  return {
    features: { count: 2 * features.count, width: features.width, data },
    files: [...files, ...files],
  };
}

function notesOf(
  metrics: readonly Metric[],
  width: number,
  real: number,
  generated: number,
): string[] {
  const notes: string[] = [];
  const least = Math.min(real, generated);
  if (metrics.includes("fd")) {
    if (least <= width) {
      notes.push(
        `fd: ${least} pictures are too few for a covariance of ${width} features (more than ${width} are needed): the distance is far too large, and comparable only at the same numbers of pictures. Trust kid.`,
      );
    } else if (least < FRECHET_PICTURES) {
      notes.push(
        `fd: ${least} pictures are few: the distance is too large, and comparable only at the same numbers of pictures. From ${FRECHET_PICTURES} of each kind it settles; below, trust kid.`,
      );
    }
  }
  if ((metrics.includes("pr") || metrics.includes("dc")) && real !== generated) {
    notes.push(
      `precision, recall, density and coverage compare ${least} pictures of each kind: more of one kind would favour it.`,
    );
  }
  if (real === MAX_PICTURES) {
    notes.push(`the first ${MAX_PICTURES} pictures of a random order stand for the data set.`);
  }
  return notes;
}
