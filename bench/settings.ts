import { type RunConfig, resolveConfig } from "../src/train/config.ts";

/** A network that is compared. What is not said is the family's default. */
export interface BenchNetwork {
  readonly name: string;
  readonly family: string;
  readonly resolution: number;
  readonly widths?: readonly number[];
}

/** The networks that are compared. Wide stages are as large as a patient user of a CPU trains, narrow ones run on anything. */
export const NETWORKS: readonly BenchNetwork[] = [
  { name: "32 px, wide", family: "r3gan", resolution: 32, widths: [256, 256, 128, 64] },
  { name: "32 px, narrow", family: "r3gan", resolution: 32, widths: [128, 64, 32, 16] },
  { name: "64 px, wide", family: "r3gan", resolution: 64, widths: [256, 256, 256, 128, 64] },
  { name: "64 px, narrow", family: "r3gan", resolution: 64, widths: [128, 128, 64, 32, 16] },
  { name: "32 px, stylegan2", family: "stylegan2", resolution: 32 },
  { name: "64 px, dcgan", family: "dcgan", resolution: 64 },
  { name: "64 px, fastgan", family: "fastgan", resolution: 64 },
  { name: "32 px, vae", family: "vae", resolution: 32 },
  { name: "32 px, vaegan", family: "vaegan", resolution: 32 },
];

/**
 * The network that a command asks for by name, or all.
 *
 * @throws {Error} that lists the names, if there is none of that name.
 */
export function networksNamed(name: string | undefined): readonly BenchNetwork[] {
  const found = NETWORKS.filter((network) => name === undefined || network.name === name);
  if (found.length > 0) return found;
  const names = NETWORKS.map((network) => `"${network.name}"`).join(", ");
  throw new Error(`--network: got "${name}", expected one of ${names}.`);
}

/** What both peers of a comparison build: the same networks, objective, batch and number of threads. */
export interface Settings {
  readonly family: string;
  readonly resolution: number;
  readonly planes: number;
  readonly widths: readonly number[];
  readonly blocks: number;
  readonly expansion: number;
  readonly groupSize: number;
  readonly latent: number;
  readonly extra: Readonly<Record<string, number>>;
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly gamma: number;
  readonly penaltyEvery: number;
  /** Weight of the divergence of codes. */
  readonly beta: number;
  readonly batch: number;
  /** Real images in a pass. */
  readonly microBatch: number;
  readonly threads: number;
  /** Training steps in one measurement: as many as there are from one penalty to the next. */
  readonly steps: number;
  /** Pictures in one run of the generator. */
  readonly generate: number;
}

const GENERATE = 16;

/** Random pictures in memory. */
export const PICTURES = 256;

/** Pictures that defaults are asked for: with fewer, some families take smaller batches. */
const USUAL_PICTURES = 10_000;

/** A run's configuration as a user gets it, but without augmentation: the peer has none. */
export function configOf({ name: _, ...network }: BenchNetwork, threads: number): RunConfig {
  const { widths, ...rest } = network;
  const options = { ...rest, ...(widths && { widths: [...widths] }) };
  return resolveConfig(
    { ...options, threads, augment: "none", mirror: false },
    { source: "random", hash: "", pictures: USUAL_PICTURES, classes: [] },
    threads,
  );
}

/** The part of a configuration that both peers build from. */
export function settingsOf(config: RunConfig): Settings {
  const { architecture, objective, batch, microBatch, threads } = config;
  const { family, channels, height, widths, blocks, expansion, groupSize, latent } = architecture;
  return {
    family,
    resolution: height,
    planes: channels,
    widths,
    blocks,
    expansion,
    groupSize,
    latent,
    extra: architecture.extra ?? {},
    learningRate: config.learningRate[0],
    beta1: config.beta1,
    beta2: config.beta2[0],
    gamma: config.gamma[0],
    penaltyEvery: objective.penaltyEvery,
    beta: objective.beta,
    batch,
    // Passes of 2 batches are those of the discriminator, which sees real and generated images at once; the peer counts pairs.
    microBatch: Math.min(batch, microBatch),
    threads,
    steps: objective.penalty === "none" ? 1 : objective.penaltyEvery,
    generate: GENERATE,
  };
}
