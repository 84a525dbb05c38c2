import { ConfigError } from "../base/errors.ts";
import { nearestKey } from "../base/spelling.ts";
import type { Target } from "../engine/target.ts";
import { type Architecture, startSize } from "../models/family.ts";
import { AUGMENTATIONS, type Augmentation } from "../nn/augment.ts";
import type { Range } from "../nn/schedule.ts";
import { type TrainOptions, trainOptionsSchema } from "./options.ts";

/** A run's whole configuration: nothing is left to choose. Saved as `config.json`. */
export interface RunConfig {
  readonly version: 1;
  readonly architecture: Architecture;
  readonly kimg: number;
  readonly batch: number;
  readonly microBatch: number;
  readonly seed: number;
  readonly threads: number;
  readonly provider: Target["provider"];
  readonly arena: boolean;
  readonly learningRate: Range;
  readonly beta2: Range;
  readonly gamma: Range;
  readonly emaHalflifeKimg: Range;
  readonly scheduleKimg: number;
  readonly augment: "none" | "fixed" | "scheduled" | "adaptive";
  readonly augmentP: Range;
  readonly augmentations: readonly Augmentation[];
  readonly mirror: boolean;
  readonly crops: number | "auto";
  readonly background: string;
  readonly tickSeconds: number;
  readonly checkpointSeconds: number;
  readonly sampleKimg: number;
  /** Where the pictures came from, and a hash of what they were. */
  readonly data: {
    readonly source: string;
    readonly hash: string;
    readonly pictures: number;
    readonly classes: readonly string[];
  };
}

/** Facts about the data set that automatic settings depend on. */
export interface DataFacts {
  readonly source: string;
  readonly hash: string;
  readonly pictures: number;
  readonly classes: readonly string[];
}

/**
 * Options with their defaults, checked.
 *
 * @param where Name of the file or call the options come from, for messages.
 * @throws {ConfigError} that names every wrong option, its value and what was expected.
 */
export function parseOptions(
  options: unknown,
  where = "options",
): ReturnType<typeof trainOptionsSchema.parse> {
  const result = trainOptionsSchema.safeParse(options ?? {});
  if (result.success) return result.data;
  const known = Object.keys(trainOptionsSchema.shape);
  const lines = result.error.issues.map((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys
        .map((key) => `${where}: unknown option "${key}"${nearestKey(key, known)}.`)
        .join("\n");
    }
    const path = issue.path.join(".");
    const value = issue.path.reduce<unknown>(
      (v, key) => (v as Record<PropertyKey, unknown> | undefined)?.[key],
      options,
    );
    return `${where}: ${path}: ${issue.message} (got ${JSON.stringify(value)}).`;
  });
  throw new ConfigError(lines.join("\n"));
}

/** Stages of a network: the largest start from 4 to 7 pixels that doubling turns into the resolution. */
function stagesOf(resolution: number): number {
  for (let stages = 2; stages <= 9; stages++) {
    const start = resolution / 2 ** (stages - 1);
    if (Number.isInteger(start) && start >= 4 && start < 8) return stages;
  }
  const valid = [28, 32, 48, 64, 96, 128, 192, 256, 512];
  const near = [...valid]
    .sort((a, b) => Math.abs(a - resolution) - Math.abs(b - resolution))
    .slice(0, 2);
  throw new ConfigError(
    `resolution: ${resolution} cannot be reached by doubling a start of 4 to 7 pixels, expected for example ${near.join(" or ")}.`,
  );
}

/** Channels a stage. Small: 32 at 64 pixels and below (16 above), doubling downwards to 256. Large: as published, 768 up to 32 pixels. */
function widthsOf(preset: "small" | "large", resolution: number, stages: number): number[] {
  return Array.from({ length: stages }, (_, i) => {
    const side = resolution / 2 ** (stages - 1 - i);
    if (preset === "large")
      return side <= 32 ? 768 : Math.max(48, (768 * 32) / 2 ** Math.ceil(Math.log2(side)));
    const top = resolution > 64 ? 16 : 32;
    return Math.min(256, top * 2 ** (stages - 1 - i));
  });
}

/** Passes of 16 pictures keep activations in the processor's cache; larger ones were measured slower (docs/design/speed.md). */
function microBatchOf(batch: number): number {
  for (let size = Math.min(16, batch); size > 1; size--)
    if (batch % size === 0 && size % 2 === 0) return size;
  return 1;
}

/** Below this many pictures the discriminator learns them by heart without adaptive augmentation. */
const SMALL_DATA = 5000;

/**
 * A whole configuration from options, data and machine.
 *
 * Automatic gamma: `2 (resolution / 64)^3`, a curve through R3GAN's published values at 64 and 256 pixels, falling to a tenth.
 *
 * @param cores Cores of this machine.
 * @throws {ConfigError} if options contradict each other or the data.
 */
export function resolveConfig(options: TrainOptions, data: DataFacts, cores: number): RunConfig {
  const o = parseOptions(options);
  const stages = stagesOf(o.resolution);
  const widths = o.widths ?? widthsOf(o.preset, o.resolution, stages);
  const expansion = o.expansion ?? (o.preset === "large" ? 2 : 1);
  const groupSize = o.groupSize ?? (o.preset === "large" ? 16 : 64);
  const microBatch = o.microBatch ?? microBatchOf(o.batch);
  if (widths.length !== stages) {
    const sides = Array.from({ length: stages }, (_, i) => o.resolution / 2 ** (stages - 1 - i));
    throw new ConfigError(
      `widths: ${widths.length} numbers, expected ${stages} at resolution ${o.resolution} (for ${sides.join(", ")} pixels).`,
    );
  }
  const odd =
    groupSize === 0
      ? undefined
      : widths.find(
          (width) => width * expansion > groupSize && (width * expansion) % groupSize !== 0,
        );
  if (odd !== undefined) {
    throw new ConfigError(
      `widths: ${odd} x expansion ${expansion} is not divisible by groupSize ${groupSize}. Choose multiples of ${groupSize}, or groupSize 0.`,
    );
  }
  if (o.batch % microBatch !== 0) {
    throw new ConfigError(
      `microBatch: ${microBatch} does not divide batch ${o.batch}, expected a divisor such as ${microBatchOf(o.batch)}.`,
    );
  }
  if (o.conditional && data.classes.length < 2) {
    throw new ConfigError(
      `conditional: the data set has ${data.classes.length} classes, expected at least 2. Put the pictures of each class into a sub-folder of its own.`,
    );
  }
  const gamma = 2 * (o.resolution / 64) ** 3;
  const augment = o.augment ?? (data.pictures < SMALL_DATA ? "adaptive" : "scheduled");
  const scheduleKimg = o.scheduleKimg ?? o.kimg;
  const architecture: Architecture = {
    family: o.family,
    resolution: o.resolution,
    latent: o.latent,
    classes: o.conditional ? data.classes.length : 0,
    widths,
    blocks: o.blocks ?? (o.preset === "large" ? 2 : 1),
    expansion,
    groupSize,
  };
  if (!Number.isInteger(startSize(architecture)))
    throw new ConfigError(`widths: ${widths.length} stages do not fit resolution ${o.resolution}.`);
  return {
    version: 1,
    architecture,
    kimg: o.kimg,
    batch: o.batch,
    microBatch,
    seed: o.seed,
    threads: o.threads ?? cores,
    provider: o.provider ?? "cpu",
    arena: o.arena,
    learningRate: o.learningRate ?? [2e-4, 5e-5],
    beta2: o.beta2 ?? [0.9, 0.99],
    gamma: o.gamma ?? [gamma, gamma / 10],
    emaHalflifeKimg: o.emaHalflifeKimg ?? [0, Math.min(500, 0.05 * scheduleKimg)],
    scheduleKimg,
    augment,
    augmentP:
      o.augmentP ??
      (augment === "none" || augment === "adaptive"
        ? [0, 0]
        : [augment === "fixed" ? 0.3 : 0, 0.3]),
    augmentations: o.augmentations ?? AUGMENTATIONS.filter((kind) => kind !== "rotate90"),
    mirror: o.mirror,
    crops: o.crops ?? "auto",
    background: o.background,
    tickSeconds: o.tickSeconds,
    checkpointSeconds: o.checkpointSeconds,
    sampleKimg: o.sampleKimg ?? Math.max(o.kimg / 20, 0.5),
    data,
  };
}
