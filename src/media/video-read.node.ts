import { extname } from "node:path";
import { MediaError, RuntimeUnavailableError } from "../base/errors.ts";
import { ANIMATION_EXTENSIONS, readAnimation } from "./animation.node.ts";
import { hasFfmpeg } from "./audio/ffmpeg-source.node.ts";
import type { Image, Rgb } from "./image.ts";
import type { VideoBackendName } from "./video-backend.ts";
import { ffmpegFrames } from "./video-read-ffmpeg.node.ts";
import { mediabunnyFrames } from "./video-read-mediabunny.node.ts";

/** Extensions of films, lower case with the dot. Animated pictures (`ANIMATION_EXTENSIONS`) are read as well. */
export const FILM_EXTENSIONS: readonly string[] = [".mp4", ".m4v", ".mov", ".webm", ".mkv"];

/** How the frames of a film are wanted. */
export interface ReadVideoOptions {
  /** Size of the frames [pixels]: they are scaled to cover it, and what sticks out is cut off evenly. */
  readonly width: number;
  readonly height: number;
  /** Frames a second. Whatever rate the film has, fixed or not, frame i shows what it shows at `i / fps`. */
  readonly fps: number;
  /** Colour behind transparent pixels of animated pictures. @default white */
  readonly background?: Rgb;
  /** Program that decodes films. @default ffmpeg where it is on the PATH, else mediabunny */
  readonly backend?: VideoBackendName;
}

/**
 * The frames of a film or animated picture, one by one: memory does not grow with its length.
 *
 * Damage in the middle of a film ends it there, as in any player.
 *
 * @throws {MediaError} if the file cannot be read, has no pictures in it, or is of no known format.
 * @throws {RuntimeUnavailableError} if nothing on this machine can decode films.
 */
export async function* readVideo(
  path: string,
  options: ReadVideoOptions,
): AsyncGenerator<Image, void, undefined> {
  const extension = extname(path).toLowerCase();
  if (ANIMATION_EXTENSIONS.includes(extension)) {
    yield* readAnimation(path, options);
    return;
  }
  if (!FILM_EXTENSIONS.includes(extension)) {
    throw new MediaError(
      `${path}: films are not read from "${extension}", expected one of ${[...FILM_EXTENSIONS, ...ANIMATION_EXTENSIONS].join(", ")}.`,
    );
  }
  const backend = options.backend ?? ((await hasFfmpeg()) ? "ffmpeg" : "mediabunny");
  const frames = backend === "ffmpeg" ? ffmpegFrames : await orUnavailable(path);
  let count = 0;
  for await (const frame of frames(path, options)) {
    count++;
    yield frame;
  }
  if (count > 0) return;
  throw new MediaError(
    `${path}: the film has no frames, expected at least 1. Check that it plays, or leave it out.`,
  );
}

async function orUnavailable(path: string): Promise<typeof mediabunnyFrames> {
  try {
    await import("@mediabunny/server");
    return mediabunnyFrames;
  } catch (cause) {
    throw new RuntimeUnavailableError(
      `${path}: nothing here can decode films (no ffmpeg on the PATH; mediabunny does not load), expected one of them. Run \`npm install mediabunny @mediabunny/server\`, or install ffmpeg (https://ffmpeg.org) on the PATH.`,
      { cause },
    );
  }
}
