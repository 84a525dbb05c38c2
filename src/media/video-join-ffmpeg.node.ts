import { spawn } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { MediaError } from "../base/errors.ts";
import type { AudioChunk } from "./audio/audio.ts";
import { SOUNDTRACK_RATE } from "./audio/soundtrack.ts";
import type { JoinJob } from "./video-join.node.ts";

/** Coding of the sound. */
const SOUND = {
  mp4: ["-c:a", "aac", "-b:a", "192k", "-movflags", "+faststart"],
  webm: ["-c:a", "libopus", "-b:a", "160k"],
} as const;

/** Most of ffmpeg's messages that are kept for an error [characters]. */
const MAX_MESSAGES = 2000;

/** Joins with the system's ffmpeg: its "concat" reader copies the pieces, the sound goes through a pipe. */
export async function joinWithFfmpeg(partial: string, job: JoinJob): Promise<void> {
  const list = join(job.workDir, "parts.txt");
  const quoted = (path: string): string => `'${resolve(path).replaceAll("'", "'\\''")}'`;
  const lines = job.parts.map(
    ({ path, frames }) => `file ${quoted(path)}\nduration ${frames / job.fps}\n`,
  );
  await writeFile(list, lines.join(""));
  const child = spawn(
    "ffmpeg",
    [
      ...["-hide_banner", "-loglevel", "error", "-nostdin", "-y"],
      ...["-f", "concat", "-safe", "0", "-i", list],
      ...["-f", "f32le", "-ar", String(SOUNDTRACK_RATE), "-ac", "2", "-i", "pipe:0"],
      ...["-map", "0:v:0", "-map", "1:a:0", "-c:v", "copy", ...SOUND[job.container]],
      ...["-f", job.container, partial],
    ],
    { stdio: ["pipe", "ignore", "pipe"], windowsHide: true },
  );
  let messages = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    messages = (messages + text).slice(-MAX_MESSAGES);
  });
  child.stdin.on("error", () => undefined); // ffmpeg's own messages say why it stopped
  const exit = new Promise<string>((done) => {
    child.on("error", (error) => done(error.message));
    child.on("close", (code, signal) => done(code === 0 ? "" : `ended with ${signal ?? code}`));
  });
  try {
    let frames = 0;
    for await (const chunk of job.sound) {
      job.signal?.throwIfAborted();
      const broken = await new Promise((taken) => child.stdin.write(interleave(chunk), taken));
      if (broken) break;
      frames += chunk[0]?.length ?? 0;
      job.onProgress?.(frames / SOUNDTRACK_RATE);
    }
    child.stdin.end();
    const failure = await exit;
    if (failure !== "")
      throw new MediaError(`ffmpeg: ${failure}: ${messages.trim() || "no message"}`);
  } finally {
    child.kill("SIGKILL");
    await exit;
    await rm(list, { force: true });
  }
}

function interleave([left = new Float32Array(), right = left]: AudioChunk): Uint8Array {
  const out = new Float32Array(2 * left.length);
  for (let i = 0; i < left.length; i++) {
    out[2 * i] = left[i]!;
    out[2 * i + 1] = right[i]!;
  }
  return new Uint8Array(out.buffer);
}
