import { writeFile } from "node:fs/promises";
import { CancelledError, MediaError } from "../base/errors.ts";
import { type HostTensor, hostTensor } from "../base/tensor.ts";
import { type Cell, toCsv } from "../media/csv.ts";
import { type StreamedArray, writeNpz } from "../media/npz.node.ts";
import { checkSeeds, type GenerateOptions, type Generator, type Latent } from "./generator.ts";
import type { RefinedGenerator } from "./refine/refined-generator.ts";

/** Which pictures to write as arrays. */
export interface WriteSamplesOptions extends GenerateOptions {
  /** One picture each; those named twice are made once. */
  readonly seeds: readonly number[];
  /** Told after each picture. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Aborting gives the file up. */
  readonly signal?: AbortSignal;
}

/** Seeds whose latents are worked out together. */
const CHUNK = 256;

/**
 * Writes the pictures of seeds and what they were made from as a .npz file, which `numpy.load` reads:
 * - `images` uint8 [N, H, W, 3], 0 to 255,
 * - `seed` int64 [N],
 * - `z` float32 [N, latent], standard normal; in families without styles `truncation` times z goes in,
 * - `w` float32 [N, W], as it goes in, only in families with styles (and not of refined pictures),
 * - `truncation` float32 [],
 * - `class` int64 [N] and the texts `classes` [K], only of conditional models.
 *
 * @returns `path`.
 * @throws {ConfigError} if there is no seed, one is no whole number, an option is wrong, or the arrays take more than 4 GB.
 * @throws {MediaError} if the file cannot be written; one that was there before stays.
 * @throws {CancelledError} if the signal stopped it.
 */
export async function writeSamples(
  generator: Generator | RefinedGenerator,
  path: string,
  options: WriteSamplesOptions,
): Promise<string> {
  const seeds = [...new Set(options.seeds)];
  checkSeeds(seeds);
  const { channels, height, width, latent } = generator.info.architecture;
  // As pictures show them: other than three planes stand side by side.
  const across = channels === 3 ? width : width * channels;
  const { classes } = generator.info;
  const rows = (dtype: "float32" | "int64", length: number[], of: Column): StreamedArray => ({
    dtype,
    shape: [seeds.length, ...length],
    pieces: () => columns(generator, seeds, options, of),
  });
  const [example] = "stylesOf" in generator ? ((await generator.stylesOf([0])) ?? []) : [];
  await writeNpz(path, {
    images: {
      dtype: "uint8",
      shape: [seeds.length, height, across, 3],
      pieces: () => pictures(generator, seeds, path, options),
    },
    seed: hostTensor("int64", [seeds.length], BigInt64Array.from(seeds, BigInt)),
    z: rows("float32", [latent], async (latents) => joined(latents.map(({ z }) => z))),
    ...(example === undefined ? {} : { w: rows("float32", [example.length], stylesIn(generator)) }),
    truncation: hostTensor("float32", [], Float32Array.of(options.truncationPsi ?? 1)),
    ...(classes.length === 0
      ? {}
      : {
          class: rows("int64", [], async (latents) => ({
            data: BigInt64Array.from(latents, (one) => BigInt(one.class)),
          })),
          classes,
        }),
  });
  return path;
}

/** Some rows of an array. */
type Rows = Pick<HostTensor, "data">;

/** The rows of an array for some seeds. */
type Column = (
  latents: readonly Latent[],
  seeds: readonly number[],
  options: GenerateOptions,
) => Promise<Rows>;

async function* pictures(
  generator: Generator | RefinedGenerator,
  seeds: readonly number[],
  path: string,
  options: WriteSamplesOptions,
): AsyncGenerator<Rows> {
  let done = 0;
  for await (const { data } of generator.fromSeeds(seeds, options)) {
    if (options.signal?.aborted) {
      throw new CancelledError(
        `${path}: stopped on request after ${done} of ${seeds.length} pictures. Nothing is left of the file.`,
      );
    }
    yield { data };
    options.onProgress?.(++done, seeds.length);
  }
}

async function* columns(
  generator: Generator | RefinedGenerator,
  seeds: readonly number[],
  options: GenerateOptions,
  of: Column,
): AsyncGenerator<Rows> {
  for (let i = 0; i < seeds.length; i += CHUNK) {
    const some = seeds.slice(i, i + CHUNK);
    yield await of(await latentsOf(generator, some, options), some, options);
  }
}

/** Latents before truncation. */
async function latentsOf(
  generator: Generator | RefinedGenerator,
  seeds: readonly number[],
  options: GenerateOptions,
): Promise<readonly Latent[]> {
  if ("latentsOf" in generator) return await generator.latentsOf(seeds, options);
  const fixed = options.class === undefined ? undefined : generator.classOf(options.class);
  return seeds.map((seed) => {
    const latent = generator.latentOf(seed);
    return { z: latent.z, class: fixed ?? latent.class };
  });
}

function stylesIn(generator: Generator | RefinedGenerator): Column {
  return async (_, seeds, options) =>
    joined("stylesOf" in generator ? ((await generator.stylesOf(seeds, options)) ?? []) : []);
}

function joined(parts: readonly Float32Array[]): Rows {
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return { data };
}

/**
 * Writes what the pictures of seeds are made from as a table (.csv): `seed`, `class` of conditional models, and z as `z0`, `z1` and so on, before truncation.
 *
 * @returns `path`.
 * @throws {ConfigError} if there is no seed, one is no whole number, or an option is wrong.
 * @throws {MediaError} if the file cannot be written.
 */
export async function writeLatents(
  generator: Generator | RefinedGenerator,
  path: string,
  options: Pick<WriteSamplesOptions, "seeds" | keyof GenerateOptions>,
): Promise<string> {
  const seeds = [...new Set(options.seeds)];
  checkSeeds(seeds);
  const { classes } = generator.info;
  const latents = await latentsOf(generator, seeds, options);
  const rows = latents.map(
    (latent, n): Record<string, Cell> => ({
      seed: seeds[n],
      ...(classes.length === 0 ? {} : { class: classes[latent.class] }),
      ...Object.fromEntries(Array.from(latent.z, (x, i) => [`z${i}`, x])),
    }),
  );
  try {
    await writeFile(path, toCsv(rows));
  } catch (cause) {
    throw new MediaError(
      `${path}: the table cannot be written (${(cause as Error).message}). Check the folder's permissions and free space.`,
      { cause },
    );
  }
  return path;
}
