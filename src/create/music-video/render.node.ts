import { readFileSync } from "node:fs";
import { CancelledError, ConfigError } from "../../base/errors.ts";
import type { AudioSource } from "../../media/audio/audio.ts";
import { openAudio } from "../../media/audio/open.node.ts";
import { soundtrack } from "../../media/audio/soundtrack.ts";
import {
  chooseVideo,
  openVideo,
  type VideoChoice,
  type VideoOptions,
} from "../../media/video.node.ts";
import { joinVideo } from "../../media/video-join.node.ts";
import { modelFileOf } from "../load.node.ts";
import { modelPathOf } from "../ready-made.node.ts";
import { analyseSong, type SongAnalysis } from "../song/analysis.ts";
import { type ComposedMusic, composeMusic } from "./compose.node.ts";
import type { Effect } from "./effects.ts";
import { Film } from "./film.ts";
import { Frames } from "./frames.node.ts";
import { type MusicVideoSettings, type ResolvedSettings, resolveSettings } from "./options.ts";
import { fingerprint, Parts } from "./parts.node.ts";
import { scoreOf } from "./score.ts";

/** How far a film is. */
export interface MusicVideoProgress {
  /**
   * "music": seconds of it are made where it is composed; "song": seconds of it are analysed; "frames": they are made; "film": seconds of it are put
   * together with the sound.
   */
  readonly stage: "music" | "song" | "frames" | "film";
  readonly done: number;
  readonly total: number;
}

/** A film to a song, or to music that is made for it. */
export interface MusicVideoOptions extends MusicVideoSettings {
  /** Models (.onnx) of pictures or clips, or run folders; of several, each kind of section gets its own. @default the ready-made one */
  readonly models?: readonly string[];
  /** A sound file, or sound from elsewhere. */
  readonly song?: string | AudioSource;
  /**
   * Makes music instead of a song, decided by `seed` and as long as `seconds`, and keeps it beside the film as `.mid` and `.wav`. True for all defaults.
   *
   * @default none
   */
  readonly compose?: true | ComposedMusic;
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

/**
 * Makes a film to a song or to music of its own: .mp4 with AAC or .webm with Opus. Frame i shows the music at second i / fps.
 *
 * Parts of about ten seconds are finished one after the other in `<path>.parts`, so memory does not grow with the film, and a film that was stopped or
 * killed goes on with the part that it was at. The folder goes when the film is there.
 *
 * @returns `path`.
 * @throws {ConfigError} if an option is wrong, or there is not one of song and compose.
 * @throws {CheckpointError} if a model is missing, damaged, no Ganbox generator, or one of music where pictures are made or the other way round.
 * @throws {MediaError} if the song cannot be read or the film cannot be written.
 * @throws {RuntimeUnavailableError} if nothing on this machine can read or write the formats.
 * @throws {CancelledError} if the signal stopped it.
 */
export async function writeMusicVideo(path: string, options: MusicVideoOptions): Promise<string> {
  const {
    models,
    song,
    compose,
    effects = [],
    backend,
    onAnalysis,
    onProgress,
    signal,
    ...rest
  } = options;
  const settings = resolveSettings(rest, "music video");
  checkSource(options, settings);
  const files = (models ?? [undefined]).map((model) => modelFileOf(modelPathOf(model, "pictures")));
  if (files.length === 0) throw new ConfigError("models: got none, expected at least 1.");
  const choice = await chooseVideo(path, {
    ...(settings.codec && { codec: settings.codec }),
    ...(backend && { backend }),
  });
  const frames = await Frames.open(files, settings.truncation, settings.upscale);
  try {
    const source = await sourceOf(path, options, settings);
    const analysis = await analyse(source, settings, options);
    await onAnalysis?.(analysis);
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

/** @throws {ConfigError} if there is not one of song and music that is made, or the latter is to begin in its middle. */
function checkSource({ song, compose }: MusicVideoOptions, { start }: ResolvedSettings): void {
  if ((song === undefined) === (compose === undefined)) {
    throw new ConfigError(
      `music video: got ${song === undefined ? "neither song nor" : "both song and"} compose, expected one of them.`,
    );
  }
  if (compose !== undefined && start > 0) {
    throw new ConfigError(
      `start: got ${start} with compose, expected 0: music that is made for a film begins with it. Leave one of them out.`,
    );
  }
}

/** The song, or the music that is made for the film. */
async function sourceOf(
  path: string,
  { song, compose, onProgress, signal }: MusicVideoOptions,
  { seed, seconds }: ResolvedSettings,
): Promise<AudioSource> {
  if (typeof song === "object") return song;
  if (song !== undefined) return await openAudio(song);
  const music = await composeMusic(path, typeof compose === "object" ? compose : {}, {
    seed,
    seconds,
    onProgress: (done, total) => onProgress?.({ stage: "music", done, total }),
    ...(signal && { signal }),
  });
  return await openAudio(music);
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
