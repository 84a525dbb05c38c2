import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { CancelledError, MediaError } from "../base/errors.ts";
import { imageGrid } from "../media/grid.ts";
import { writeImage } from "../media/image.node.ts";
import type { Image } from "../media/image.ts";
import { checkSeeds, type GenerateOptions, type Generator } from "./generator.ts";
import { checkMakesPictures } from "./makes-pictures.ts";
import type { UpscaleFactor } from "./upscale/factor.ts";
import { upscaled } from "./upscale/upscaled.node.ts";

/** Which pictures to write, and where. */
export interface WriteImagesOptions extends GenerateOptions {
  /** One picture each; those named twice are made once. */
  readonly seeds: readonly number[];
  /** Folder for the files; made if missing. */
  readonly outputDir: string;
  /** Also write all pictures as one, `grid.png`. @default false */
  readonly grid?: boolean;
  /** Make the pictures 2 or 4 times as large with the super-resolution network. @default the model's size */
  readonly upscale?: UpscaleFactor;
  /** Told after each picture. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Aborting stops after the picture that is being written; those that are finished stay. */
  readonly signal?: AbortSignal;
}

/**
 * Writes the picture of each seed as `seed0017.png`, and all of them as `grid.png` where asked.
 *
 * @returns The paths of the files; that of the grid is last.
 * @throws {ConfigError} if there is no seed, one is no whole number, `upscale` is another factor, or the model makes no pictures.
 * @throws {MediaError} if a file cannot be written.
 * @throws {CancelledError} if the signal stopped it.
 */
export async function writeImages(
  generator: Pick<Generator, "fromSeeds" | "info">,
  options: WriteImagesOptions,
): Promise<string[]> {
  const { outputDir, grid = false, upscale, onProgress, signal } = options;
  checkMakesPictures(generator.info.architecture, "generate");
  const seeds = [...new Set(options.seeds)];
  checkSeeds(seeds);
  const pictures = upscaled(generator.fromSeeds(seeds, options), upscale);
  makeFolder(outputDir);
  const paths: string[] = [];
  const images: Image[] = [];
  for await (const image of pictures) {
    if (signal?.aborted) {
      throw new CancelledError(
        `${outputDir}: stopped on request after ${paths.length} of ${seeds.length} pictures.`,
        { cause: signal.reason },
      );
    }
    const path = join(outputDir, `seed${String(seeds[paths.length]).padStart(4, "0")}.png`);
    await writeImage(path, image);
    paths.push(path);
    if (grid) images.push(image);
    onProgress?.(paths.length, seeds.length);
  }
  if (grid) paths.push(await writeGrid(join(outputDir, "grid.png"), images));
  return paths;
}

/**
 * Writes the pictures of all seeds as one.
 *
 * @returns `path`.
 * @throws {ConfigError} if there is no seed, or one is no whole number.
 * @throws {MediaError} if the file cannot be written.
 */
export async function writeSeedGrid(
  generator: Generator,
  path: string,
  seeds: readonly number[],
  options: GenerateOptions = {},
): Promise<string> {
  const images: Image[] = [];
  for await (const image of generator.fromSeeds([...new Set(seeds)], options)) images.push(image);
  return await writeGrid(path, images);
}

async function writeGrid(path: string, images: readonly Image[]): Promise<string> {
  await writeImage(path, imageGrid(images));
  return path;
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    throw new MediaError(
      `${path}: the output folder cannot be made (${(cause as Error).message}). Choose another one, or check its permissions.`,
      { cause },
    );
  }
}
