import type { Random } from "../base/random.ts";
import type { Shape } from "../base/shape.ts";
import { resolutionOf, type Size } from "../base/size.ts";
import type { Value } from "../graph/value.ts";
import type { Augmentation } from "../nn/augment.ts";
import type { LossName } from "../nn/losses.ts";
import type { Parameters } from "../nn/parameters.ts";
import type { PenaltyName } from "../nn/penalties.ts";
import type { Range } from "../nn/schedule.ts";
import type { PhaseContext } from "./phase-context.ts";

/** The size of the networks: what, beside the weights, a model file needs to rebuild its generator. */
export interface Architecture {
  readonly family: string;
  /** Planes of a generated picture: 3 for colours. */
  readonly channels: number;
  /** Rows of a picture [pixels]. */
  readonly height: number;
  /** Columns of a picture [pixels]. */
  readonly width: number;
  /** Length of z. */
  readonly latent: number;
  /** Classes, or 0 for an unconditional model. */
  readonly classes: number;
  /** Channels a stage, from the smallest resolution to the largest. */
  readonly widths: readonly number[];
  /** Residual blocks a stage. */
  readonly blocks: number;
  /** Channels inside a block, as a multiple of the stage's. */
  readonly expansion: number;
  /** Channels in one group of the 3 x 3 convolutions; layers with no more channels are dense, 0 makes all dense. */
  readonly groupSize: number;
  /** Numbers that only the family itself knows, by name. */
  readonly extra?: Readonly<Record<string, number>>;
}

/** What the phases of a family minimise. Each family reads what concerns it. */
export interface ObjectiveOptions {
  readonly loss: LossName;
  readonly penalty: PenaltyName;
  /** Steps between two gradient penalties; each then weighs as much as those it stands for. */
  readonly penaltyEvery: number;
  /** Probability that a picture's styles come from two latents. */
  readonly mixing: number;
  /** Weight of the path length penalty. */
  readonly pathLength: number;
  /** Weight of the divergence of a latent code from the standard normal distribution. */
  readonly beta: number;
  /** Divergence [nats] that each number of a latent code has for free. */
  readonly freeBits: number;
}

/** Networks that are trained: generator (or decoder), discriminator, encoder. The first letter of their parameters' names. */
export type NetworkName = "G" | "D" | "E";

/** What a phase of a training step minimises, and what is worth knowing about it. */
export interface Objective {
  /** Scalar. */
  readonly loss: Value;
  /** Scalars to report, by name. */
  readonly reports: Readonly<Record<string, Value>>;
}

/** One part of a training step: some networks go down the gradient of one objective. */
export interface PhaseDefinition {
  /** Short name, for example "D". */
  readonly name: string;
  /** Networks that it changes. */
  readonly trains: readonly NetworkName[];
  /** Steps from one time to the next. @default 1 */
  readonly every?: number;
  /** Images that go through the largest network for each real image of the batch: 2 where real and generated ones go as one batch. @default 1 */
  readonly imagesPerReal?: 1 | 2;
  readonly objective: (context: PhaseContext) => Objective;
}

/** Kinds of data sets. */
export type Medium = "pictures" | "clips" | "music" | "sounds";

/** Size of what a model makes. */
export interface Frame extends Size {
  readonly channels: number;
  /** Feature maps that double in size from the first one to the last. */
  readonly stages: number;
}

/** What a family's defaults may depend on. */
export interface FamilyFacts extends Frame {
  readonly preset: "small" | "large";
  /** Side of a square with as many pixels: the geometric mean of height and width. */
  readonly resolution: number;
  readonly pictures: number;
  /** What was asked of clips, for families that are trained on them. */
  readonly clips?: {
    /** Frames of a clip that are shown together. */
    readonly frames: number;
    /** Length of a clip [s]. */
    readonly seconds: number;
    /** From the begin of a clip to that of the next [s]. */
    readonly stride: number;
    /** Frames a second that films are read at. */
    readonly fps: number;
  };
}

/** What a family does where nothing was asked for. */
export interface FamilyDefaults {
  readonly widths: readonly number[];
  readonly latent: number;
  readonly blocks: number;
  readonly expansion: number;
  readonly groupSize: number;
  readonly extra?: Readonly<Record<string, number>>;
  readonly batch: number;
  readonly objective: ObjectiveOptions;
  readonly learningRate: Range;
  readonly beta1: number;
  readonly beta2: Range;
  /** Start and end of gamma for a batch. */
  readonly gamma: (batch: number) => Range;
  readonly augment: "none" | "fixed" | "scheduled" | "adaptive";
  readonly augmentP: Range;
  readonly augmentations: readonly Augmentation[];
}

/** One kind of model: its networks as functions from parameters and inputs to outputs, and how they are trained. */
export interface Family {
  readonly name: string;
  /** What it is good for, in a few words. */
  readonly summary: string;
  /** What it is trained on. @default "pictures" */
  readonly medium?: Medium;
  /** Size of what it makes, where that is not for the user alone to say. @default three colours of the size asked for, 64x64 */
  readonly frame?: (asked: Size | undefined) => Frame;
  /** Planes of one example of the data set. @default those of a generated picture */
  readonly planes?: (architecture: Architecture) => number;
  /** Numbers that the data set keeps with each example. @default 0 */
  readonly facts?: (architecture: Architecture) => number;
  /** What the generator needs beside z and c: shape of one example, by name. */
  readonly inputs?: (architecture: Architecture) => Readonly<Record<string, Shape>>;
  /** Those inputs for one example where none are given, by name. @default zeros */
  readonly drawInputs?: (
    architecture: Architecture,
    random: Random,
  ) => Readonly<Record<string, Float32Array>>;
  /**
   * Images [N, channels, H, W] in [-1, 1] from z [N, latent], for conditional models one-hot classes c [N, classes], and `inputs`, each with the batch
   * axis in front.
   */
  readonly generator: (
    p: Parameters,
    architecture: Architecture,
    z: Value,
    c: Value | undefined,
    inputs: Readonly<Record<string, Value>>,
  ) => Value;
  /**
   * First half of a generator with a space of styles: w [N, W] of z and classes, and the mean of w [W], towards which truncation goes. Such a family
   * has `synthesis` as well.
   */
  readonly mapping?: (
    p: Parameters,
    architecture: Architecture,
    z: Value,
    c?: Value,
  ) => { readonly w: Value; readonly average: Value };
  /** Second half: images [N, channels, H, W] from w [N, W]. */
  readonly synthesis?: (p: Parameters, architecture: Architecture, w: Value) => Value;
  /** Logits [N, K] of examples [N, planes, H, W], each of its own image alone; families without one are not adversarial. */
  readonly discriminator?: (
    p: Parameters,
    architecture: Architecture,
    images: Value,
    c?: Value,
  ) => Value;
  /** Mean and log variance [N, latent] of the codes of images [N, channels, H, W]; only autoencoders have one. */
  readonly encoder?: (
    p: Parameters,
    architecture: Architecture,
    images: Value,
    c?: Value,
  ) => { readonly mean: Value; readonly logVariance: Value };
  /** The phases of a training step, in their order. */
  readonly phases: (objective: ObjectiveOptions) => readonly PhaseDefinition[];
  readonly defaults: (facts: FamilyFacts) => FamilyDefaults;
}

/** Size of the first feature map: that of a picture, halved once for each stage after the first. */
export function startSize({ height, width, widths }: Architecture): Size {
  const halvings = 2 ** (widths.length - 1);
  return { height: height / halvings, width: width / halvings };
}

/** Name of the size of a stage's feature maps: its side, such as "8", or width x height, such as "12x8". */
export function stageName(architecture: Architecture, stage: number): string {
  const { height, width } = startSize(architecture);
  return `${resolutionOf({ height: height * 2 ** stage, width: width * 2 ** stage })}`;
}

/** Shape of `n` examples of the data set that a model is trained on: [n, planes, H, W]. */
export function examplesShape(
  { planes }: Pick<Family, "planes">,
  architecture: Architecture,
  n: number,
): readonly [number, number, number, number] {
  const { channels, height, width } = architecture;
  return [n, planes?.(architecture) ?? channels, height, width];
}
