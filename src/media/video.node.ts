import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import { type GanboxError, MediaError, RuntimeUnavailableError } from "../base/errors.ts";
import type { Image } from "./image.ts";
import type {
  EncoderSettings,
  FrameEncoder,
  VideoBackend,
  VideoBackendName,
  VideoCodec,
  VideoContainer,
} from "./video-backend.ts";
import { FfmpegEncoder, probeFfmpeg } from "./video-ffmpeg.node.ts";
import { GifEncoder, MAX_GIF_FPS } from "./video-gif.node.ts";
import { MediabunnyEncoder, probeMediabunny } from "./video-mediabunny.node.ts";

/** Largest width and height [pixels], the most that H.264 can say. */
const MAX_SIZE = 16384;

/** Codecs that a file of each extension may hold, best first. */
const CODECS: Readonly<Record<VideoContainer, readonly [VideoCodec, ...VideoCodec[]]>> = {
  mp4: ["h264", "vp9"],
  webm: ["vp9"],
};

const PROBES: Readonly<Record<VideoBackendName, () => Promise<VideoBackend>>> = {
  mediabunny: probeMediabunny,
  ffmpeg: probeFfmpeg,
};

/** Both, the preferred one first: it needs no program that a user would have to install by hand. */
const BACKENDS: readonly VideoBackendName[] = ["mediabunny", "ffmpeg"];

/** How a film is written. */
export interface VideoOptions {
  /** Width of every frame [pixels]. */
  readonly width: number;
  /** Height of every frame [pixels]. */
  readonly height: number;
  /** Frames a second; at most 50 for a GIF. */
  readonly fps: number;
  /** 0 (smallest file) to 100 (best picture); a GIF is always written as well as it can be. @default 80 */
  readonly quality?: number;
  /** Program that encodes mp4 and webm. @default the first of mediabunny and ffmpeg that has the codec */
  readonly backend?: VideoBackendName;
}

/** A film that is being written. Await each call before the next. */
export interface VideoWriter {
  /**
   * Adds a frame, and resolves when there is room for another: memory stays flat, however long the film.
   *
   * @throws {MediaError} if the frame has another size than the film, or the file cannot be written; the latter ends the writer.
   */
  write(frame: Image): Promise<void>;
  /**
   * Completes the film. Only now the file appears under its name.
   *
   * @throws {MediaError} if no frame was written, or the file cannot be.
   */
  close(): Promise<void>;
  /** Gives the film up and leaves no file; a file that was there before stays. Does nothing after the end. */
  abort(): Promise<void>;
}

/**
 * Starts a film in the format that its extension names: mp4 (H.264, or VP9 where that is missing), webm (VP9), or gif (looping).
 *
 * Colours are written and tagged as BT.709. Odd sizes grow by a copy of the last row or column in mp4 and webm. Missing folders are
 * made. Frames go to `<path>.partial`, which is renamed at the end.
 *
 * @throws {MediaError} if the extension, size, frame rate or quality is out of range, or the file cannot be written.
 * @throws {RuntimeUnavailableError} if nothing on this machine can encode the format.
 */
export async function openVideo(path: string, options: VideoOptions): Promise<VideoWriter> {
  const { width, height, fps, quality = 80, backend } = options;
  const extension = extname(path).toLowerCase();
  if (extension !== ".mp4" && extension !== ".webm" && extension !== ".gif") {
    throw new MediaError(
      `${path}: films are not written as "${extension}", expected one of .mp4, .webm, .gif. Change the file's extension.`,
    );
  }
  checkSize(path, "width", width);
  checkSize(path, "height", height);
  checkRange(path, "fps", fps, 0.01, extension === ".gif" ? MAX_GIF_FPS : 1000);
  checkRange(path, "quality", quality, 0, 100);
  const partial = `${resolve(path)}.partial`;
  const openEncoder = await chooseEncoder(path, extension, backend);
  try {
    await touch(path, partial);
    const encoder = await openEncoder({ path: partial, width, height, fps, quality });
    return new FileVideoWriter(path, partial, width, height, encoder);
  } catch (cause) {
    await removePartial(partial);
    throw unwritable(path, cause);
  }
}

/** What can encode mp4 and webm on this machine. GIF needs nothing. */
export async function videoBackends(): Promise<VideoBackend[]> {
  return await Promise.all(BACKENDS.map((name) => PROBES[name]()));
}

type OpenEncoder = (
  settings: Omit<EncoderSettings, "container" | "codec">,
) => Promise<FrameEncoder>;

async function chooseEncoder(
  path: string,
  extension: ".mp4" | ".webm" | ".gif",
  wanted?: VideoBackendName,
): Promise<OpenEncoder> {
  if (extension === ".gif") return GifEncoder.open;
  const container = extension === ".mp4" ? "mp4" : "webm";
  const [best] = CODECS[container];
  const backends: VideoBackend[] = [];
  for (const name of wanted ? [wanted] : BACKENDS) {
    const backend = await PROBES[name]();
    backends.push(backend);
    if (backend.codecs.includes(best)) break;
  }
  for (const codec of CODECS[container]) {
    const backend = backends.find(({ codecs }) => codecs.includes(codec));
    if (backend?.name === "mediabunny")
      return (settings) => MediabunnyEncoder.open({ ...settings, container, codec });
    if (backend) return async (settings) => new FfmpegEncoder({ ...settings, container, codec });
  }
  throw new RuntimeUnavailableError(
    `${path}: nothing here can encode ${container} films (${backends.map(({ detail }) => detail).join("; ")}), expected mediabunny or ffmpeg. ` +
      "Run `npm install mediabunny @mediabunny/server`, or install ffmpeg (https://ffmpeg.org) on the PATH, or write a .gif.",
  );
}

/** Writes to a temporary name and renames at the end. */
class FileVideoWriter implements VideoWriter {
  readonly #path: string;
  readonly #partial: string;
  readonly #width: number;
  readonly #height: number;
  readonly #encoder: FrameEncoder;
  #frames = 0;
  #ended = false;

  constructor(path: string, partial: string, width: number, height: number, encoder: FrameEncoder) {
    this.#path = path;
    this.#partial = partial;
    this.#width = width;
    this.#height = height;
    this.#encoder = encoder;
  }

  async write(frame: Image): Promise<void> {
    this.#checkOpen();
    const { width, height, data } = frame;
    if (width !== this.#width || height !== this.#height) {
      throw new MediaError(
        `${this.#path}: frame ${this.#frames} is ${width}x${height}, expected ${this.#width}x${this.#height} like the film.`,
      );
    }
    if (data.length !== width * height * 3) {
      throw new MediaError(
        `${this.#path}: frame ${this.#frames} has ${data.length} bytes, expected ${width * height * 3} (${width}x${height}x3).`,
      );
    }
    try {
      await this.#encoder.add(frame);
    } catch (cause) {
      await this.abort();
      throw unwritable(this.#path, cause);
    }
    this.#frames++;
  }

  async close(): Promise<void> {
    this.#checkOpen();
    if (this.#frames === 0) {
      await this.abort();
      throw new MediaError(
        `${this.#path}: the film has no frames, expected at least 1. Write a frame before closing it.`,
      );
    }
    this.#ended = true;
    try {
      await this.#encoder.finish();
      await rename(this.#partial, this.#path);
    } catch (cause) {
      await this.#discard();
      throw unwritable(this.#path, cause);
    }
  }

  async abort(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#discard();
  }

  /** Stops the encoder, whatever it says about that, and removes what it wrote. */
  async #discard(): Promise<void> {
    await this.#encoder.cancel().catch(() => undefined);
    await removePartial(this.#partial);
  }

  #checkOpen(): void {
    if (this.#ended)
      throw new MediaError(
        `${this.#path}: the film has ended, expected an open one. Open another.`,
      );
  }
}

/** Makes the folder and an empty file, to find out now, not after the last frame, whether the film can be written. */
async function touch(path: string, partial: string): Promise<void> {
  await mkdir(dirname(partial), { recursive: true });
  const existing = await stat(path).catch(() => undefined);
  if (existing?.isDirectory()) throw new Error("a folder has this name");
  await (await open(partial, "w")).close();
}

/** Removes what an encoder left. That it may fail again, on the fault that is being reported, is no news. */
async function removePartial(partial: string): Promise<void> {
  await rm(partial, { force: true }).catch(() => undefined);
}

function checkSize(path: string, name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= MAX_SIZE) return;
  throw new MediaError(
    `${path}: ${name} is ${value}, expected a whole number of pixels from 1 to ${MAX_SIZE}.`,
  );
}

function checkRange(path: string, name: string, value: number, min: number, max: number): void {
  if (value >= min && value <= max) return;
  throw new MediaError(`${path}: ${name} is ${value}, expected a number from ${min} to ${max}.`);
}

function unwritable(path: string, cause: unknown): GanboxError {
  if (cause instanceof RuntimeUnavailableError) return cause;
  const reason = cause instanceof Error ? cause.message.trim() : String(cause);
  return new MediaError(
    `${path}: the film cannot be written (${reason}). Check the folder's permissions and free space.`,
    { cause },
  );
}
