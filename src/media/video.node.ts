import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import { type GanboxError, MediaError, RuntimeUnavailableError } from "../base/errors.ts";
import type { Image } from "./image.ts";
import type {
  EncoderSettings,
  FrameEncoder,
  PlanarFrame,
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
  mp4: ["h264", "vp9", "av1"],
  webm: ["vp9", "av1"],
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
  /** Coding of the pictures; a GIF has its own. @default H.264 for mp4 (VP9 where that is missing), VP9 for webm */
  readonly codec?: VideoCodec;
  /** Program that encodes mp4 and webm. @default the first of mediabunny and ffmpeg that has the codec */
  readonly backend?: VideoBackendName;
}

/** A film that is being written. Await each call before the next. */
export interface VideoWriter {
  /**
   * Adds a frame, and resolves when there is room for another: memory stays flat, however long the film.
   *
   * @param frame A picture or, in mp4 and webm, the planes of one.
   * @throws {MediaError} if the frame has another size than the film, or the file cannot be written; the latter ends the writer.
   */
  write(frame: Image | PlanarFrame): Promise<void>;
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
  const { width, height, fps, quality = 80 } = options;
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
  const gif = extension === ".gif";
  const openEncoder = gif ? GifEncoder.open : await chooseEncoder(path, options);
  try {
    await touch(path, partial);
    const encoder = await openEncoder({ path: partial, width, height, fps, quality });
    return new FileVideoWriter(path, partial, { width, height, planar: !gif }, encoder);
  } catch (cause) {
    await removePartial(partial);
    throw unwritable(path, cause);
  }
}

/** What can encode mp4 and webm on this machine. GIF needs nothing. */
export async function videoBackends(): Promise<VideoBackend[]> {
  return await Promise.all(BACKENDS.map((name) => PROBES[name]()));
}

/** How a film in a container will be encoded here. */
export interface VideoChoice {
  readonly container: VideoContainer;
  readonly codec: VideoCodec;
  readonly backend: VideoBackendName;
}

/**
 * The program and codec that write a film here.
 *
 * @param path Its extension, .mp4 or .webm, decides the container.
 * @throws {MediaError} if the extension is another one, or files of this kind do not hold the codec.
 * @throws {RuntimeUnavailableError} if nothing on this machine can encode it.
 */
export async function chooseVideo(
  path: string,
  wanted: Pick<VideoOptions, "codec" | "backend"> = {},
): Promise<VideoChoice> {
  const extension = extname(path).toLowerCase();
  if (extension !== ".mp4" && extension !== ".webm") {
    throw new MediaError(
      `${path}: this film is not written as "${extension}", expected .mp4 or .webm. Change the file's extension.`,
    );
  }
  const container = extension === ".mp4" ? "mp4" : "webm";
  const possible = CODECS[container];
  if (wanted.codec !== undefined && !possible.includes(wanted.codec)) {
    throw new MediaError(
      `${path}: ${container} films hold no ${wanted.codec}, expected one of ${possible.join(", ")}.`,
    );
  }
  const codecs = wanted.codec === undefined ? possible : [wanted.codec];
  const backends: VideoBackend[] = [];
  for (const name of wanted.backend ? [wanted.backend] : BACKENDS) {
    const backend = await PROBES[name]();
    backends.push(backend);
    if (backend.codecs.includes(codecs[0] ?? possible[0])) break;
  }
  for (const codec of codecs) {
    const backend = backends.find((one) => one.codecs.includes(codec));
    if (backend) return { container, codec, backend: backend.name };
  }
  const what =
    wanted.codec === undefined ? `${container} films` : `${wanted.codec} in ${container} films`;
  throw new RuntimeUnavailableError(
    `${path}: nothing here can encode ${what} (${backends.map(({ detail }) => detail).join("; ")}), expected mediabunny or ffmpeg. ` +
      "Run `npm install mediabunny @mediabunny/server`, or install ffmpeg (https://ffmpeg.org) on the PATH, or write a .gif.",
  );
}

type OpenEncoder = (
  settings: Omit<EncoderSettings, "container" | "codec">,
) => Promise<FrameEncoder>;

async function chooseEncoder(
  path: string,
  wanted: Pick<VideoOptions, "codec" | "backend">,
): Promise<OpenEncoder> {
  const { container, codec, backend } = await chooseVideo(path, wanted);
  return backend === "mediabunny"
    ? (settings) => MediabunnyEncoder.open({ ...settings, container, codec })
    : async (settings) => new FfmpegEncoder({ ...settings, container, codec });
}

/** Frames that a film takes. */
interface FrameKind {
  readonly width: number;
  readonly height: number;
  /** Whether they may be planes. */
  readonly planar: boolean;
}

/** Writes to a temporary name and renames at the end. */
class FileVideoWriter implements VideoWriter {
  readonly #path: string;
  readonly #partial: string;
  readonly #frame: FrameKind;
  readonly #encoder: FrameEncoder;
  #frames = 0;
  #ended = false;

  constructor(path: string, partial: string, frame: FrameKind, encoder: FrameEncoder) {
    this.#path = path;
    this.#partial = partial;
    this.#frame = frame;
    this.#encoder = encoder;
  }

  async write(frame: Image | PlanarFrame): Promise<void> {
    this.#checkOpen();
    const { width, height, planar } = this.#frame;
    if (frame.width !== width || frame.height !== height) {
      throw new MediaError(
        `${this.#path}: frame ${this.#frames} is ${frame.width}x${frame.height}, expected ${width}x${height} like the film.`,
      );
    }
    if ("i420" in frame && (!planar || width % 2 === 1 || height % 2 === 1)) {
      throw new MediaError(
        `${this.#path}: frame ${this.#frames} is in planes, expected red, green and blue in a GIF and where a size is odd.`,
      );
    }
    const [bytes, channels] = "i420" in frame ? [frame.i420, 1.5] : [frame.data, 3];
    if (bytes.length !== width * height * channels) {
      throw new MediaError(
        `${this.#path}: frame ${this.#frames} has ${bytes.length} bytes, expected ${width * height * channels} (${width}x${height}x${channels}).`,
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
