import { CancelledError, ConfigError } from "../base/errors.ts";
import { resizeImage } from "../media/image.node.ts";
import { openVideo } from "../media/video.node.ts";
import { checkSeeds, type GenerateOptions, type Generator } from "./generator.ts";
import { checkMakesPictures } from "./makes-pictures.ts";
import type { Interpolation } from "./walk.ts";

/** A film that walks from seed to seed and loops. */
export interface WriteWalkOptions extends GenerateOptions {
  /** The pictures to pass through, at least two; the last leads back to the first. */
  readonly seeds: readonly number[];
  /** Length of the film [s]. */
  readonly seconds: number;
  /** Frames a second. @default 30 */
  readonly fps?: number;
  /** @default "spherical" */
  readonly interpolation?: Interpolation;
  /** Shorter side of the film [pixels]: pictures are enlarged to it. @default the smallest multiple of the model's shorter side from 256 */
  readonly size?: number;
  /** Told after each frame. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Aborting gives the film up. */
  readonly signal?: AbortSignal;
}

/** Default of `WriteWalkOptions.size`: players show smaller films as a stamp. */
const SMALLEST_SIDE = 256;

/** Most frames of a film: an hour at 60 a second. */
const MAX_FRAMES = 216_000;

/**
 * Writes a looping walk through seeds as mp4, webm or gif, after the extension of `path`: frame i of n shows the path at i / n, so the last
 * frame is one step before the first. A conditional model shows one class: the one asked for, or that of the first seed.
 *
 * @returns `path`.
 * @throws {ConfigError} if there are fewer than two seeds, the length is out of range, or the model makes no pictures.
 * @throws {MediaError} if the file cannot be written.
 * @throws {CancelledError} if the signal stopped it. Whatever is thrown, nothing is left of the film.
 * @throws {RuntimeUnavailableError} if nothing on this machine can encode the format.
 */
export async function writeWalk(
  generator: Generator,
  path: string,
  options: WriteWalkOptions,
): Promise<string> {
  const { seeds, seconds, fps = 30, interpolation, onProgress, signal } = options;
  checkMakesPictures(generator.info.architecture, "walk");
  checkSeeds(seeds);
  const frames = Math.round(seconds * fps);
  if (!(frames >= 2 && frames <= MAX_FRAMES)) {
    throw new ConfigError(
      `walk: ${seconds} seconds at ${fps} frames a second are ${frames} frames, expected 2 to ${MAX_FRAMES}.`,
    );
  }
  const pathOf = await generator.path(seeds, { ...options, interpolation });
  const { architecture } = generator.info;
  const side = Math.min(architecture.width, architecture.height);
  const { size = side * Math.ceil(SMALLEST_SIDE / side) } = options;
  const [width, height] = [architecture.width, architecture.height].map((pixels) =>
    pixels === side ? size : 2 * Math.round((pixels * size) / side / 2),
  ) as [number, number];
  const video = await openVideo(path, { width, height, fps });
  let done = 0;
  try {
    for await (const image of generator.generate(points(pathOf, frames), options)) {
      signal?.throwIfAborted();
      await video.write(size === side ? image : await resizeImage(image, width, height));
      onProgress?.(++done, frames);
    }
    signal?.throwIfAborted();
    await video.close();
  } catch (error) {
    await video.abort();
    // Ctrl-C in a terminal also ends an ffmpeg that is at work: its failure is then not the story.
    if (!signal?.aborted) throw error;
    throw new CancelledError(
      `${path}: stopped on request after ${done} of ${frames} frames. Nothing was written.`,
      { cause: error },
    );
  }
  return path;
}

function* points<T>(pathOf: (t: number) => T, frames: number): Iterable<T> {
  for (let i = 0; i < frames; i++) yield pathOf(i / frames);
}
