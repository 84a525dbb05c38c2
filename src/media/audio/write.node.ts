import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import { CancelledError, GanboxError, MediaError } from "../../base/errors.ts";
import type { AudioSource } from "./audio.ts";
import { type AudioCoding, chooseAudioEncoder } from "./encoders.node.ts";
import type { AudioBackendName } from "./open.node.ts";
import { encodeWav } from "./wav.ts";

/** How a sound file is written. */
export interface WriteAudioOptions {
  /** Program that encodes what is not WAV. @default the first of ffmpeg and mediabunny that can */
  readonly backend?: AudioBackendName;
  /** Told how many seconds are written. */
  readonly onProgress?: (seconds: number) => void;
  /** Aborting stops it; no file is left. */
  readonly signal?: AbortSignal;
}

/** Codings by extension. */
const CODINGS: Readonly<Record<string, AudioCoding>> = {
  ".mp3": "mp3",
  ".flac": "flac",
  ".ogg": "vorbis",
};

/** Endings of the files that can be written. */
export const AUDIO_EXTENSIONS: readonly string[] = [".wav", ...Object.keys(CODINGS)];

/** Bytes before the samples of a WAV file. */
const WAV_HEADER = 44;

/**
 * Writes sound to a file in the format that its extension names: WAV (16 bits) by itself, MP3, FLAC and Ogg Vorbis with ffmpeg or mediabunny. It is written
 * while it is read. The file appears under its name when it is whole.
 *
 * @throws {MediaError} if the extension is another one, the sound cannot be read, or the file cannot be written.
 * @throws {RuntimeUnavailableError} if nothing on this machine can encode the format.
 * @throws {CancelledError} if the signal stopped it.
 */
export async function writeAudio(
  path: string,
  source: AudioSource,
  options: WriteAudioOptions = {},
): Promise<void> {
  const extension = extname(path).toLowerCase();
  if (!AUDIO_EXTENSIONS.includes(extension)) {
    throw new MediaError(
      `${path}: sound is not written as "${extension}", expected one of ${AUDIO_EXTENSIONS.join(", ")}. Change the file's extension.`,
    );
  }
  const coding = CODINGS[extension];
  const encode =
    coding === undefined ? writeWav : await chooseAudioEncoder(path, coding, options.backend);
  const partial = `${resolve(path)}.partial`;
  try {
    await mkdir(dirname(partial), { recursive: true });
    await encode(partial, watched(source, options));
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw cause instanceof GanboxError ? cause : unwritable(path, cause);
  }
}

/** The same sound; reading it tells how far it is. */
function watched(source: AudioSource, { onProgress, signal }: WriteAudioOptions): AudioSource {
  return {
    ...source,
    async *read(range) {
      let frames = 0;
      for await (const chunk of source.read(range)) {
        if (signal?.aborted) throw new CancelledError("The sound was not written: stopped.");
        yield chunk;
        frames += chunk[0]?.length ?? 0;
        onProgress?.(frames / source.sampleRate);
      }
    },
  };
}

async function writeWav(path: string, source: AudioSource): Promise<void> {
  const silence = Array.from({ length: source.channels }, () => new Float32Array(0));
  const header = Buffer.from(encodeWav(silence, source.sampleRate));
  const file = await open(path, "w");
  try {
    await file.write(header);
    const bytes = await writeSamples(file, source);
    header.writeUInt32LE(WAV_HEADER - 8 + bytes, 4);
    header.writeUInt32LE(bytes, WAV_HEADER - 4);
    await file.write(header, 0, WAV_HEADER, 0);
  } finally {
    await file.close();
  }
}

/** @returns Bytes written. */
async function writeSamples(file: FileHandle, source: AudioSource): Promise<number> {
  let bytes = 0;
  for await (const chunk of source.read()) {
    const samples = encodeWav(chunk, source.sampleRate).subarray(WAV_HEADER);
    await file.writeFile(samples);
    bytes += samples.length;
  }
  return bytes;
}

function unwritable(path: string, cause: unknown): MediaError {
  const reason = cause instanceof Error ? cause.message.trim() : String(cause);
  return new MediaError(
    `${path}: the sound cannot be written (${reason}). Check the folder's permissions and free space.`,
    { cause },
  );
}
