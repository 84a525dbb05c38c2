import { ConfigError } from "../base/errors.ts";
import { type Resolution, resolutionOf, sizeOfResolution } from "../base/size.ts";
import { nearestKey } from "../base/spelling.ts";
import type { Target } from "../engine/target.ts";
import type { Architecture, FamilyDefaults, Frame, ObjectiveOptions } from "../models/family.ts";
import { familyOf, mediumOf } from "../models/registry.ts";
import { stagesOf } from "../models/stages.ts";
import type { Augmentation } from "../nn/augment.ts";
import type { Range } from "../nn/schedule.ts";
import { type TrainOptions, trainOptionsSchema } from "./options.ts";
import { type StartModel, withStart } from "./start.ts";

/** A run's whole configuration: nothing is left to choose. Saved as `config.json`. */
export interface RunConfig {
  readonly version: 1;
  readonly architecture: Architecture;
  /** The model whose weights it started from, and the parts of its discriminator that keep them. */
  readonly from?: { readonly source: string; readonly hash: string; readonly freeze: number };
  readonly kimg: number;
  readonly batch: number;
  readonly microBatch: number;
  readonly seed: number;
  readonly threads: number;
  /** Parts of a batch that are computed at the same time, each with its share of the threads. */
  readonly replicas: number;
  readonly provider: Target["provider"];
  readonly arena: boolean;
  readonly objective: ObjectiveOptions;
  readonly learningRate: Range;
  readonly beta1: number;
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

/** Side of the pictures [pixels] where none is given. */
const DEFAULT_SIDE = 64;

/**
 * Size of what a model makes.
 *
 * @param resolution What was asked for.
 * @throws {ConfigError} if no network of the family can have it.
 */
export function frameOf(family: string, resolution: Resolution | undefined): Frame {
  const asked = resolution === undefined ? undefined : sizeOfResolution(resolution);
  const { frame } = familyOf(family);
  if (frame !== undefined) return frame(asked);
  const size = asked ?? { width: DEFAULT_SIDE, height: DEFAULT_SIDE };
  return { channels: 3, ...size, stages: stagesOf(size) };
}

/** The networks that options and data ask for. */
function architectureOf(
  o: ReturnType<typeof parseOptions>,
  data: DataFacts,
  frame: Frame,
  defaults: FamilyDefaults,
  extra: Architecture["extra"],
): Architecture {
  const { widths = defaults.widths, expansion = defaults.expansion } = o;
  const { groupSize = defaults.groupSize } = o;
  const { channels, height, width, stages } = frame;
  if (widths.length !== stages) {
    const sides = Array.from({ length: stages }, (_, i) => {
      const halvings = 2 ** (stages - 1 - i);
      return resolutionOf({ width: width / halvings, height: height / halvings });
    });
    throw new ConfigError(
      `widths: ${widths.length} numbers, expected ${stages} at resolution ${resolutionOf(frame)} (for ${sides.join(", ")} pixels).`,
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
      `conditional: the data set has ${data.classes.length} classes, expected at least 2. Put the pictures of each class into a sub-folder of its own, or name classes in a labels.csv or dataset.json.`,
    );
  }
  return {
    family: o.family,
    channels,
    height,
    width,
    latent: o.latent ?? defaults.latent,
    classes: o.conditional ? data.classes.length : 0,
    widths,
    blocks: o.blocks ?? defaults.blocks,
    expansion,
    groupSize,
    ...(extra === undefined ? {} : { extra }),
  };
}

/** Size that the largest feature map of a pass may have [bytes]: beyond it larger passes were measured no faster (docs/design/speed.md). */
const PASS_BYTES = 8 * 2 ** 20;

/** Images in a pass: as many as that size allows, from 16 to 64. Starting an operation costs the same for any number of them. */
function microBatchOf(
  batch: number,
  { height, width: columns, widths, expansion }: Architecture,
): number {
  const largest = Math.max(
    ...widths.map(
      (width, i) => (width * expansion * height * columns) / 4 ** (widths.length - 1 - i),
    ),
  );
  const limit = Math.max(16, Math.min(64, Math.floor(PASS_BYTES / (4 * largest))));
  // Real and generated images of a whole batch as one pass of the discriminator.
  if (limit >= 2 * batch) return 2 * batch;
  for (let size = Math.min(limit, batch); size > 1; size--)
    if (batch % size === 0 && size % 2 === 0) return size;
  return 1;
}

/** Images of a batch that a replica takes at least: parts of fewer start more operations than they save waiting. */
const LEAST_PART = 8;

/** Replicas that keep the most threads busy, and of those numbers the largest. Devices compute a whole batch at once. */
function replicasOf(
  batch: number,
  threads: number,
  provider: Target["provider"],
  microBatch = 1,
): number {
  if (provider !== "cpu") return 1;
  const busy = (replicas: number): number => replicas * Math.floor(threads / replicas);
  let best = 1;
  for (let count = 2; count <= threads && batch / count >= LEAST_PART; count++)
    if ((batch / count) % microBatch === 0 && busy(count) >= busy(best)) best = count;
  return best;
}

function checkStart(freeze: number, architecture: Architecture, start?: StartModel): void {
  if (start === undefined) {
    if (freeze === 0) return;
    throw new ConfigError(
      `freeze: got ${freeze} without a model to start from, expected 0. Give one with from.`,
    );
  }
  const { classes } = start.architecture;
  if (classes === architecture.classes) return;
  throw new ConfigError(
    `from: ${start.source} has ${classes} classes, but the data ${architecture.classes}, expected as many.`,
  );
}

/** Length of a run [kimg] where none is given. */
const DEFAULT_KIMG = 200;

/** Images between quick metrics [kimg]: a metric costs as much as some hundred steps of a small network, and a change that shows takes thousands of images. */
function metricKimgOf(
  { family, metricKimg }: ReturnType<typeof parseOptions>,
  kimg: number,
): number {
  const medium = mediumOf(family);
  if (medium !== "pictures" && metricKimg !== undefined && metricKimg > 0) {
    throw new ConfigError(
      `metricKimg: got ${metricKimg}, but the quick metric compares pictures, and ${family} is trained on ${medium}, expected 0. Leave it out.`,
    );
  }
  if (metricKimg !== undefined) return metricKimg;
  if (medium !== "pictures") return 0;
  return kimg < LEAST_METRIC_KIMG ? 0 : Math.max(LEAST_METRIC_KIMG, kimg / 20);
}

const LEAST_METRIC_KIMG = 5;

/** Images a step: a multiple of the micro-batch if one is asked for. */
function batchOf(usual: number, microBatch: number | undefined): number {
  return microBatch === undefined ? usual : microBatch * Math.ceil(usual / microBatch);
}

/** What the phases minimise: the family's objective with what was asked for. */
function objectiveOf(
  o: ReturnType<typeof parseOptions>,
  defaults: FamilyDefaults,
): ObjectiveOptions {
  const { objective } = defaults;
  const wanted = o.loss === "wasserstein" ? "wgan-gp" : objective.penalty;
  return {
    loss: o.loss ?? objective.loss,
    penalty: o.penalty ?? wanted,
    penaltyEvery: o.penaltyEvery ?? objective.penaltyEvery,
    mixing: o.mixing ?? objective.mixing,
    pathLength: o.pathLength ?? objective.pathLength,
    beta: o.beta ?? objective.beta,
    freeBits: o.freeBits ?? objective.freeBits,
  };
}

/** Gamma of WGAN-GP (Gulrajani et al. 2017, arXiv:1704.00028). */
const WGAN_GAMMA: Range = [10, 10];

/**
 * A whole configuration from options, data and machine.
 *
 * @param cores Cores of this machine.
 * @param start Model that the run starts from.
 * @throws {ConfigError} if options contradict each other, the data or the model to start from.
 */
export function resolveConfig(
  options: TrainOptions,
  data: DataFacts,
  cores: number,
  start?: StartModel,
): RunConfig {
  const o = parseOptions(withStart(options, start));
  const frame = frameOf(o.family, o.resolution);
  const defaults = familyOf(o.family).defaults({
    ...frame,
    preset: o.preset,
    resolution: Math.sqrt(frame.height * frame.width),
    pictures: data.pictures,
    clips: {
      frames: o.clipFrames,
      seconds: o.clipSeconds,
      stride: o.clipStride ?? o.clipSeconds / 2,
      fps: o.clipFps,
    },
  });
  const extra = start === undefined ? defaults.extra : start.architecture.extra;
  const architecture = architectureOf(o, data, frame, defaults, extra);
  checkStart(o.freeze, architecture, start);
  const batch = o.batch ?? batchOf(defaults.batch, o.microBatch);
  const threads = o.threads ?? cores;
  const replicas = o.replicas ?? replicasOf(batch, threads, o.provider ?? "cpu", o.microBatch);
  if (batch % replicas !== 0) {
    throw new ConfigError(
      `replicas: ${replicas} does not divide batch ${batch}, expected a divisor such as ${replicasOf(batch, threads, "cpu")}.`,
    );
  }
  const part = batch / replicas;
  const microBatch = o.microBatch ?? microBatchOf(part, architecture);
  if (part % microBatch !== 0 && microBatch !== 2 * part) {
    throw new ConfigError(
      `microBatch: ${microBatch} does not divide ${replicas === 1 ? `batch ${batch}` : `${part}, the part of batch ${batch} that each of ${replicas} replicas takes`}, expected a divisor such as ${microBatchOf(part, architecture)}.`,
    );
  }
  const kimg =
    o.iterations === undefined ? (o.kimg ?? DEFAULT_KIMG) : (o.iterations * batch) / 1000;
  const objective = objectiveOf(o, defaults);
  const augment = o.augment ?? defaults.augment;
  const scheduleKimg = o.scheduleKimg ?? kimg;
  const gamma = objective.penalty === "wgan-gp" ? WGAN_GAMMA : defaults.gamma(batch);
  return {
    version: 1,
    architecture,
    ...(start === undefined
      ? {}
      : { from: { source: start.source, hash: start.hash, freeze: o.freeze } }),
    kimg,
    batch,
    microBatch,
    seed: o.seed,
    threads,
    replicas,
    provider: o.provider ?? "cpu",
    arena: o.arena,
    objective,
    learningRate: o.learningRate ?? defaults.learningRate,
    beta1: o.beta1 ?? defaults.beta1,
    beta2: o.beta2 ?? defaults.beta2,
    gamma: o.gamma ?? gamma,
    emaHalflifeKimg: o.emaHalflifeKimg ?? [0, Math.min(500, 0.05 * scheduleKimg)],
    scheduleKimg,
    augment,
    augmentP: o.augmentP ?? augmentPOf(augment, defaults),
    augmentations: augmentationsOf(o.augmentations, defaults, frame),
    mirror: o.mirror,
    crops: o.crops ?? "auto",
    background: o.background,
    tickSeconds: o.tickSeconds,
    checkpointSeconds: o.checkpointSeconds,
    sampleKimg: o.sampleKimg ?? Math.max(kimg / 20, 0.5),
    metricKimg: metricKimgOf(o, kimg),
    heldOut: o.heldOut,
    data,
  };
}

/** Kinds of augmentation: those asked for, or the family's; colours are changed where there are colours only. */
function augmentationsOf(
  asked: readonly Augmentation[] | undefined,
  defaults: FamilyDefaults,
  { channels }: Frame,
): readonly Augmentation[] {
  if (channels === 3) return asked ?? defaults.augmentations;
  if (asked?.includes("color")) {
    throw new ConfigError(
      `augmentations: color was asked for, but there are ${channels} channels, expected 3. Leave color out.`,
    );
  }
  return asked ?? defaults.augmentations.filter((kind) => kind !== "color");
}

/** Strength of augmentation: the family's, where the way it is set is the family's too. */
function augmentPOf(augment: RunConfig["augment"], defaults: FamilyDefaults): Range {
  if (augment === "none" || augment === "adaptive") return [0, 0];
  if (augment === defaults.augment) return defaults.augmentP;
  return [augment === "fixed" ? 0.3 : 0, 0.3];
}
