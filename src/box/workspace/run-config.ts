import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CheckpointError } from "../../base/errors.ts";
import { type Resolution, resolutionOf } from "../../base/size.ts";

/** What lists and reports need of a run's configuration. Runs of an older Ganbox have it too, also those that this one cannot go on with. */
export interface KnownConfig {
  readonly family: string;
  /** Side of its pictures, or width x height. */
  readonly resolution: Resolution;
  /** Where the pictures came from. */
  readonly source: string;
  /** Pictures that are trained on. */
  readonly pictures: number;
  /** Length of the run. */
  readonly kimg: number;
  /** 0: no quick metric. */
  readonly metricKimg: number;
  /** All of it, as it is written. */
  readonly all: Readonly<Record<string, unknown>>;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads `config.json` of a run.
 *
 * @throws {CheckpointError} if there is none, it is damaged, or of a newer version.
 */
export function readKnownConfig(run: string): KnownConfig {
  const path = join(run, "config.json");
  const all = readJson(path);
  if (typeof all.version !== "number" || all.version > 1) {
    throw new CheckpointError(
      `${path}: configuration of version ${all.version ?? "none"}, expected version 1. Use the Ganbox that wrote it.`,
    );
  }
  const [architecture, data] = [all.architecture, all.data].map((part) => (part ?? {}) as Json) as [
    Json,
    Json,
  ];
  const text = (of: Json, key: string, name: string): string => {
    const value = of[key];
    if (typeof value === "string") return value;
    throw damaged(path, name, value);
  };
  const number = (of: Json, key: string, name: string, missing?: number): number => {
    const value = of[key] ?? missing;
    if (typeof value === "number") return value;
    throw damaged(path, name, value);
  };
  return {
    family: text(architecture, "family", "architecture.family"),
    // Configurations of older versions have the side of a square.
    resolution:
      typeof architecture.resolution === "number"
        ? architecture.resolution
        : resolutionOf({
            width: number(architecture, "width", "architecture.width"),
            height: number(architecture, "height", "architecture.height"),
          }),
    source: text(data, "source", "data.source"),
    pictures: number(data, "pictures", "data.pictures"),
    kimg: number(all, "kimg", "kimg"),
    metricKimg: number(all, "metricKimg", "metricKimg", 0),
    all,
  };
}

function readJson(path: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const what =
      code === "ENOENT"
        ? "there is no configuration here"
        : `the configuration is damaged (${message})`;
    throw new CheckpointError(
      `${path}: ${what}, expected that of a run. Put it back, or start a new run with \`ganbox train\`; a model in model/ can still be used.`,
      { cause },
    );
  }
  if (typeof value === "object" && value !== null) return value as Json;
  throw damaged(path, "the whole", value);
}

function damaged(path: string, name: string, value: unknown): CheckpointError {
  return new CheckpointError(
    `${path}: the configuration is damaged (${name} is ${JSON.stringify(value) ?? "missing"}), expected that of a run. Put it back, or start a new run with \`ganbox train\`; a model in model/ can still be used.`,
  );
}
