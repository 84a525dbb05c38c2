import type { Value } from "../graph/value.ts";
import type { Parameters } from "../nn/parameters.ts";

/** The size of the networks: what, beside the weights, a model file needs to rebuild its generator. */
export interface Architecture {
  readonly family: string;
  /** Side of the square images in pixels. */
  readonly resolution: number;
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
}

/** One kind of model: its networks as functions from parameters and inputs to outputs. */
export interface Family {
  readonly name: string;
  /** Images [N, 3, R, R] in [-1, 1] from z [N, latent] and, for conditional models, one-hot classes c [N, classes]. */
  readonly generator: (p: Parameters, architecture: Architecture, z: Value, c?: Value) => Value;
  /** Logits [N, 1] of images [N, 3, R, R]. */
  readonly discriminator: (
    p: Parameters,
    architecture: Architecture,
    images: Value,
    c?: Value,
  ) => Value;
}

/** Side of the first feature map: the resolution, halved once for each stage after the first. */
export function startSize({ resolution, widths }: Architecture): number {
  return resolution / 2 ** (widths.length - 1);
}
