import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, dirname, extname, join } from "node:path";
import { CancelledError, CheckpointError, ConfigError } from "../base/errors.ts";
import { middleOf } from "../media/crop.ts";
import { imageGrid } from "../media/grid.ts";
import { decodeImage, writeImage } from "../media/image.node.ts";
import type { Image } from "../media/image.ts";
import { Encoder } from "./encoder.ts";
import type { Generator, GeneratorOptions, Latent } from "./generator.ts";
import { loadGenerator, modelFileOf, readModel } from "./load.node.ts";
import { latentPath } from "./walk.ts";

/** Both halves of a trained autoencoder. */
export interface Autoencoder {
  readonly encoder: Encoder;
  readonly generator: Generator;
  /** Frees the memory of both. */
  dispose(): Promise<void>;
}

/**
 * An autoencoder from a run folder, or from its generator's file with `encoder.onnx` beside it.
 *
 * @param options `threads` is by default the number of cores.
 * @throws {CheckpointError} if there is none, the model has no encoder, or a file is damaged.
 */
export async function loadAutoencoder(
  path: string,
  options: GeneratorOptions = {},
): Promise<Autoencoder> {
  const generator = await loadGenerator(path, options);
  const { architecture } = generator.info;
  const file = join(dirname(modelFileOf(path)), "encoder.onnx");
  if (!existsSync(file)) {
    throw new CheckpointError(
      `${path}: there is no encoder beside this model (${architecture.family}; no ${basename(file)}), expected a run of an autoencoder. Train one with --family vae or vaegan.`,
    );
  }
  const encoder = await Encoder.decode(readModel(file), file, {
    threads: availableParallelism(),
    ...options,
  });
  if (JSON.stringify(encoder.info.architecture) !== JSON.stringify(architecture)) {
    throw new CheckpointError(
      `${file}: this is the encoder of another model than the generator beside it, expected that of the same run.`,
    );
  }
  const dispose = async (): Promise<void> => {
    await encoder.dispose();
    await generator.dispose();
  };
  return { encoder, generator, dispose };
}

/** What both kinds of pictures of an autoencoder need. */
interface CommonOptions {
  /** Class of the pictures, by name or index; models with classes need it. */
  readonly class?: number | string;
  /** Aborting stops before the next picture; those that are finished stay. */
  readonly signal?: AbortSignal;
}

/** Which pictures to reconstruct, and where to. */
export interface WriteReconstructionsOptions extends CommonOptions {
  /** Paths of picture files; of each the middle is taken, in the shape of the model. */
  readonly pictures: readonly string[];
  /** Folder for the files; made if missing. */
  readonly outputDir: string;
  /** Told after each picture. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Pictures a row of a grid of reconstructions. */
const COLUMNS = 10;

/** Pictures in memory at a time, before they go into the grid at their small size. */
const CHUNK = 64;

/**
 * Writes the reconstruction of each picture as `0000-name.png` in the order given, and all of them, originals above reconstructions, as `grid.png`.
 *
 * @returns The paths of the files; that of the grid is last.
 * @throws {ConfigError} if there is no picture, or the class is missing or unknown.
 * @throws {MediaError} if a picture cannot be read or a file cannot be written.
 * @throws {CancelledError} if the signal stopped it.
 */
export async function writeReconstructions(
  autoencoder: Autoencoder,
  options: WriteReconstructionsOptions,
): Promise<string[]> {
  const { pictures, outputDir, onProgress, signal } = options;
  if (pictures.length === 0)
    throw new ConfigError("reconstruct: got no pictures, expected at least 1 file.");
  const paths: string[] = [];
  const originals: Image[] = [];
  const reconstructions: Image[] = [];
  for (let from = 0; from < pictures.length; from += CHUNK) {
    const files = pictures.slice(from, from + CHUNK);
    const middles = await readMiddles(autoencoder, files);
    const codes = await autoencoder.encoder.encode(middles, options.class);
    originals.push(...middles);
    for await (const image of autoencoder.generator.generate(codes)) {
      throwIfStopped(signal, outputDir, paths.length, pictures.length);
      const source = pictures[paths.length] as string;
      const name = basename(source, extname(source));
      const path = join(outputDir, `${String(paths.length).padStart(4, "0")}-${name}.png`);
      await writeImage(path, image);
      paths.push(path);
      reconstructions.push(image);
      onProgress?.(paths.length, pictures.length);
    }
  }
  const grid = join(outputDir, "grid.png");
  await writeImage(grid, pairedGrid(originals, reconstructions));
  return [...paths, grid];
}

/** Rows of originals, each with the row of their reconstructions below it. */
function pairedGrid(originals: readonly Image[], reconstructions: readonly Image[]): Image {
  const columns = Math.min(COLUMNS, originals.length);
  const { width, height } = originals[0] as Image;
  const blank: Image = { width, height, data: new Uint8Array(3 * width * height).fill(255) };
  const cells: Image[] = [];
  for (let from = 0; from < originals.length; from += columns) {
    for (const row of [originals, reconstructions])
      for (let i = from; i < from + columns; i++) cells.push(row[i] ?? blank);
  }
  return imageGrid(cells, { columns });
}

/** Between which pictures to go, and in how many steps. */
export interface WriteInterpolationOptions extends CommonOptions {
  /** Paths of two picture files; of each the middle is taken, in the shape of the model. */
  readonly pictures: readonly [from: string, to: string];
  /** Pictures on the way, both ends included; at least 2. @default 9 */
  readonly steps?: number;
}

/**
 * Writes one picture of the way from a real picture to another through their codes, side by side. The ends are reconstructions; between them
 * directions turn at constant speed (`latentPath`).
 *
 * @returns `path`.
 * @throws {ConfigError} if there are fewer than two steps, or the class is missing or unknown.
 * @throws {MediaError} if a picture cannot be read or the file cannot be written.
 * @throws {CancelledError} if the signal stopped it.
 */
export async function writeInterpolation(
  autoencoder: Autoencoder,
  path: string,
  options: WriteInterpolationOptions,
): Promise<string> {
  const { pictures, steps = 9, signal } = options;
  if (!Number.isInteger(steps) || steps < 2)
    throw new ConfigError(`steps: got ${steps}, expected a whole number of 2 or more.`);
  const middles = await readMiddles(autoencoder, pictures);
  const codes = await autoencoder.encoder.encode(middles, options.class);
  const along = latentPath(codes.map(({ z }) => z));
  const index = codes[0]?.class ?? 0;
  // The path goes on to the first picture again: half of it is the way there.
  const latents = Array.from(
    { length: steps },
    (_, i): Latent => ({ z: along(i / (2 * (steps - 1))), class: index }),
  );
  const images: Image[] = [];
  for await (const image of autoencoder.generator.generate(latents)) {
    throwIfStopped(signal, path, images.length, steps);
    images.push(image);
  }
  await writeImage(path, imageGrid(images, { columns: steps }));
  return path;
}

/** The middles of picture files at the model's size, read as training reads them. */
async function readMiddles({ encoder }: Autoencoder, files: readonly string[]): Promise<Image[]> {
  const { architecture } = encoder.info;
  const middles: Image[] = [];
  for (const file of files)
    middles.push(middleOf(await decodeImage(file, { cover: architecture }), architecture));
  return middles;
}

function throwIfStopped(
  signal: AbortSignal | undefined,
  where: string,
  done: number,
  total: number,
): void {
  if (signal?.aborted !== true) return;
  throw new CancelledError(`${where}: stopped on request after ${done} of ${total} pictures.`, {
    cause: signal.reason,
  });
}
