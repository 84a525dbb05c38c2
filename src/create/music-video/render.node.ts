import { readFileSync } from "node:fs";
import { CancelledError, ConfigError } from "../../base/errors.ts";
import type { AudioSource } from "../../media/audio/audio.ts";
import { openAudio } from "../../media/audio/open.node.ts";
import { soundtrack } from "../../media/audio/soundtrack.ts";
import type { Image } from "../../media/image.ts";
import {
  chooseVideo,
  openVideo,
  type VideoChoice,
  type VideoOptions,
} from "../../media/video.node.ts";
import type { PlanarFrame } from "../../media/video-backend.ts";
import { joinVideo } from "../../media/video-join.node.ts";
import { modelFileOf } from "../load.node.ts";
import { analyseSong, type SongAnalysis } from "../song/analysis.ts";
import { type Effect, effectsOf, zoomOf } from "./effects.ts";
import { type FrameModel, type FrameRequest, Frames } from "./frames.node.ts";
import { type MusicVideoSettings, type ResolvedSettings, resolveSettings } from "./options.ts";
import { fingerprint, type Part, Parts } from "./parts.node.ts";
import { type LatentAt, musicPath } from "./path.ts";
import { type MusicState, type Score, scoreOf } from "./score.ts";
import { Upscaler } from "./upscale.ts";

/** How far a film is. */
export interface MusicVideoProgress {
  /** "song": seconds of it are analysed; "frames": they are made; "film": seconds of it are put together with the sound. */
  readonly stage: "song" | "frames" | "film";
  readonly done: number;
  readonly total: number;
}

/** A film to a song. */
export interface MusicVideoOptions extends MusicVideoSettings {
  /** Models (.onnx) or run folders; of several, each kind of section gets its own. */
  readonly models: readonly string[];
  /** A sound file, or sound from elsewhere. */
  readonly song: string | AudioSource;
  /** What to do to the pictures beside the effects of the settings, and after them. */
  readonly effects?: readonly Effect[];
  /** Program that encodes. @default the first of mediabunny and ffmpeg that has the codec */
  readonly backend?: VideoOptions["backend"];
  /** Told the analysis of the song, and waited for, before the first frame. */
  readonly onAnalysis?: (analysis: SongAnalysis) => void | Promise<void>;
  /** Told after each step. */
  readonly onProgress?: (progress: MusicVideoProgress) => void;
  /** Aborting stops; what is finished is kept, and the next call with the same options goes on there. */
  readonly signal?: AbortSignal;
}

/** Films smaller than this look like a stamp in a player [pixels]. */
const SMALLEST_SIDE = 256;

/**
 * Makes a film to a song: .mp4 with AAC or .webm with Opus. Frame i shows the music at second i / fps.
 *
 * Parts of about ten seconds are finished one after the other in `<path>.parts`, so memory does not grow with the film, and a film that was stopped or
 * killed goes on with the part that it was at. The folder goes when the film is there.
 *
 * @returns `path`.
 * @throws {ConfigError} if an option is wrong.
 * @throws {CheckpointError} if a model is missing, damaged or no Ganbox generator.
 * @throws {MediaError} if the song cannot be read or the film cannot be written.
 * @throws {RuntimeUnavailableError} if nothing on this machine can read or write the formats.
 * @throws {CancelledError} if the signal stopped it.
 */
export async function writeMusicVideo(path: string, options: MusicVideoOptions): Promise<string> {
  const { models, song, effects = [], backend, onAnalysis, onProgress, signal, ...rest } = options;
  const settings = resolveSettings(rest, "music video");
  if (models.length === 0) throw new ConfigError("models: got none, expected at least 1.");
  const files = models.map(modelFileOf);
  const choice = await chooseVideo(path, {
    ...(settings.codec && { codec: settings.codec }),
    ...(backend && { backend }),
  });
  const source = typeof song === "string" ? await openAudio(song) : song;
  const analysis = await analyse(source, settings, options);
  await onAnalysis?.(analysis);
  const frames = await Frames.open(files, settings.truncation);
  try {
    const film = new Film(scoreOf(analysis), frames.models, settings, effects);
    const parts = Parts.open(path, film.frames, settings.fps, {
      ...{ settings, choice, size: film.size, song: songFingerprint(analysis) },
      models: files.map((file) => fingerprint(readFileSync(file))),
      effects: effects.map(({ name, on, apply }) => [name, on, String(apply)]),
    });
    await renderParts(path, { film, frames, parts, settings, choice }, options);
    await joinVideo(path, {
      ...choice,
      parts: parts.list(),
      fps: settings.fps,
      sound: soundtrack(source, { start: settings.start, seconds: film.frames / settings.fps }),
      workDir: parts.path,
      onProgress: (done) =>
        onProgress?.({ stage: "film", done, total: film.frames / settings.fps }),
      ...(signal && { signal }),
    });
    parts.remove();
  } finally {
    frames.close();
  }
  return path;
}

async function analyse(
  source: AudioSource,
  { start, seconds }: ResolvedSettings,
  { onProgress, signal }: Pick<MusicVideoOptions, "onProgress" | "signal">,
): Promise<SongAnalysis> {
  return await analyseSong(source, {
    start,
    ...(seconds === undefined ? {} : { seconds }),
    onProgress: (done, total = done) => {
      if (signal?.aborted) throw new CancelledError(`${source.name}: stopped on request.`);
      onProgress?.({ stage: "song", done, total });
    },
  });
}

function songFingerprint({ seconds, onsetStrength, chroma }: SongAnalysis): string {
  const bytes = (x: Float32Array): Uint8Array =>
    new Uint8Array(x.buffer, x.byteOffset, x.byteLength);
  return fingerprint(String(seconds), bytes(onsetStrength), bytes(chroma));
}

/** Everything that decides the frames of a film. */
class Film {
  /** Number of frames. */
  readonly frames: number;
  readonly size: readonly [width: number, height: number];
  readonly #score: Score;
  readonly #fps: number;
  readonly #zoom: number;
  readonly #effects: readonly Effect[];
  readonly #frameEffects: readonly Effect[];
  readonly #paths: readonly LatentAt[];
  readonly #upscaler: Upscaler;

  constructor(
    score: Score,
    models: readonly FrameModel[],
    settings: ResolvedSettings,
    effects: readonly Effect[],
  ) {
    this.#score = score;
    this.#fps = settings.fps;
    this.#zoom = settings.zoom;
    this.frames = Math.max(1, Math.round(score.seconds * settings.fps));
    this.size = settings.size ?? defaultSize(models);
    const [width, height] = this.size;
    this.#upscaler = new Upscaler({ width, height, fit: settings.fit });
    const all = [...effectsOf(settings), ...effects];
    this.#effects = all.filter(({ on }) => on !== "frame");
    this.#frameEffects = all.filter(({ on }) => on === "frame");
    this.#paths = models.map((model) => musicPath(score, model, settings));
  }

  /** What the pictures of parts are made from. */
  *requests(parts: readonly Part[]): Iterable<FrameRequest> {
    for (const { first, frames } of parts) {
      for (let i = first; i < first + frames; i++) {
        const time = i / this.#fps;
        const model = this.#paths.length === 1 ? 0 : this.#score.at(time).kind % this.#paths.length;
        yield { model, latent: (this.#paths[model] as LatentAt)(time) };
      }
    }
  }

  /** Frame `i` from the picture of the generator. */
  frame(picture: Image, i: number): Image | PlanarFrame {
    const music = this.#score.at(i / this.#fps);
    const zoom = this.#zoom === 0 ? 1 : zoomOf(this.#zoom, music);
    const changed = applied(this.#effects, picture, music);
    if (this.#frameEffects.length === 0) return this.#upscaler.frame(changed, zoom);
    return applied(this.#frameEffects, this.#upscaler.image(changed, zoom), music);
  }
}

function applied(effects: readonly Effect[], image: Image, music: MusicState): Image {
  return effects.reduce((before, { apply }) => apply(before, music), image);
}

/** The shape of the largest model, a whole number of times as large, with a shorter side from 256. */
function defaultSize(models: readonly FrameModel[]): [number, number] {
  const area = ({ width, height }: FrameModel): number => width * height;
  const largest = models.reduce((a, b) => (area(b) > area(a) ? b : a));
  const side = Math.min(largest.width, largest.height);
  const times = Math.max(1, Math.ceil(SMALLEST_SIDE / side));
  const even = (pixels: number): number => 2 * Math.ceil((pixels * times) / 2);
  return [even(largest.width), even(largest.height)];
}

interface Work {
  readonly film: Film;
  readonly frames: Frames;
  readonly parts: Parts;
  readonly settings: ResolvedSettings;
  readonly choice: VideoChoice;
}

/** Makes the parts that are not there yet. */
async function renderParts(
  path: string,
  { film, frames, parts, settings, choice }: Work,
  { onProgress, signal }: Pick<MusicVideoOptions, "onProgress" | "signal">,
): Promise<void> {
  const all = parts.list();
  const missing = all.filter(({ finished }) => !finished);
  const [width, height] = film.size;
  const { fps, quality } = settings;
  let done = film.frames - missing.reduce((sum, part) => sum + part.frames, 0);
  const images = frames.images(film.requests(missing));
  for (const part of missing) {
    const video = await openVideo(part.path, { width, height, fps, quality, ...choice });
    try {
      for (let i = part.first; i < part.first + part.frames; i++) {
        const next = await images.next();
        if (next.done) throw new Error("internal: the generator gave too few pictures");
        signal?.throwIfAborted();
        await video.write(film.frame(next.value, i));
        onProgress?.({ stage: "frames", done: ++done, total: film.frames });
      }
      signal?.throwIfAborted();
      await video.close();
    } catch (error) {
      await video.abort();
      // Ctrl-C in a terminal also ends an ffmpeg that is at work: its failure is then not the story.
      if (!signal?.aborted) throw error;
      throw new CancelledError(
        `${path}: stopped on request after ${done} of ${film.frames} frames. What is finished is in ${parts.path}; the same call goes on there.`,
        { cause: error },
      );
    }
  }
}
