import { spawn } from "node:child_process";
import { MediaError } from "../../base/errors.ts";
import type { AudioChunk, AudioRange, AudioSource } from "./audio.ts";

/** What ffmpeg is asked to give: it mixes and converts by itself. */
const [RATE, CHANNELS] = [48_000, 2];

/** Most of ffmpeg's messages that are kept for an error [characters]. */
const MAX_MESSAGES = 1000;

const FRAME_BYTES = 4 * CHANNELS;

/** What a file says about its sound: length [s], sample rate [Hz] and channels. */
type Facts = Pick<AudioSource, "seconds" | "recorded">;

/** A file that the system's ffmpeg decodes, as 48 kHz stereo. */
export function ffmpegSource(path: string, facts: Facts): AudioSource {
  return {
    name: path,
    sampleRate: RATE,
    channels: CHANNELS,
    order: "wave",
    ...facts,
    read: (range) => decode(path, range),
  };
}

/**
 * What the file says about its sound, as far as ffprobe is there and the file does.
 *
 * @throws {MediaError} if the file has no sound.
 */
export async function probe(path: string): Promise<Facts> {
  const entries = "format=duration:stream=codec_type,sample_rate,channels";
  const args = ["-v", "error", "-show_entries", entries, "-of", "json"];
  const { output, failure } = await run("ffprobe", [...args, path]);
  if (failure !== undefined) return { seconds: undefined };
  const { format, streams = [] } = JSON.parse(output) as {
    format?: { duration?: string };
    streams?: { codec_type?: string; sample_rate?: string; channels?: number }[];
  };
  const stream = streams.find(({ codec_type }) => codec_type === "audio");
  if (stream === undefined) throw soundless(path);
  const [seconds, sampleRate] = [Number(format?.duration), Number(stream.sample_rate)];
  const { channels = 0 } = stream;
  return {
    seconds: Number.isFinite(seconds) && seconds > 0 ? seconds : undefined,
    ...(sampleRate > 0 && channels > 0 ? { recorded: { sampleRate, channels } } : {}),
  };
}

/** The error for a file without a sound track. */
export function soundless(path: string): MediaError {
  return new MediaError(
    `${path}: the file has no sound, expected a song. Choose a file with an audio track.`,
  );
}

/** Whether there is an ffmpeg, by PATH: asking starts a process, which takes as long as decoding a short sound. */
const known = new Map<string, Promise<boolean>>();

/** Whether there is an ffmpeg on the PATH. */
export async function hasFfmpeg(): Promise<boolean> {
  const { PATH = "" } = process.env;
  const asked =
    known.get(PATH) ?? run("ffmpeg", ["-version"]).then(({ failure }) => failure === undefined);
  known.set(PATH, asked);
  return await asked;
}

function run(program: string, args: string[]): Promise<{ output: string; failure?: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "ignore"], windowsHide: true });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.on("error", ({ message }) => resolve({ output, failure: message }));
    child.on("close", (code) =>
      resolve(code === 0 ? { output } : { output, failure: `code ${code}` }),
    );
  });
}

async function* decode(
  path: string,
  { start = 0, seconds }: AudioRange = {},
): AsyncGenerator<AudioChunk, void, undefined> {
  const child = spawn(
    "ffmpeg",
    [
      ...["-nostdin", "-hide_banner", "-loglevel", "error"],
      ...(start > 0 ? ["-ss", String(start)] : []),
      ...(seconds === undefined ? [] : ["-t", String(seconds)]),
      ...["-i", `file:${path}`, "-map", "0:a:0", "-ac", String(CHANNELS), "-ar", String(RATE)],
      ...["-f", "f32le", "pipe:1"],
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
  let rest: Buffer = Buffer.alloc(0);
  let heard = false;
  try {
    for await (const bytes of child.stdout as AsyncIterable<Buffer>) {
      const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      const frames = Math.floor(all.length / FRAME_BYTES);
      rest = all.subarray(frames * FRAME_BYTES);
      if (frames > 0) yield split(all, frames);
      heard ||= frames > 0;
    }
    // Damage in the middle of a song costs a moment of it, as in any player.
    const code = await exit;
    if (!heard && code !== 0) throw unreadable(path, messages.trim() || `ffmpeg: ${code}`);
  } finally {
    child.kill("SIGKILL");
  }
}

/** The error for a file that no decoder makes sense of. */
export function unreadable(path: string, why: string, cause?: unknown): MediaError {
  return new MediaError(
    `${path}: the song cannot be decoded (${why.replace(/\s+/g, " ")}), expected WAV, MP3, FLAC, Ogg Vorbis, Opus or M4A. Check that it plays.`,
    { cause },
  );
}

function split(bytes: Buffer, frames: number): AudioChunk {
  const fields = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: CHANNELS }, (_, c) => {
    const out = new Float32Array(frames);
    for (let i = 0; i < frames; i++) out[i] = fields.getFloat32(i * FRAME_BYTES + 4 * c, true);
    return out;
  });
}
