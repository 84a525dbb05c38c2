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
    rows = inflateSync(compressed, { maxOutputLength: size });
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
  const out = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const from = y * (stride + 1);
    const undo = UNDO_FILTER[rows[from]!];
    if (undo === undefined) return undefined;
    const row = out.subarray(y * stride, (y + 1) * stride);
    row.set(rows.subarray(from + 1, from + 1 + stride));
    undo(row, y === 0 ? new Uint8Array(stride) : out.subarray((y - 1) * stride, y * stride), step);
  }
  return out;
}

/** By filter type: adds to each byte of a row what its left (`step` bytes back) and upper neighbours predict. */
const UNDO_FILTER: readonly ((row: Uint8Array, above: Uint8Array, step: number) => void)[] = [
  function none() {},
  function sub(row, _above, step) {
    for (let x = step; x < row.length; x++) row[x] = row[x]! + row[x - step]!;
  },
  function up(row, above) {
    for (let x = 0; x < row.length; x++) row[x] = row[x]! + above[x]!;
  },
  function average(row, above, step) {
    for (let x = 0; x < step; x++) row[x] = row[x]! + (above[x]! >> 1);
    for (let x = step; x < row.length; x++) row[x] = row[x]! + ((row[x - step]! + above[x]!) >> 1);
  },
  function paeth(row, above, step) {
    for (let x = 0; x < step; x++) row[x] = row[x]! + above[x]!;
    for (let x = step; x < row.length; x++) {
      const left = row[x - step]!;
      const up = above[x]!;
      const upLeft = above[x - step]!;
      const toLeft = Math.abs(up - upLeft); // the neighbour nearest to left + up - upLeft predicts
      const toUp = Math.abs(left - upLeft);
      const toUpLeft = Math.abs(left + up - 2 * upLeft);
      row[x] =
        row[x]! + (toLeft <= toUp && toLeft <= toUpLeft ? left : toUp <= toUpLeft ? up : upLeft);
    }
  },
];

/** Repeats grey as red, green and blue, and composites alpha over the background, rounding down as libvips does. */
function toRgb(samples: Uint8Array, channels: number, background: Rgb): Uint8Array {
  if (channels === 3) return samples;
  const colours = channels - (channels % 2 === 0 ? 1 : 0);
  const data = new Uint8Array((samples.length / channels) * 3);
  for (let from = 0, to = 0; from < samples.length; from += channels) {
    const alpha = colours === channels ? 255 : samples[from + colours]!;
    for (let c = 0; c < 3; c++) {
      const value = samples[from + (colours === 3 ? c : 0)]!;
      data[to++] = (value * alpha + background[c]! * (255 - alpha)) / 255;
    }
  }
  return data;
}
