import { type RunConfig, resolveConfig } from "../src/train/config.ts";
import type { TrainOptions } from "../src/train/options.ts";

/** What both peers of a comparison build: the same networks, batch and number of threads. */
export interface Settings {
  readonly family: string;
  readonly resolution: number;
  readonly widths: readonly number[];
  readonly blocks: number;
  readonly expansion: number;
  readonly groupSize: number;
  readonly latent: number;
  readonly extra: Readonly<Record<string, number>>;
  readonly batch: number;
  readonly microBatch: number;
  readonly threads: number;
  /** Pictures in one run of the generator. */
  readonly generate: number;
}

/** The networks that are compared. Wide stages are as large as a patient user of a CPU trains, narrow ones run on anything. */
export const NETWORKS = [
  { name: "32 px, wide", family: "r3gan", resolution: 32, widths: [256, 256, 128, 64] },
  { name: "32 px, narrow", family: "r3gan", resolution: 32, widths: [128, 64, 32, 16] },
  { name: "64 px, wide", family: "r3gan", resolution: 64, widths: [256, 256, 256, 128, 64] },
  { name: "64 px, narrow", family: "r3gan", resolution: 64, widths: [128, 128, 64, 32, 16] },
  { name: "32 px, stylegan2", family: "stylegan2", resolution: 32, widths: [256, 128, 64, 32] },
] as const;

const GENERATE = 16;

/** Random pictures in memory. */
export const PICTURES = 256;

/** A run's configuration as a user gets it, but without augmentation and schedules: the peer has neither. */
export function configOf(network: (typeof NETWORKS)[number], threads: number): RunConfig {
  const options: TrainOptions = {
    family: network.family,
    resolution: network.resolution,
    widths: [...network.widths],
    threads,
    batch: 32,
    augment: "none",
    mirror: false,
    gamma: [1, 1],
    learningRate: [2e-4, 2e-4],
    beta2: [0.9, 0.9],
    emaHalflifeKimg: [2, 2],
  };
  const data = { source: "random", hash: "", pictures: PICTURES, classes: [] };
  return resolveConfig(options, data, threads);
}

/** The part of a configuration that both peers build from. */
export function settingsOf({ architecture, batch, microBatch, threads }: RunConfig): Settings {
  const { family, height, widths, blocks, expansion, groupSize, latent } = architecture;
  return {
    family,
    resolution: height,
    widths,
    blocks,
    expansion,
    groupSize,
    latent,
    extra: architecture.extra ?? {},
    batch,
    // Passes of 2 batches are those of the discriminator, which sees real and generated images at once; the peer counts pairs.
    microBatch: Math.min(batch, microBatch),
    threads,
    generate: GENERATE,
  };
}
