import { ConfigError, DatasetError } from "../base/errors.ts";
import { nearestKey } from "../base/spelling.ts";
import { NEIGHBOURS } from "./manifold.ts";

/** Pictures that a metric needs at the least, of each kind. */
const LEAST = {
  fd: { real: 2, generated: 2 },
  kid: { real: 2, generated: 2 },
  pr: { real: NEIGHBOURS.densityCoverage + 1, generated: NEIGHBOURS.densityCoverage + 1 },
  dc: { real: NEIGHBOURS.densityCoverage + 1, generated: NEIGHBOURS.densityCoverage + 1 },
  is: { real: 0, generated: 10 },
  ppl: { real: 0, generated: 1 },
  diversity: { real: NEIGHBOURS.densityCoverage + 1, generated: NEIGHBOURS.densityCoverage + 1 },
  memorisation: { real: 2, generated: 2 },
} as const;

/**
 * A metric's short name: Frechet distance, kernel distance, precision and recall, density and coverage, inception score, perceptual path length,
 * diversity, memorisation.
 */
export type Metric = keyof typeof LEAST;

/** Short names of all metrics. */
export const METRICS = Object.keys(LEAST) as readonly Metric[];

/**
 * Metrics by their names, each once.
 *
 * @throws {ConfigError} if there is none or a name is unknown.
 */
export function parseMetrics(names: readonly string[]): Metric[] {
  const wanted = new Set<Metric>();
  for (const name of names) {
    const metric = METRICS.find((known) => known === name);
    if (metric === undefined) {
      throw new ConfigError(`metrics: "${name}" is unknown${nearestKey(name, METRICS)}.`);
    }
    wanted.add(metric);
  }
  if (wanted.size === 0) {
    throw new ConfigError(`metrics: got none, expected some of ${METRICS.join(", ")}.`);
  }
  return [...wanted];
}

/**
 * Stops before anything is computed where there are too few pictures for a metric.
 *
 * @throws {DatasetError} if there are too few real ones.
 * @throws {ConfigError} if too few are to be generated.
 */
export function checkCounts(
  metrics: readonly Metric[],
  counts: { readonly real: number; readonly generated: number },
): void {
  for (const metric of metrics) {
    const least = LEAST[metric];
    if (counts.real < least.real) {
      throw new DatasetError(
        `${metric}: the data set has ${counts.real} pictures to compare with, expected at least ${least.real}. Add pictures, or leave this metric out.`,
      );
    }
    if (counts.generated < least.generated) {
      throw new ConfigError(
        `${metric}: ${counts.generated} pictures are to be generated, expected at least ${least.generated}. Ask for more samples, or leave this metric out.`,
      );
    }
  }
}
