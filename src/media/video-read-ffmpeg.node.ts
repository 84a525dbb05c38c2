import { spawn } from "node:child_process";
import { MediaError } from "../base/errors.ts";
import type { Image } from "./image.ts";
import type { ReadVideoOptions } from "./video-read.node.ts";

/** Most of ffmpeg's messages that are kept for an error [characters]. */
const MAX_MESSAGES = 1000;

/** What ffmpeg says where a file has no pictures. */
const NO_TRACK = /matches no streams|does not contain any stream/;

/** The error for a file without moving pictures. */
export function pictureless(path: string): MediaError {
  return new MediaError(
    `${path}: the file has no video track, expected a film. Choose another file, or leave it out.`,
  );
}

/** The error for a film that no decoder makes sense of. */
export function undecodable(path: string, why: string, cause?: unknown): MediaError {
  return new MediaError(
    `${path}: the film cannot be decoded (${why.replace(/\s+/g, " ")}), expected MP4, MOV, WebM or Matroska. Check that it plays.`,
    { cause },
  );
}

/**
 * Frames of a film through the system's ffmpeg, upright, with square pixels.
 *
 * @throws {MediaError} if it cannot be decoded or has no video track (cover pictures of songs are none).
 */
export async function* ffmpegFrames(
  path: string,
  { width, height, fps }: ReadVideoOptions,
): AsyncGenerator<Image, void, undefined> {
  const filters = [
    `fps=${fps}`,
    "scale='max(1,trunc(iw*sar))':ih",
    "setsar=1",
    `scale=${width}:${height}:force_original_aspect_ratio=increase:flags=bicubic`,
    "format=rgb24",
    `crop=${width}:${height}`,
  ];
  const child = spawn(
    "ffmpeg",
    [
      ...["-nostdin", "-hide_banner", "-loglevel", "error", "-i", `file:${path}`],
      ...["-map", "0:V:0", "-vf", filters.join(","), "-f", "rawvideo", "-pix_fmt", "rgb24"],
      "pipe:1",
    ],
    { stdio: ["ignore", "pipe", "pipe"], windowsHide: true },
  );
  let messages = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    messages = (messages + text).slice(0, MAX_MESSAGES);
  });
  const exit = new Promise<number | string>((resolve) => {
    child.on("error", ({ message }) => resolve(message));
    child.on("close", (code, signal) => resolve(code ?? signal ?? "no code"));
  });
  const size = 3 * width * height;
  let frame = new Uint8Array(size);
  let filled = 0;
  let count = 0;
  try {
    for await (const bytes of child.stdout as AsyncIterable<Buffer>) {
      for (let at = 0; at < bytes.length; ) {
        const taken = Math.min(size - filled, bytes.length - at);
        frame.set(bytes.subarray(at, at + taken), filled);
        [at, filled] = [at + taken, filled + taken];
        if (filled < size) continue;
        yield { width, height, data: frame };
        count++;
        [frame, filled] = [new Uint8Array(size), 0];
      }
    }
    const code = await exit;
    if (count > 0 || code === 0) return;
    if (NO_TRACK.test(messages)) throw pictureless(path);
    throw undecodable(path, messages.trim() || `ffmpeg: ${code}`);
  } finally {
    child.kill("SIGKILL");
  }
}
