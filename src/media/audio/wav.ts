/** @file WAV files: the header read, samples converted, and files written. */
import { MediaError } from "../../base/errors.ts";
import type { AudioChunk } from "./audio.ts";

/** How the samples of a WAV file are coded. */
export interface WavFormat {
  readonly sampleRate: number;
  readonly channels: number;
  readonly bits: 8 | 16 | 24 | 32 | 64;
  readonly float: boolean;
  /** Position of the first sample in the file [bytes]. */
  readonly dataStart: number;
  /** Samples of each channel, as far as the file has them. */
  readonly frames: number;
}

/** Sample rates that are read [Hz]. */
const RATES = { least: 1000, most: 768_000 } as const;

const FORMAT_PCM = 1;
const FORMAT_FLOAT = 3;
const FORMAT_EXTENSIBLE = 0xfffe;

/** Whether a file that begins like this is a WAV file: RIFF, or RF64 and BW64 above 4 GiB. */
export function isWav(head: Uint8Array): boolean {
  return ["RIFF", "RF64", "BW64"].includes(tag(head, 0)) && tag(head, 8) === "WAVE";
}

function tag(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

/**
 * Reads the chunks of a WAV file up to the samples. A data chunk that claims more than the file has (a recording that was cut off, or was written to
 * a pipe) ends with the file.
 *
 * @param readAt Gives `length` bytes at a position, fewer at the end of the file.
 * @param size Size of the file [bytes].
 * @returns undefined if the samples are compressed, which others can read.
 * @throws {MediaError} if it is damaged or has no sound.
 */
export function readWavHeader(
  name: string,
  size: number,
  readAt: (position: number, length: number) => Uint8Array,
): WavFormat | undefined {
  let coding: Omit<WavFormat, "dataStart" | "frames"> | "compressed" | undefined;
  for (let at = 12; at + 8 <= size; ) {
    const head = readAt(at, 8);
    const [id, length] = [tag(head, 0), view(head).getUint32(4, true)];
    if (id === "fmt ") coding = readFormat(name, readAt(at + 8, Math.min(length, 40)));
    if (id === "data") {
      if (coding === undefined) throw damaged(name, "its data come before their format");
      if (coding === "compressed") return undefined;
      const present = size - at - 8;
      // 0 and 2^32 - 1 stand for a length that was not known when the header was written.
      const claimed = length === 0 || length === 0xffffffff ? present : length;
      const frames = Math.floor(Math.min(present, claimed) / ((coding.bits / 8) * coding.channels));
      return { ...coding, dataStart: at + 8, frames };
    }
    at += 8 + length + (length % 2);
  }
  throw damaged(name, coding === undefined ? "no format chunk" : "no data chunk");
}

function readFormat(
  name: string,
  bytes: Uint8Array,
): Omit<WavFormat, "dataStart" | "frames"> | "compressed" {
  if (bytes.length < 16) throw damaged(name, `a format chunk of ${bytes.length} bytes`);
  const fields = view(bytes);
  const outer = fields.getUint16(0, true);
  const format =
    outer === FORMAT_EXTENSIBLE && bytes.length >= 26 ? fields.getUint16(24, true) : outer;
  const [channels, sampleRate] = [fields.getUint16(2, true), fields.getUint32(4, true)];
  const bits = fields.getUint16(14, true);
  if (format !== FORMAT_PCM && format !== FORMAT_FLOAT) return "compressed";
  const float = format === FORMAT_FLOAT;
  if (channels === 0) throw damaged(name, "0 channels");
  if (sampleRate < RATES.least || sampleRate > RATES.most) {
    throw damaged(name, `a sample rate of ${sampleRate} Hz`);
  }
  const widths = float ? [32, 64] : [8, 16, 24, 32];
  if (!widths.includes(bits)) {
    throw damaged(name, `${float ? "float" : "integer"} samples of ${bits} bits`);
  }
  return { sampleRate, channels, bits: bits as WavFormat["bits"], float };
}

function damaged(name: string, what: string): MediaError {
  return new MediaError(
    `${name}: the WAV file cannot be used (${what}), expected 8 to 32-bit or float samples. Write it again from the program that it comes from.`,
  );
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The sound of whole frames of a WAV file. 8-bit samples are unsigned, the others signed; all are little-endian. */
export function decodeWavFrames(bytes: Uint8Array, format: WavFormat): AudioChunk {
  const { channels, bits, float } = format;
  const width = bits / 8;
  const frames = Math.floor(bytes.length / (width * channels));
  const fields = view(bytes);
  const sample = {
    8: (at: number) => (fields.getUint8(at) - 128) / 2 ** 7,
    16: (at: number) => fields.getInt16(at, true) / 2 ** 15,
    24: (at: number) =>
      (fields.getUint16(at, true) / 2 ** 8 + fields.getInt8(at + 2) * 2 ** 8) / 2 ** 15,
    32: (at: number) => (float ? fields.getFloat32(at, true) : fields.getInt32(at, true) / 2 ** 31),
    64: (at: number) => fields.getFloat64(at, true),
  }[bits];
  return Array.from({ length: channels }, (_, c) => {
    const out = new Float32Array(frames);
    for (let i = 0, at = c * width; i < frames; i++, at += width * channels) {
      const x = sample(at);
      out[i] = Number.isFinite(x) ? x : 0;
    }
    return out;
  });
}

/**
 * A WAV file of 16-bit samples.
 *
 * @param channels One array a channel, of one length, full scale at -1 and 1; what is beyond is clipped.
 */
export function encodeWav(channels: AudioChunk, sampleRate: number): Uint8Array {
  const frames = channels[0]?.length ?? 0;
  const bytes = new Uint8Array(44 + 2 * frames * channels.length);
  const fields = view(bytes);
  const text = (at: number, word: string): void => {
    for (const [i, letter] of [...word].entries()) bytes[at + i] = letter.charCodeAt(0);
  };
  text(0, "RIFF");
  fields.setUint32(4, bytes.length - 8, true);
  text(8, "WAVEfmt ");
  fields.setUint32(16, 16, true);
  fields.setUint16(20, FORMAT_PCM, true);
  fields.setUint16(22, channels.length, true);
  fields.setUint32(24, sampleRate, true);
  fields.setUint32(28, 2 * sampleRate * channels.length, true);
  fields.setUint16(32, 2 * channels.length, true);
  fields.setUint16(34, 16, true);
  text(36, "data");
  fields.setUint32(40, bytes.length - 44, true);
  for (const [c, samples] of channels.entries()) {
    for (let i = 0; i < frames; i++) {
      const x = Math.min(1, Math.max(-1, samples[i]!));
      fields.setInt16(44 + 2 * (i * channels.length + c), Math.round(x * 32767), true);
    }
  }
  return bytes;
}
