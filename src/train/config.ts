import { ConfigError } from "../base/errors.ts";
import { nearestKey } from "../base/spelling.ts";
import type { Target } from "../engine/target.ts";
import type { Architecture } from "../models/family.ts";
import { AUGMENTATIONS, type Augmentation } from "../nn/augment.ts";
import type { LossName } from "../nn/losses.ts";
import type { PenaltyName } from "../nn/penalties.ts";
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
  readonly loss: LossName;
  readonly penalty: PenaltyName;
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
  /** 0: no quick metric. */
  readonly metricKimg: number;
  /** Part of the files that is not trained on. */
  readonly heldOut: number;
  /** Where the pictures came from, and a hash of what they were. */
  readonly data: {
    readonly source: string;
    readonly hash: string;
    /** Those that are trained on. */
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
 * @throws {ConfigError} that names every wrong option, its value and what was expected, or if two of them contradict each other.
 */
export function parseOptions(
  options: unknown,
  where = "options",
): ReturnType<typeof trainOptionsSchema.parse> {
  const result = trainOptionsSchema.safeParse(options ?? {});
  if (result.success) {
    const { kimg, iterations } = result.data;
    if (kimg === undefined || iterations === undefined) return result.data;
    throw new ConfigError(
      `${where}: got iterations ${iterations} and kimg ${kimg}, expected one of them: both say how long to train.`,
    );
  }
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

/** The networks that options and data ask for. */
function architectureOf(o: ReturnType<typeof parseOptions>, data: DataFacts): Architecture {
  const stages = stagesOf(o.resolution);
  const widths = o.widths ?? widthsOf(o.preset, o.resolution, stages);
  const expansion = o.expansion ?? (o.preset === "large" ? 2 : 1);
  const groupSize = o.groupSize ?? (o.preset === "large" ? 16 : 64);
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
  if (o.conditional && data.classes.length < 2) {
    throw new ConfigError(
      `conditional: the data set has ${data.classes.length} classes, expected at least 2. Put the pictures of each class into a sub-folder of its own.`,
    );
  }
  return {
    family: o.family,
    resolution: o.resolution,
    latent: o.latent,
    classes: o.conditional ? data.classes.length : 0,
    widths,
    blocks: o.blocks ?? (o.preset === "large" ? 2 : 1),
    expansion,
    groupSize,
  };
}

/** Size that the largest feature map of a pass may have [bytes]: beyond it larger passes were measured no faster (docs/design/speed.md). */
const PASS_BYTES = 8 * 2 ** 20;

/** Images in a pass: as many as that size allows, from 16 to 64. Starting an operation costs the same for any number of them. */
function microBatchOf(batch: number, { resolution, widths, expansion }: Architecture): number {
  const largest = Math.max(
    ...widths.map(
      (width, i) => width * expansion * (resolution / 2 ** (widths.length - 1 - i)) ** 2,
    ),
  );
  const limit = Math.max(16, Math.min(64, Math.floor(PASS_BYTES / (4 * largest))));
  for (let size = Math.min(limit, batch); size > 1; size--)
    if (batch % size === 0 && size % 2 === 0) return size;
  return 1;
}

/** Below this many pictures the discriminator learns them by heart without adaptive augmentation. */
const SMALL_DATA = 5000;

/** Below this many pictures the small networks take small steps: in the same time they take twice as many. */
const FEW_PICTURES = 2000;

/** Images a step at which a gamma of 2 at 64 pixels holds: as published for the large networks, as tried for the small ones. */
const REFERENCE_BATCH = { small: 32, large: 256 } as const;

/** Length of a run [kimg] where none is given. */
const DEFAULT_KIMG = 200;

/** Images between quick metrics [kimg]: a metric costs as much as some hundred steps of a small network, and a change that shows takes thousands of images. */
function metricKimgOf(kimg: number): number {
  return kimg < LEAST_METRIC_KIMG ? 0 : Math.max(LEAST_METRIC_KIMG, kimg / 20);
}

const LEAST_METRIC_KIMG = 5;

/** Images a step: a multiple of the micro-batch if one is asked for. */
function batchOf(
  preset: "small" | "large",
  pictures: number,
  microBatch: number | undefined,
): number {
  const usual = preset === "small" && pictures < FEW_PICTURES ? 16 : REFERENCE_BATCH[preset];
  return microBatch === undefined ? usual : microBatch * Math.ceil(usual / microBatch);
}

/**
 * Start of gamma's schedule: `2 (resolution / 64)^3 reference / batch`.
 *
 * The power of the resolution is a curve through R3GAN's published values at 64 and 256 pixels; that gamma goes with 1 / batch is StyleGAN2-ADA's
 * rule for R1.
 *
 * @see Karras et al. 2020, "Training Generative Adversarial Networks with Limited Data", arXiv:2006.06676, and its published code
 * @see Huang et al. 2024, "The GAN is dead; long live the GAN!", arXiv:2501.05441
 */
function gammaOf(preset: "small" | "large", resolution: number, batch: number): number {
  return (2 * (resolution / 64) ** 3 * REFERENCE_BATCH[preset]) / batch;
}

/**
 * A whole configuration from options, data and machine.
 *
 * @param cores Cores of this machine.
 * @throws {ConfigError} if options contradict each other or the data.
 */
export function resolveConfig(options: TrainOptions, data: DataFacts, cores: number): RunConfig {
  const o = parseOptions(options);
  const architecture = architectureOf(o, data);
  const batch = o.batch ?? batchOf(o.preset, data.pictures, o.microBatch);
  const microBatch = o.microBatch ?? microBatchOf(batch, architecture);
  if (batch % microBatch !== 0) {
    throw new ConfigError(
      `microBatch: ${microBatch} does not divide batch ${batch}, expected a divisor such as ${microBatchOf(batch, architecture)}.`,
    );
  }
  const kimg =
    o.iterations === undefined ? (o.kimg ?? DEFAULT_KIMG) : (o.iterations * batch) / 1000;
  const penalty = o.penalty ?? (o.loss === "wasserstein" ? "wgan-gp" : "r1r2");
  const gamma = gammaOf(o.preset, o.resolution, batch);
  const augment = o.augment ?? (data.pictures < SMALL_DATA ? "adaptive" : "scheduled");
  const scheduleKimg = o.scheduleKimg ?? kimg;
  return {
    version: 1,
    architecture,
    kimg,
    batch,
    microBatch,
    seed: o.seed,
    threads: o.threads ?? cores,
    provider: o.provider ?? "cpu",
    arena: o.arena,
    loss: o.loss,
    penalty,
    learningRate: o.learningRate ?? [2e-4, 5e-5],
    beta2: o.beta2 ?? [0.9, 0.99],
    gamma: o.gamma ?? (penalty === "wgan-gp" ? [10, 10] : [gamma, gamma / 10]),
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
    sampleKimg: o.sampleKimg ?? Math.max(kimg / 20, 0.5),
    metricKimg: o.metricKimg ?? metricKimgOf(kimg),
    heldOut: o.heldOut,
    data,
  };
}
