import { CancelledError, CheckpointError, ConfigError } from "../../base/errors.ts";
import { imageGrid } from "../../media/grid.ts";
import { resizeImage } from "../../media/image.node.ts";
import type { Image } from "../../media/image.ts";
import { openVideo } from "../../media/video.node.ts";
import { familyOf } from "../../models/registry.ts";
import { checkSeeds, type GenerateOptions, type Generator, type Latent } from "../generator.ts";
import { type MovingLatent, momentOf, movingLatentOf } from "./moving-latent.ts";

/** A film of a video model. */
export interface WriteFilmOptions extends GenerateOptions {
  /** One film each; those of several are shown side by side, in rows. @default 0 */
  readonly seeds?: readonly number[];
  /** Length of the film [s], as long as you like. */
  readonly seconds: number;
  /** Frames a second. @default 30 */
  readonly fps?: number;
  /** The end leads back to the begin without a seam. @default false */
  readonly loop?: boolean;
  /** A film to go on from: what is to be seen, and how it moves, are found from its last frames. */
  readonly continue?: string;
  /** Shorter side of each film [pixels]: frames are enlarged to it. @default the smallest multiple of the model's shorter side from 256 (64 of several) */
  readonly size?: number;
  /** Told after each frame, and after each step of the search where a film is gone on from. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Aborting gives the film up. */
  readonly signal?: AbortSignal;
}

/** Defaults of `WriteFilmOptions.size`: players show smaller films as a stamp. */
const SMALLEST_SIDE = { one: 256, several: 64 } as const;

/** Most frames of a film: three hours at 60 a second. */
const MAX_FRAMES = 648_000;

/** Whether a model makes films. */
export function makesFilms({ info }: Generator): boolean {
  return familyOf(info.architecture.family).medium === "clips";
}

/**
 * Writes a film of a video model as mp4, webm or gif, after the extension of `path`. The same seed gives the same film at any frame rate, and a
 * longer one begins like a shorter one.
 *
 * @returns `path`.
 * @throws {CheckpointError} if the model makes no films.
 * @throws {ConfigError} if the length or another option is out of range.
 * @throws {MediaError} if the file cannot be written, or the film to go on from not be read.
 * @throws {CancelledError} if the signal stopped it. Whatever is thrown, nothing is left of the film.
 * @throws {RuntimeUnavailableError} if nothing on this machine can encode the format.
 */
export async function writeFilm(
  generator: Generator,
  path: string,
  options: WriteFilmOptions,
): Promise<string> {
  const { seconds, fps = 30, loop = false, onProgress, signal } = options;
  const { architecture } = generator.info;
  if (!makesFilms(generator)) {
    throw new CheckpointError(
      `${path}: a model of the family ${architecture.family} makes no films, expected one trained with \`--family video\`. \`ganbox walk\` makes films of pictures.`,
    );
  }
  const frames = Math.round(seconds * fps);
  if (!(frames >= 1 && frames <= MAX_FRAMES)) {
    throw new ConfigError(
      `video: ${seconds} seconds at ${fps} frames a second are ${frames} frames, expected 1 to ${MAX_FRAMES}.`,
    );
  }
  const { films, start } = await filmsOf(generator, options);
  const side = Math.min(architecture.width, architecture.height);
  const smallest = films.length === 1 ? SMALLEST_SIDE.one : SMALLEST_SIDE.several;
  const { size = side * Math.ceil(smallest / side) } = options;
  const scale = size / side;
  const show = async (images: readonly Image[]): Promise<Image> => {
    const sheet = films.length === 1 ? (images[0] as Image) : imageGrid(images);
    const [width, height] = [sheet.width * scale, sheet.height * scale].map(Math.round);
    return scale === 1 ? sheet : await resizeImage(sheet, width as number, height as number);
  };
  const moments = momentsOf(films, frames, (film, i) =>
    momentOf(architecture, film, start + i / fps, loop ? frames / fps : 0),
  );
  const shown = sheetsOf(generator.generate(moments, options), films.length);
  let video: Awaited<ReturnType<typeof openVideo>> | undefined;
  let done = 0;
  try {
    for await (const images of shown) {
      signal?.throwIfAborted();
      const frame = await show(images);
      video ??= await openVideo(path, { width: frame.width, height: frame.height, fps });
      await video.write(frame);
      onProgress?.(++done, frames);
    }
    signal?.throwIfAborted();
    await video?.close();
  } catch (error) {
    await video?.abort();
    // Ctrl-C in a terminal also ends an ffmpeg that is at work: its failure is then not the story.
    if (!signal?.aborted) throw error;
    throw new CancelledError(
      `${path}: stopped on request after ${done} of ${frames} frames. Nothing was written.`,
      { cause: error },
    );
  }
  return path;
}

/** The films to show, and the time at which they begin [s]. */
async function filmsOf(
  generator: Generator,
  options: WriteFilmOptions,
): Promise<{ films: readonly MovingLatent[]; start: number }> {
  const { seeds = [0], loop = false } = options;
  checkSeeds(seeds);
  if (options.continue === undefined)
    return { films: seeds.map((seed) => movingLatentOf(generator, seed)), start: 0 };
  if (loop) {
    throw new ConfigError(
      "loop: a film that goes on from another does not come back to its begin, expected one of loop and continue.",
    );
  }
  const { continueFilm } = await import("./continue.node.ts");
  return await continueFilm(generator, options.continue, { ...options, seeds });
}

/** The moments of all films at each time, one time after the other. */
function* momentsOf(
  films: readonly MovingLatent[],
  frames: number,
  at: (film: MovingLatent, frame: number) => Latent,
): Iterable<Latent> {
  for (let i = 0; i < frames; i++) for (const film of films) yield at(film, i);
}

/** As many pictures as there are films at a time. */
async function* sheetsOf(
  images: AsyncIterable<Image>,
  films: number,
): AsyncGenerator<readonly Image[], void, undefined> {
  let sheet: Image[] = [];
  for await (const image of images) {
    sheet.push(image);
    if (sheet.length < films) continue;
    yield sheet;
    sheet = [];
  }
}
