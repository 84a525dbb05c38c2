import { distanceBlocks } from "./distances.ts";
import { checkFeatures, type Features } from "./features.ts";
import { type Neighbourhoods, squaredRadii } from "./neighbourhoods.ts";

/** Neighbours that say how large the ball around a picture is: for precision and recall, and for density and coverage. */
export const NEIGHBOURS = { precisionRecall: 3, densityCoverage: 5 } as const;

/** How two sets cover each other. */
export interface ManifoldMetrics {
  /** Share of generated pictures that lie within the ball of a real one (k = 3): quality, 0 to 1. */
  readonly precision: number;
  /** Share of real pictures that lie within the ball of a generated one (k = 3): variety, 0 to 1. */
  readonly recall: number;
  /** Real balls (k = 5) that a generated picture lies in, on average, divided by k: quality, 0 and up, about 1 for equal distributions. */
  readonly density: number;
  /** Share of real pictures whose ball (k = 5) holds a generated one: variety, 0 to 1. */
  readonly coverage: number;
}

/**
 * Improved precision and recall, density and coverage. The ball of a picture reaches to its k-th nearest neighbour in its own set.
 *
 * @param realHoods At least 5 neighbours of each real picture.
 * @param generatedHoods At least 3 neighbours of each generated picture.
 * @throws {ShapeError} if the sets have different widths.
 * @throws {DatasetError} if a set has 5 pictures or fewer, or holds NaN or infinity.
 * @see Kynkäänniemi et al. 2019, "Improved Precision and Recall Metric for Assessing Generative Models", arXiv:1904.06991
 * @see Naeem et al. 2020, "Reliable Fidelity and Diversity Metrics for Generative Models", arXiv:2002.09797
 */
export async function manifoldMetrics(
  real: Features,
  realHoods: Neighbourhoods,
  generated: Features,
  generatedHoods: Neighbourhoods,
): Promise<ManifoldMetrics> {
  const { precisionRecall, densityCoverage } = NEIGHBOURS;
  checkFeatures("precision, recall, density, coverage", { real, generated }, densityCoverage + 1);
  const narrowReal = squaredRadii(realHoods, precisionRecall);
  const wideReal = squaredRadii(realHoods, densityCoverage);
  const narrowGenerated = squaredRadii(generatedHoods, precisionRecall);
  const precise = new Uint8Array(generated.count);
  const recalled = new Uint8Array(real.count);
  const covered = new Uint8Array(real.count);
  let inside = 0;
  for await (const { row, rows, column, columns, squared } of distanceBlocks(real, generated)) {
    for (let i = 0; i < rows; i++) {
      const r = row + i;
      const narrow = narrowReal[r] as number;
      const wide = wideReal[r] as number;
      for (let j = 0, at = i * columns; j < columns; j++, at++) {
        const d = squared[at] as number;
        // Whether the edge belongs to the ball is as in the two papers' code.
        if (d <= narrow) precise[column + j] = 1;
        if (d <= (narrowGenerated[column + j] as number)) recalled[r] = 1;
        if (d < wide) {
          inside++;
          covered[r] = 1;
        }
      }
    }
  }
  return {
    precision: meanOf(precise),
    recall: meanOf(recalled),
    density: inside / (densityCoverage * generated.count),
    coverage: meanOf(covered),
  };
}

function meanOf(flags: Uint8Array): number {
  let sum = 0;
  for (const flag of flags) sum += flag;
  return sum / flags.length;
}
