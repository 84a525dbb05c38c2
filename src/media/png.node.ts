import { crc32, inflateSync } from "node:zlib";
import type { Image, Rgb } from "./image.ts";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Chunks that do not change the pixels. Any other (palette, transparency, colour profile, orientation) is left to libvips. */
const PLAIN_CHUNKS = new Set([
  "IHDR",
  "IDAT",
  "IEND",
  "gAMA",
  "cHRM",
  "sRGB",
  "sBIT",
  "bKGD",
  "pHYs",
  "tIME",
]);

/** Samples of a pixel by colour type: grey, RGB, grey with alpha, RGB with alpha. Type 3, palette, is left to libvips. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 4: 2, 6: 4 };

/** Largest picture decoded here [pixels]. Above it the cost that libvips has for every file no longer counts. */
const MAX_PIXELS = 256 * 256;

/**
 * Decodes a small plain PNG: 8 bits, grey or RGB, with or without alpha, not interlaced, no palette, transparent colour or colour profile.
 *
 * libvips spends about 0.4 ms of each core on setting up one tiny picture; this takes 0.1 ms, and sets of thousands of tiny PNGs are common.
 *
 * @param bytes The whole file.
 * @param background Colour behind transparent pixels.
 * @returns The picture, or undefined for every other file, damaged ones included: libvips then decides and says what is wrong.
 * @see PNG Specification, third edition, https://www.w3.org/TR/png-3/
 */
export function decodePlainPng(bytes: Uint8Array, background: Rgb): Image | undefined {
  if (!SIGNATURE.every((byte, i) => bytes[i] === byte)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 33 || view.getUint32(8) !== 13) return undefined;
  const width = view.getUint32(16);
  const height = view.getUint32(20);
  const channels = CHANNELS[bytes[25]!];
  const plain = bytes[24] === 8 && bytes[26] === 0 && bytes[27] === 0 && bytes[28] === 0;
  if (!plain || channels === undefined || width * height > MAX_PIXELS || width * height === 0)
    return undefined;
  const compressed = imageData(bytes, view);
  if (compressed === undefined) return undefined;
  const size = height * (1 + width * channels);
  let rows: Uint8Array;
  try {
    rows = inflateSync(compressed, { maxOutputLength: size, chunkSize: Math.max(64, size) });
  } catch {
    return undefined;
  }
  if (rows.length !== size) return undefined;
  const samples = unfilter(rows, width * channels, height, channels);
  if (samples === undefined) return undefined;
  return { width, height, data: toRgb(samples, channels, background) };
}

/** The joined IDAT chunks, or undefined if a chunk is damaged, missing or not plain. */
function imageData(bytes: Uint8Array, view: DataView): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > bytes.length) return undefined;
    const type = String.fromCharCode(
      bytes[at + 4]!,
      bytes[at + 5]!,
      bytes[at + 6]!,
      bytes[at + 7]!,
    );
    if (!PLAIN_CHUNKS.has(type) || crc32(bytes.subarray(at + 4, end)) !== view.getUint32(end))
      return undefined;
    if (type === "IDAT") parts.push(bytes.subarray(at + 8, end));
    if (type === "IEND") return parts.length === 1 ? parts[0] : Buffer.concat(parts);
    at = end + 4;
  }
  return undefined;
}

/** Undoes the row filters (PNG specification, section 9). `stride` is the bytes of a row, `step` those of a pixel. */
function unfilter(
  rows: Uint8Array,
  stride: number,
  height: number,
  step: number,
): Uint8Array | undefined {
  const out = new Uint8Array(stride * (height + 1)); // one row of zeros above the first
  for (let y = 0; y < height; y++) {
    const from = y * (stride + 1);
    const undo = UNDO_FILTER[rows[from]!];
    if (undo === undefined) return undefined;
    const start = (y + 1) * stride;
    for (let x = 0; x < stride; x++) out[start + x] = rows[from + 1 + x]!;
    undo(out, start, stride, step);
  }
  return out.subarray(stride);
}

/** By filter type: adds to each byte of the row at `start` what its left (`step` bytes back) and upper (`stride` back) neighbours predict. */
const UNDO_FILTER: readonly ((
  out: Uint8Array,
  start: number,
  stride: number,
  step: number,
) => void)[] = [
  function none() {},
  function sub(out, start, stride, step) {
    for (let i = start + step; i < start + stride; i++) out[i]! += out[i - step]!;
  },
  function up(out, start, stride) {
    for (let i = start; i < start + stride; i++) out[i]! += out[i - stride]!;
  },
  function average(out, start, stride, step) {
    for (let i = start; i < start + step; i++) out[i]! += out[i - stride]! >> 1;
    for (let i = start + step; i < start + stride; i++)
      out[i]! += (out[i - step]! + out[i - stride]!) >> 1;
  },
  function paeth(out, start, stride, step) {
    for (let i = start; i < start + step; i++) out[i]! += out[i - stride]!;
    for (let i = start + step; i < start + stride; i++) {
      const left = out[i - step]!;
      const up = out[i - stride]!;
      const upLeft = out[i - stride - step]!;
      const toLeft = Math.abs(up - upLeft); // the neighbour nearest to left + up - upLeft predicts
      const toUp = Math.abs(left - upLeft);
      const toUpLeft = Math.abs(left + up - 2 * upLeft);
      out[i]! += toLeft <= toUp && toLeft <= toUpLeft ? left : toUp <= toUpLeft ? up : upLeft;
    }
  },
];

/** Repeats grey as red, green and blue, and composites alpha over the background, rounding down as libvips does. */
function toRgb(samples: Uint8Array, channels: number, background: Rgb): Uint8Array {
  if (channels === 3) return samples;
  const opaque = channels === 1;
  const toGreen = channels === 4 ? 1 : 0;
  const [red, green, blue] = background;
  const data = new Uint8Array((samples.length / channels) * 3);
  for (let from = 0, to = 0; from < samples.length; from += channels, to += 3) {
    const alpha = opaque ? 255 : samples[from + channels - 1]!;
    const rest = 255 - alpha;
    data[to] = ((samples[from]! * alpha + red * rest) / 255) | 0;
    data[to + 1] = ((samples[from + toGreen]! * alpha + green * rest) / 255) | 0;
    data[to + 2] = ((samples[from + 2 * toGreen]! * alpha + blue * rest) / 255) | 0;
  }
  return data;
}
