import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { MediaError } from "../base/errors.ts";
import type { Image } from "./image.ts";
import {
  type EncoderSettings,
  type FrameEncoder,
  type PlanarFrame,
  qualityFactor,
  type VideoBackend,
  type VideoCodec,
} from "./video-backend.ts";
import { evenSize, planesOf } from "./video-yuv.ts";

/** Encoders of ffmpeg for each codec. */
const ENCODERS: Readonly<Record<VideoCodec, string>> = {
  h264: "libx264",
  vp9: "libvpx-vp9",
  av1: "libsvtav1",
};

/** Settings of the encoders that decide how long they look for savings. */
const EFFORT: Readonly<Record<VideoCodec, readonly string[]>> = {
  h264: [],
  vp9: ["-b:v", "0", "-deadline", "good", "-cpu-used", "4", "-row-mt", "1"],
  av1: ["-preset", "8"],
};

/** Most of ffmpeg's messages that are kept for an error [characters]. */
const MAX_MESSAGES = 2000;

/** What the system's ffmpeg can write, if there is one on the PATH. */
export async function probeFfmpeg(): Promise<VideoBackend> {
  const listing = await listEncoders();
  if (listing === undefined) return { name: "ffmpeg", codecs: [], detail: "no ffmpeg on the PATH" };
  const words = new Set(listing.split(/\s+/));
  const codecs = (Object.keys(ENCODERS) as VideoCodec[]).filter((codec) =>
    words.has(ENCODERS[codec]),
  );
  const version = /^ffmpeg version (\S+)/m.exec(listing)?.[1] ?? "of unknown version";
  const lacks = codecs.length === 0 ? `, without ${Object.values(ENCODERS).join(" and ")}` : "";
  return { name: "ffmpeg", codecs, detail: `ffmpeg ${version}${lacks}` };
}

/** The banner (on stderr) and the list of encoders (on stdout) that ffmpeg prints, or undefined if it cannot be run. */
function listEncoders(): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn("ffmpeg", ["-encoders"], {
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    const texts = ["", ""];
    for (const [i, stream] of [child.stdout, child.stderr].entries()) {
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        texts[i] += chunk;
      });
    }
    child.on("error", () => resolve(undefined));
    child.on("close", (code) => resolve(code === 0 ? texts.join("\n") : undefined));
  });
}

/** Pipes raw frames into a spawned ffmpeg. */
export class FfmpegEncoder implements FrameEncoder {
  readonly #child: ChildProcessByStdio<Writable, null, Readable>;
  readonly #exit: Promise<string>;
  #messages = "";

  constructor(settings: EncoderSettings) {
    this.#child = spawn("ffmpeg", argumentsOf(settings), {
      stdio: ["pipe", "ignore", "pipe"],
      windowsHide: true,
    });
    this.#child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      this.#messages = (this.#messages + chunk).slice(-MAX_MESSAGES);
    });
    // A broken pipe is not the story: ffmpeg's own messages, read after its end, say why it stopped.
    this.#child.stdin.on("error", () => undefined);
    this.#exit = new Promise((resolve) => {
      this.#child.on("error", (error) => resolve(error.message));
      this.#child.on("close", (code, signal) => {
        resolve(code === 0 ? "" : `ffmpeg ended with ${signal ?? `code ${code}`}`);
      });
    });
  }

  /** Resolves when ffmpeg has taken the frame from the pipe: no frames pile up. */
  async add(frame: Image | PlanarFrame): Promise<void> {
    const broken = await new Promise((resolve) => {
      this.#child.stdin.write(planesOf(frame), resolve);
    });
    if (broken) throw this.#failure(await this.#exit);
  }

  async finish(): Promise<void> {
    this.#child.stdin.end();
    const failure = await this.#exit;
    if (failure) throw this.#failure(failure);
  }

  async cancel(): Promise<void> {
    this.#child.kill("SIGKILL"); // asked politely, it would first complete the file
    await this.#exit;
  }

  #failure(how: string): MediaError {
    return new MediaError(
      `${how || "ffmpeg ended early"}: ${this.#messages.trim() || "no message"}`,
    );
  }
}

function argumentsOf({
  path,
  container,
  codec,
  width,
  height,
  fps,
  quality,
}: EncoderSettings): string[] {
  const factor = String(qualityFactor(codec, quality));
  const colour = [
    "-color_range",
    "tv",
    "-colorspace",
    "bt709",
    "-color_primaries",
    "bt709",
    "-color_trc",
    "bt709",
  ];
  return [
    ...["-hide_banner", "-loglevel", "error", "-nostdin", "-y"],
    ...["-f", "rawvideo", "-pix_fmt", "yuv420p"],
    ...[
      "-video_size",
      `${evenSize(width)}x${evenSize(height)}`,
      "-framerate",
      String(fps),
      "-i",
      "pipe:0",
    ],
    // Raw frames carry no colour tags. Without them on the frames too, newer versions convert the colours to the output's.
    ...[
      "-vf",
      "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709",
      ...colour,
    ],
    ...["-c:v", ENCODERS[codec], "-crf", factor],
    ...EFFORT[codec],
    ...(container === "mp4" ? ["-movflags", "+faststart"] : []),
    ...["-f", container, path],
  ];
}
