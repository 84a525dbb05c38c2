import { z } from "zod";
import { FAMILY_NAMES } from "../models/registry.ts";
import { AUGMENTATIONS } from "../nn/augment.ts";
import { LOSS_NAMES } from "../nn/losses.ts";
import { PENALTY_NAMES } from "../nn/penalties.ts";

const range = (
  what: string,
): z.ZodOptional<z.ZodReadonly<z.ZodTuple<[z.ZodNumber, z.ZodNumber], null>>> =>
  z
    .tuple([z.number().nonnegative(), z.number().nonnegative()])
    .readonly()
    .optional()
    .describe(`${what}, as start,end of its schedule`);

const count = z.number().int().positive();

/**
 * Every option of training, in one place: command-line flags, config files and the library's arguments are made from it. What is
 * left out is chosen from the resolution, the size of the data set and the machine (see `resolveConfig`).
 */
export const trainOptionsSchema = z.strictObject({
  family: z
    .enum(FAMILY_NAMES as [string, ...string[]])
    .default("r3gan")
    .describe("kind of model"),
  from: z
    .string()
    .min(1)
    .optional()
    .describe(
      "start from the weights of a model with the same networks: a run folder, a model (.onnx or .safetensors) or a StyleGAN2-ADA network pickle (.pkl)",
    ),
  freeze: z
    .number()
    .int()
    .nonnegative()
    .default(0)
    .describe(
      "parts of the discriminator, counted from the picture, that keep the weights they start from",
    ),
  resolution: z
    .union([
      z.number().int().min(8).max(1024),
      z.string().regex(/^[1-9]\d*x[1-9]\d*$/, "expected width x height such as 96x64"),
    ])
    .optional()
    .describe(
      "size of the pictures in pixels: the side of squares, or width x height such as 96x64 (default: 64)",
    ),
  kimg: z
    .number()
    .positive()
    .optional()
    .describe("length of the run in thousands of real images shown (default: 200)"),
  iterations: count
    .optional()
    .describe("length of the run in training steps, each of one batch, instead of kimg"),
  batch: count
    .optional()
    .describe(
      "images a step (default: 16 below 2,000 pictures, else 32; 256 with the large preset)",
    ),
  microBatch: count
    .optional()
    .describe(
      "images that go through a network at a time; gradients of the passes of a batch are added up (default: by the size of the networks, 16 to 64; up to two batches, since the discriminator sees real and generated images together)",
    ),
  seed: z.number().int().nonnegative().default(0).describe("decides everything random"),
  threads: count.optional().describe("threads that compute (default: the number of cores)"),
  replicas: count
    .optional()
    .describe(
      "parts of a batch that are computed at the same time, each with its share of the threads (default: as many as there are threads, at least 8 images each; 1 with other providers than cpu)",
    ),
  provider: z
    .enum(["cpu", "cuda", "dml", "coreml", "webgpu", "wasm"])
    .optional()
    .describe("ONNX Runtime execution provider (default: cpu)"),
  arena: z
    .boolean()
    .default(false)
    .describe("keep freed memory between operations: can be faster, uses more memory"),
  preset: z
    .enum(["small", "large"])
    .default("small")
    .describe("size of the networks: small for CPUs, large as published, for GPUs"),
  widths: z.array(count).min(2).optional().describe("channels a stage, smallest resolution first"),
  blocks: count.optional().describe("residual blocks a stage"),
  expansion: count.optional().describe("channels inside a block, as a multiple of the stage's"),
  groupSize: z
    .number()
    .int()
    .nonnegative()
    .optional()
    .describe("channels a group of the 3x3 convolutions; 0 for dense ones"),
  latent: count.optional().describe("length of z (default: the family's, 64 for r3gan)"),
  conditional: z
    .boolean()
    .default(false)
    .describe("learn the classes (sub-folders or labels) of the data set"),
  loss: z
    .enum(LOSS_NAMES)
    .optional()
    .describe("adversarial loss: R3GAN's relativistic one, or a classic (default: the family's)"),
  penalty: z
    .enum(PENALTY_NAMES)
    .optional()
    .describe(
      "gradient penalty of the discriminator (default: the family's; wgan-gp with the wasserstein loss)",
    ),
  penaltyEvery: count
    .optional()
    .describe(
      "steps between two gradient penalties, which then weigh as much as all they stand for",
    ),
  mixing: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe("stylegan2: probability that a picture's styles come from two latents"),
  pathLength: z
    .number()
    .nonnegative()
    .optional()
    .describe("stylegan2: weight of the path length penalty; 0 for none"),
  beta: z
    .number()
    .nonnegative()
    .optional()
    .describe("vae, vaegan: weight of the divergence of codes from the normal distribution"),
  freeBits: z
    .number()
    .nonnegative()
    .optional()
    .describe("vae, vaegan: divergence in nats that each number of a code has for free"),
  learningRate: range("learning rate of Adam"),
  beta1: z.number().min(0).lt(1).optional().describe("decay of Adam's first moment (momentum)"),
  beta2: range("decay of Adam's second moment"),
  gamma: range(
    "weight of the gradient penalty (default: grows with the cube of the resolution, falls with the batch; 10 for wgan-gp)",
  ),
  emaHalflifeKimg: range("half-life of the generator's moving average in kimg"),
  scheduleKimg: z
    .number()
    .positive()
    .optional()
    .describe("images over which schedules run, in kimg (default: the length of the run)"),
  augment: z
    .enum(["none", "fixed", "scheduled", "adaptive"])
    .optional()
    .describe("how the strength of augmentation is set"),
  augmentP: range("strength of augmentation, 0 to 1"),
  augmentations: z.array(z.enum(AUGMENTATIONS)).min(1).optional().describe("kinds of augmentation"),
  mirror: z
    .boolean()
    .default(true)
    .describe("show pictures mirrored left to right half of the time"),
  crops: count
    .optional()
    .describe(
      "crops taken from each picture, spread along the side that is longer than theirs (default: by the aspect ratios)",
    ),
  clipSeconds: z
    .number()
    .positive()
    .max(600)
    .default(2)
    .describe("video: length of the clips that are learned, in seconds"),
  clipStride: z
    .number()
    .positive()
    .optional()
    .describe("video: seconds from the begin of a clip to that of the next (default: half a clip)"),
  clipFps: z
    .number()
    .min(1)
    .max(120)
    .default(12)
    .describe("video: frames a second that films are read at; new films may have any rate"),
  clipFrames: z
    .number()
    .int()
    .min(2)
    .max(16)
    .default(3)
    .describe("video: frames of a clip that the discriminator sees together"),
  background: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/, "expected a colour like #ffffff")
    .default("#ffffff")
    .describe("colour behind transparent pictures"),
  tickSeconds: z.number().positive().default(10).describe("time between status lines"),
  checkpointSeconds: z.number().positive().default(120).describe("time between checkpoints"),
  sampleKimg: z
    .number()
    .positive()
    .optional()
    .describe("images between sample grids, in kimg (default: a twentieth of the run)"),
  metricKimg: z
    .number()
    .nonnegative()
    .optional()
    .describe(
      "images between quick metrics, in kimg; 0 for none (default: a twentieth of the run, at least 5; none in runs below 5 kimg)",
    ),
  heldOut: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe("part of the files that is not trained on, for the quick metric to compare with"),
});

/** Options of training as a caller writes them. */
export type TrainOptions = z.input<typeof trainOptionsSchema>;

/** The parts of an option's JSON schema that flags and documentation are made from. */
export interface OptionProperty {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly items?: OptionProperty;
  readonly prefixItems?: readonly OptionProperty[];
  readonly anyOf?: readonly OptionProperty[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
}

/** Every option: its name, its flag without the dashes in front (`micro-batch`), and its schema. */
export function describeOptions(): {
  readonly name: string;
  readonly flag: string;
  readonly property: OptionProperty;
}[] {
  const { properties = {} } = z.toJSONSchema(trainOptionsSchema, { io: "input" });
  return Object.entries(properties as Record<string, OptionProperty>).map(([name, property]) => ({
    name,
    flag: name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    property,
  }));
}
