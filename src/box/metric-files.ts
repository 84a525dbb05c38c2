import { extname } from "node:path";
import { ConfigError } from "../base/errors.ts";
import { hostTensor } from "../base/tensor.ts";
import { type Cell, toCsv } from "../media/csv.ts";
import { writeNpz } from "../media/npz.node.ts";
import type { Features } from "../metrics/features.ts";
import type { MetricReport } from "./metrics.ts";
import { writeFileAtomically } from "./workspace/files.ts";

/** @throws {ConfigError} if the file is neither .json nor .csv. */
export function checkReportFile(path: string): void {
  if ([".json", ".csv"].includes(extname(path))) return;
  throw new ConfigError(
    `${path}: a report with this ending is not written, expected .json or .csv.`,
  );
}

/**
 * Writes the results as one file: JSON, or a table of one row with all figures, `kernelDistance.mean` and so on.
 *
 * @throws {MediaError} if it cannot be written; a file that was there before stays.
 */
export function writeReportFile(path: string, report: MetricReport): void {
  const text =
    extname(path) === ".csv" ? toCsv([metricRow(report)]) : `${JSON.stringify(report, null, 2)}\n`;
  writeFileAtomically(path, text);
}

/** A report as a row of a table; lists are left out. */
function metricRow({ model, data, features, results, notes: _, ...rest }: MetricReport): Row {
  const { source, ...counts } = data;
  return {
    model,
    data: source,
    ...flat(counts),
    features: features.name,
    ...flat(rest),
    ...flat(results),
  };
}

type Row = Readonly<Record<string, Cell>>;

function flat(value: object, prefix = ""): Row {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]: [string, unknown]): [string, Cell][] => {
      const name = `${prefix}${key}`;
      if (Array.isArray(inner)) return [];
      if (typeof inner === "object" && inner !== null)
        return Object.entries(flat(inner, `${name}.`));
      return [[name, inner as Cell]];
    }),
  );
}

/** Features to keep, with what each row is of. */
interface FeatureSets {
  readonly generated: Features;
  /** Seed of each generated picture. */
  readonly seeds: readonly number[];
  readonly real: Features;
  /** Source file of each real picture. */
  readonly files: readonly string[];
}

/**
 * Writes features as arrays (.npz): `generated` float32 [N, F] with `seed` int64 [N], `real` float32 [M, F] with the texts `file` [M].
 *
 * @throws {ConfigError} if they take more than 4 GB.
 * @throws {MediaError} if the file cannot be written.
 */
export async function writeFeatures(path: string, sets: FeatureSets): Promise<void> {
  const { generated, seeds, real, files } = sets;
  await writeNpz(path, {
    generated: hostTensor("float32", [generated.count, generated.width], generated.data),
    seed: hostTensor("int64", [seeds.length], BigInt64Array.from(seeds, BigInt)),
    real: hostTensor("float32", [real.count, real.width], real.data),
    file: files,
  });
}
