import type { NetworkOutput } from "../../metrics/feature-network.ts";
import { type Features, selectRows } from "../../metrics/features.ts";
import { frechetDistance } from "../../metrics/frechet.ts";
import { kernelDistance } from "../../metrics/kernel-distance.ts";
import { manifoldMetrics, NEIGHBOURS } from "../../metrics/manifold.ts";
import { measure } from "../../metrics/measure.node.ts";
import type { ClosestPair } from "../../metrics/memorisation.ts";
import { neighbourhoodsOf } from "../../metrics/neighbourhoods.ts";
import { gaussianOf } from "../../metrics/statistics.ts";
import { type Figure, type FigureName, type Figures, figureOf, PARTS } from "./figures.ts";
import type { Yardstick } from "./yardstick.ts";

/** What the features of samples tell. */
export interface Quality {
  readonly figures: Figures;
  /** Samples that are nearest to a training picture, nearest first. */
  readonly closest: readonly ClosestPair[];
  readonly notes: readonly string[];
}

/** Subsets of a part's kernel distance. */
const SUBSETS = 10;

/**
 * Figures of samples against the real pictures. The errors come from five disjoint parts of the samples, each measured by itself: a part's distance is
 * larger, but their spread is that of as many new samples, and falls with the root of their number.
 */
export async function qualityOf(
  yardstick: Yardstick,
  generated: NetworkOutput,
  onStage: (stage: string) => void,
): Promise<Quality> {
  const { network, real, training, metrics, mirrored } = yardstick;
  const comparison = { network, generated, real, training, mirrored, seed: 0 };
  const { memorisation, ...whole } = await measure(metrics, { ...comparison, onMetric: onStage });
  const parts: Partial<Record<FigureName, number>>[] = [];
  for (const part of partsOf(generated.features)) {
    onStage(`errors of the figures ${parts.length + 1}/${PARTS}`);
    parts.push(await partFigures(part, yardstick));
  }
  const values: Partial<Record<FigureName, number | undefined>> = {
    frechetDistance: whole.frechetDistance,
    kernelDistance: whole.kernelDistance?.mean,
    precision: whole.precision,
    recall: whole.recall,
    density: whole.density,
    coverage: whole.coverage,
    diversity: whole.diversity?.ratio,
  };
  const compared = Math.min(real.indices.length, generated.features.count);
  const figures = Object.entries(values).flatMap(([name, value]) =>
    value === undefined
      ? []
      : [[name, partsFigure(name as FigureName, value, parts, compared)] as const],
  );
  const share = memorisation?.share;
  return {
    figures: {
      ...(Object.fromEntries(figures) as Figures),
      ...(share === undefined
        ? {}
        : { memorised: { value: share, error: shareError(share, generated.features.count) } }),
    },
    closest: memorisation?.closest ?? [],
    notes: whole.notes,
  };
}

/** Figures that are shares of pictures. */
const SHARES: readonly FigureName[] = ["precision", "recall", "coverage"];

/** A figure with the error that its parts tell; that of a share is at least what its number of pictures allows, also where all parts are 0. */
function partsFigure(
  name: FigureName,
  value: number,
  parts: readonly Partial<Record<FigureName, number>>[],
  count: number,
): Figure {
  const figure = figureOf(
    value,
    parts.map((part) => part[name] ?? value),
  );
  const least = SHARES.includes(name) ? shareError(value, count) : 0;
  return { value, error: Math.max(figure.error, least) };
}

/** Standard error of a share of `count` pictures. As if there was one more on each side, so that 0 of 10 is not as sure as 0 of 1,000. */
function shareError(share: number, count: number): number {
  const part = (share * count + 1) / (count + 2);
  return Math.sqrt((part * (1 - part)) / count);
}

function partsOf(features: Features): Features[] {
  const size = Math.floor(features.count / PARTS);
  return Array.from({ length: PARTS }, (_, part) =>
    selectRows(
      features,
      Array.from({ length: size }, (_, i) => part * size + i),
    ),
  );
}

async function partFigures(
  part: Features,
  { real, metrics }: Yardstick,
): Promise<Partial<Record<FigureName, number>>> {
  const figures: Partial<Record<FigureName, number>> = {};
  if (metrics.includes("fd"))
    figures.frechetDistance = await frechetDistance(await real.gaussian(), await gaussianOf(part));
  if (metrics.includes("kid")) {
    const options = { subsets: SUBSETS };
    figures.kernelDistance = (await kernelDistance(await real.features(), part, options)).mean;
  }
  // These three ask for the same number of real pictures.
  if (!metrics.includes("pr")) return figures;
  const count = Math.min(real.indices.length, part.count);
  const sample = await real.sample(count);
  const fakes = selectRows(
    part,
    Array.from({ length: count }, (_, i) => i),
  );
  const hoods = await neighbourhoodsOf(fakes, NEIGHBOURS.precisionRecall, "generated");
  const manifold = await manifoldMetrics(sample.features, sample.neighbourhoods, fakes, hoods);
  const diversity = hoods.meanDistance / sample.neighbourhoods.meanDistance;
  return { ...figures, ...manifold, diversity };
}
