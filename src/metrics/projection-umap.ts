import { UMAP } from "umap-js";
import { Random } from "../base/random.ts";
import { checkFeatures, type Features } from "./features.ts";

/** How a map is made. */
export interface UmapOptions {
  /** Nearest neighbours whose closeness the map keeps. @default 15, or all where there are fewer pictures */
  readonly neighbours?: number;
  /** Decides everything random. @default 0 */
  readonly seed?: number;
  /** Told after each round. */
  readonly onRound?: (done: number, total: number) => void;
}

/** Fewest pictures that a map makes sense for. */
export const LEAST_UMAP = 10;

const NEIGHBOURS = 15;
const LEAST_DISTANCE = 0.1;
const ROUNDS = 300;

/** Rounds between two looks at other work. */
const PAUSE = 10;

/**
 * A map on which pictures that are near each other in the features stay near each other (UMAP). Distances between far groups mean nothing.
 *
 * @returns Places of the pictures, shape [N, 2].
 * @throws {DatasetError} if there are fewer than 10 pictures, or they hold NaN or infinity.
 * @see McInnes, Healy, Melville 2018, "UMAP: Uniform Manifold Approximation and Projection for Dimension Reduction", arXiv:1802.03426
 */
export async function umapPoints(features: Features, options: UmapOptions = {}): Promise<Features> {
  checkFeatures("umap", { given: features }, LEAST_UMAP);
  const { count, width, data } = features;
  const random = new Random(options.seed ?? 0).split("umap");
  const umap = new UMAP({
    nComponents: 2,
    nNeighbors: Math.min(options.neighbours ?? NEIGHBOURS, count - 1),
    minDist: LEAST_DISTANCE,
    nEpochs: ROUNDS,
    random: () => random.uniform(),
  });
  const rows = Array.from({ length: count }, (_, i) => [
    ...data.subarray(i * width, (i + 1) * width),
  ]);
  const rounds = umap.initializeFit(rows);
  for (let round = 1; round <= rounds; round++) {
    umap.step();
    if (round % PAUSE !== 0) continue;
    options.onRound?.(round, rounds);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  const points = Float32Array.from(umap.getEmbedding().flat());
  return { count, width: 2, data: points };
}
