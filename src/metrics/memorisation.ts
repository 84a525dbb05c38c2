import { DatasetError } from "../base/errors.ts";
import { nearestRows } from "./distances.ts";
import { checkFeatures, type Features } from "./features.ts";

/** A generated picture and the training picture nearest to it. */
export interface ClosestPair {
  /** Index of the generated picture. */
  readonly generated: number;
  /** Index of the training picture. */
  readonly training: number;
  /** Euclidean distance of their features. */
  readonly distance: number;
}

/** Whether generated pictures are copies of training pictures. */
export interface Memorisation {
  /**
   * Share of generated pictures that lie nearer to a training picture than 95 % of unseen real pictures do. About 0.05 for a generator that draws
   * from the same distribution as the unseen pictures; 1 when everything is copied.
   */
  readonly share: number;
  /** Median distance of generated pictures to the nearest training picture, divided by that of unseen real ones: 1 like unseen, 0 copies. */
  readonly medianRatio: number;
  /** Generated pictures nearest to a training picture, nearest first. */
  readonly closest: readonly ClosestPair[];
}

/** Real pictures and where they come from. */
export interface FiledFeatures {
  readonly features: Features;
  /** Source file of each picture: pictures of one file are never compared with each other. */
  readonly files: readonly string[];
}

/** What memorisation is measured on. */
export interface MemorisationSets {
  readonly generated: Features;
  readonly training: FiledFeatures;
  /**
   * Real pictures that the generator has not seen. Where there are none, the training pictures themselves: compared with those of other files only,
   * they lie as far from them as unseen ones would.
   */
  readonly unseen: FiledFeatures;
}

/** Part of the unseen pictures that may be nearer. */
const PERCENTILE = 0.05;

/** Pairs that are kept to be looked at. */
const CLOSEST_PAIRS = 32;

/**
 * Nearest training picture of each generated one, against the same for unseen real pictures.
 *
 * @throws {ShapeError} if the sets have different widths.
 * @throws {DatasetError} if a set has fewer than two pictures, all real pictures come from one file, or features hold NaN or infinity.
 */
export async function memorisation(sets: MemorisationSets): Promise<Memorisation> {
  const { generated, training, unseen } = sets;
  checkFeatures(
    "memorisation",
    { generated, training: training.features, unseen: unseen.features },
    2,
  );
  const fake = await nearestRows(generated, training.features);
  const real = await nearestRows(
    unseen.features,
    training.features,
    (i, j) => unseen.files[i] === training.files[j],
  );
  const baseline = real.distances.filter(Number.isFinite).sort();
  if (baseline.length === 0) {
    throw new DatasetError(
      "memorisation: all real pictures come from one file, expected at least 2 files. Add pictures, or leave this metric out.",
    );
  }
  const threshold = quantile(baseline, PERCENTILE);
  const order = [...fake.distances.keys()].sort(
    (a, b) => (fake.distances[a] as number) - (fake.distances[b] as number),
  );
  const near = fake.distances.reduce((count, d) => count + (d < threshold ? 1 : 0), 0);
  return {
    share: near / generated.count,
    medianRatio: quantile(fake.distances.slice().sort(), 0.5) / quantile(baseline, 0.5),
    closest: order.slice(0, CLOSEST_PAIRS).map((i) => ({
      generated: i,
      training: fake.indices[i] as number,
      distance: fake.distances[i] as number,
    })),
  };
}

/** Quantile of ascending values, with straight lines in between. */
function quantile(sorted: Float64Array, part: number): number {
  const at = part * (sorted.length - 1);
  const low = sorted[Math.floor(at)] as number;
  const high = sorted[Math.ceil(at)] as number;
  return low + (at - Math.floor(at)) * (high - low);
}
