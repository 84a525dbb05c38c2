import { spawn } from "node:child_process";
import { open } from "node:fs/promises";
import { MediaError, RuntimeUnavailableError } from "../../base/errors.ts";
import { loadMediabunny } from "../mediabunny.node.ts";
import { streamTo } from "../video-mediabunny.node.ts";
import type { AudioChunk, AudioSource } from "./audio.ts";
import { hasFfmpeg } from "./ffmpeg-source.node.ts";
import type { AudioBackendName } from "./open.node.ts";

/** Codings of sound that others encode. */
export type AudioCoding = "mp3" | "flac" | "vorbis";

/** Writes a source to a file. */
type Encode = (path: string, source: AudioSource) => Promise<void>;

/** Arguments of ffmpeg by coding, and the format, which the file's name does not tell while it is written. */
const FFMPEG: Readonly<Record<AudioCoding, readonly string[]>> = {
  mp3: ["-c:a", "libmp3lame", "-q:a", "2", "-f", "mp3"],
  flac: ["-c:a", "flac", "-sample_fmt", "s16", "-f", "flac"],
  vorbis: ["-c:a", "libvorbis", "-q:a", "6", "-f", "ogg"],
};

/** Rate of the codings that lose something, with mediabunny [bit/s]. */
const BITRATE = 192_000;

/** Most of ffmpeg's messages that are kept for an error [characters]. */
const MAX_MESSAGES = 1000;

/**
 * What encodes sound here.
 *
 * @param path The file, for messages.
 * @throws {RuntimeUnavailableError} if nothing on this machine can.
 */
export async function chooseAudioEncoder(
  path: string,
  coding: AudioCoding,
  backend?: AudioBackendName,
): Promise<Encode> {
  if (backend !== "mediabunny" && (await hasFfmpeg()))
    return (file, source) => encodeWithFfmpeg(file, source, coding);
  const problem =
    backend === "ffmpeg"
      ? "it was not asked for"
      : await loadMediabunny().then(
          async ({ canEncodeAudio }) => ((await canEncodeAudio(coding)) ? undefined : "no encoder"),
          (error: Error) => error.message.split("\n", 1)[0],
        );
  if (problem === undefined) return (file, source) => encodeWithMediabunny(file, source, coding);
  throw new RuntimeUnavailableError(
    `${path}: nothing here can encode ${coding} (no ffmpeg on the PATH; mediabunny: ${problem}), expected ffmpeg or mediabunny. ` +
      "Run `npm install mediabunny @mediabunny/server`, or install ffmpeg (https://ffmpeg.org) on the PATH, or write a .wav.",
  );
}

async function encodeWithFfmpeg(
  path: string,
  source: AudioSource,
  coding: AudioCoding,
): Promise<void> {
  const { channels, sampleRate } = source;
  const child = spawn(
    "ffmpeg",
    [
      ...["-hide_banner", "-loglevel", "error", "-y"],
      ...["-f", "f32le", "-ar", String(sampleRate), "-ac", String(channels), "-i", "pipe:0"],
      ...FFMPEG[coding],
      `file:${path}`,
    ],
    { stdio: ["pipe", "ignore", "pipe"], windowsHide: true },
  );
  let messages = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    messages = (messages + text).slice(-MAX_MESSAGES);
  });
  // A broken pipe is not the story: ffmpeg's own messages, read after its end, say why it stopped.
  child.stdin.on("error", () => undefined);
  const exit = new Promise<string>((resolve) => {
    child.on("error", ({ message }) => resolve(message));
    child.on("close", (code, signal) =>
      resolve(code === 0 ? "" : `ffmpeg ended with ${signal ?? `code ${code}`}`),
    );
  });
  try {
    for await (const chunk of source.read()) {
      const broken = await new Promise((resolve) => {
        child.stdin.write(interleaved(chunk), resolve);
      });
      if (broken) break;
    }
    child.stdin.end();
    const failure = await exit;
    if (failure !== "") throw new MediaError(`${path}: ${failure}: ${messages.trim()}`);
  } finally {
    child.kill("SIGKILL");
  }
}

/** Samples of all channels in turn, 32-bit floats, the lowest byte first. */
function interleaved(chunk: AudioChunk): Buffer {
  const frames = chunk[0]?.length ?? 0;
  const bytes = Buffer.alloc(4 * frames * chunk.length);
  for (const [c, samples] of chunk.entries())
    for (const [i, sample] of samples.entries())
      bytes.writeFloatLE(sample, 4 * (i * chunk.length + c));
  return bytes;
}

async function encodeWithMediabunny(
  path: string,
  source: AudioSource,
  coding: AudioCoding,
): Promise<void> {
  const { AudioSample, AudioSampleSource, ...mediabunny } = await loadMediabunny();
  const formats = {
    mp3: () => new mediabunny.Mp3OutputFormat(),
    flac: () => new mediabunny.FlacOutputFormat(),
    vorbis: () => new mediabunny.OggOutputFormat(),
  };
  const track = new AudioSampleSource({
    codec: coding,
    ...(coding === "flac" ? {} : { bitrate: BITRATE }),
  });
  const file = await open(path, "w");
  const output = new mediabunny.Output({
    format: formats[coding](),
    target: new mediabunny.StreamTarget(streamTo(file), { chunked: true }),
  });
  output.addAudioTrack(track);
  try {
    await output.start();
    let frames = 0;
    for await (const chunk of source.read()) {
      const length = chunk[0]?.length ?? 0;
      const data = new Float32Array(length * chunk.length);
      for (const [c, samples] of chunk.entries()) data.set(samples, c * length);
      const { sampleRate } = source;
      const sample = new AudioSample({
        data,
        format: "f32-planar",
        numberOfChannels: chunk.length,
        sampleRate,
        timestamp: frames / sampleRate,
      });
      frames += length;
      await track.add(sample).finally(() => sample.close());
    }
    await output.finalize();
  } catch (error) {
    await output.cancel().catch(() => undefined);
    throw error;
  } finally {
    await file.close();
  }
}
