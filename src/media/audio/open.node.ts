import { closeSync, openSync, readSync, statSync } from "node:fs";
import { type GanboxError, MediaError, RuntimeUnavailableError } from "../../base/errors.ts";
import { loadMediabunny } from "../mediabunny.node.ts";
import type { AudioChunk, AudioRange, AudioSource } from "./audio.ts";
import { ffmpegSource, hasFfmpeg, probe } from "./ffmpeg-source.node.ts";
import { mediabunnySource } from "./mediabunny-source.node.ts";
import { decodeWavFrames, isWav, readWavHeader, type WavFormat } from "./wav.ts";

/** Bytes of a WAV file that are read at a time, about. */
const WAV_CHUNK = 2 ** 18;

/** Programs that decode what is not WAV. */
export type AudioBackendName = "ffmpeg" | "mediabunny";

/**
 * Opens a song: WAV by itself; MP3, FLAC, Ogg Vorbis, Opus, M4A and the sound of films with the system's ffmpeg, which is the fastest, or with mediabunny.
 *
 * @param backend Decodes what is not WAV. @default the first of ffmpeg and mediabunny that is there
 * @throws {MediaError} if the file is missing, empty, damaged, or has no sound.
 * @throws {RuntimeUnavailableError} if nothing on this machine can decode it.
 */
export async function openAudio(path: string, backend?: AudioBackendName): Promise<AudioSource> {
  return openWav(path, readHead(path)) ?? (await openCoded(path, backend));
}

function readHead(path: string): Uint8Array {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) throw new Error("it is a folder");
    if (stats.size === 0) throw new Error("it is empty");
    return readPart(path, 0, 12);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new MediaError(
      `${path}: the song cannot be read (${code === "ENOENT" ? "there is no such file" : message}), expected a sound file such as song.ogg. Check the path.`,
      { cause },
    );
  }
}

async function openCoded(path: string, backend?: AudioBackendName): Promise<AudioSource> {
  if (backend !== "mediabunny" && (await hasFfmpeg())) {
    return ffmpegSource(path, await probe(path));
  }
  let missing: GanboxError | undefined;
  if (backend !== "ffmpeg") {
    const problem = await loadMediabunny().then(
      () => undefined,
      (error: Error) => error.message.split("\n", 1)[0],
    );
    if (problem === undefined) return await mediabunnySource(path);
    missing = new RuntimeUnavailableError(`mediabunny does not load (${problem})`);
  }
  throw new RuntimeUnavailableError(
    `${path}: nothing here can decode it (no ffmpeg on the PATH${missing ? `; ${missing.message}` : ""}), expected ffmpeg or mediabunny. ` +
      "Run `npm install mediabunny @mediabunny/server`, or install ffmpeg (https://ffmpeg.org) on the PATH, or convert the song to WAV.",
    { cause: missing },
  );
}

function openWav(path: string, head: Uint8Array): AudioSource | undefined {
  if (!isWav(head)) return undefined;
  const { size } = statSync(path);
  const format = readWavHeader(path, size, (at, length) => readPart(path, at, length));
  if (format === undefined) return undefined;
  const { sampleRate, channels, frames } = format;
  return {
    name: path,
    sampleRate,
    channels,
    order: "wave",
    seconds: frames / sampleRate,
    read: (range) => readWav(path, format, range),
  };
}

async function* readWav(
  path: string,
  format: WavFormat,
  { start = 0, seconds = Number.POSITIVE_INFINITY }: AudioRange = {},
): AsyncGenerator<AudioChunk, void, undefined> {
  const { sampleRate, channels, bits, dataStart, frames } = format;
  const frameBytes = (bits / 8) * channels;
  const step = Math.ceil(WAV_CHUNK / frameBytes);
  const first = Math.round(start * sampleRate);
  const end = Math.min(frames, first + Math.round(seconds * sampleRate));
  for (let at = first; at < end; at += step) {
    const length = Math.min(step, end - at) * frameBytes;
    yield decodeWavFrames(readPart(path, dataStart + at * frameBytes, length), format);
  }
}

/** Bytes of a file from a position, fewer at its end. */
function readPart(path: string, position: number, length: number): Uint8Array {
  const file = openSync(path, "r");
  try {
    const bytes = new Uint8Array(length);
    let read = 0;
    for (let got = -1; got !== 0 && read < length; read += got)
      got = readSync(file, bytes, read, length - read, position + read);
    return bytes.subarray(0, read);
  } finally {
    closeSync(file);
  }
}
