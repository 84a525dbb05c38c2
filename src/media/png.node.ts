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
 * libvips spends about 0.4 ms of each core on setting up one tiny picture; this takes less than 0.1 ms, and sets of thousands of tiny PNGs are common.
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
  const stride = 1 + width * channels; // each row begins with the number of its filter
  const size = height * stride;
  let rows: Uint8Array;
  try {
    // One byte of room beyond the end: a full buffer would make zlib allocate another to see that nothing follows.
    rows = inflateSync(compressed, { maxOutputLength: size, chunkSize: Math.max(64, size + 1) });
  } catch {
    return undefined;
  }
  if (rows.length !== size || !unfilter(rows, stride, height, channels)) return undefined;
  return { width, height, data: toRgb(rows, width, height, channels, background) };
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

/**
 * Undoes the row filters in place (PNG specification, section 9).
 *
 * @param stride Bytes of a row, its filter's number included.
 * @param step Bytes of a pixel.
 * @returns False if there is no such filter.
 */
function unfilter(rows: Uint8Array, stride: number, height: number, step: number): boolean {
  for (let y = 0; y < height; y++) {
    const start = y * stride;
    const undo = (y === 0 ? UNDO_FIRST : UNDO)[rows[start]!];
    if (undo === undefined) return false;
    undo(rows, start + 1, start + stride, step, stride);
  }
  return true;
}

/** Adds to each byte from `from` to `to` what its left (`step` bytes back) and upper (`stride` back) neighbours predict. */
type Undo = (rows: Uint8Array, from: number, to: number, step: number, stride: number) => void;

const none: Undo = () => {};

const sub: Undo = (rows, from, to, step) => {
  for (let i = from + step; i < to; i++) rows[i]! += rows[i - step]!;
};

const up: Undo = (rows, from, to, _step, stride) => {
  for (let i = from; i < to; i++) rows[i]! += rows[i - stride]!;
};

const average: Undo = (rows, from, to, step, stride) => {
  for (let i = from; i < from + step; i++) rows[i]! += rows[i - stride]! >> 1;
  for (let i = from + step; i < to; i++) rows[i]! += (rows[i - step]! + rows[i - stride]!) >> 1;
};

const averageFirst: Undo = (rows, from, to, step) => {
  for (let i = from + step; i < to; i++) rows[i]! += rows[i - step]! >> 1;
};

const paeth: Undo = (rows, from, to, step, stride) => {
  for (let i = from; i < from + step; i++) rows[i]! += rows[i - stride]!;
  for (let i = from + step; i < to; i++) {
    const left = rows[i - step]!;
    const above = rows[i - stride]!;
    const aboveLeft = rows[i - stride - step]!;
    const toLeft = Math.abs(above - aboveLeft); // the neighbour nearest to left + above - aboveLeft predicts
    const toAbove = Math.abs(left - aboveLeft);
    const toAboveLeft = Math.abs(left + above - 2 * aboveLeft);
    rows[i]! +=
      toLeft <= toAbove && toLeft <= toAboveLeft
        ? left
        : toAbove <= toAboveLeft
          ? above
          : aboveLeft;
  }
};

/** By filter's number. */
const UNDO: readonly Undo[] = [none, sub, up, average, paeth];

/** The same for the first row, whose upper neighbours are zeros. */
const UNDO_FIRST: readonly Undo[] = [none, sub, none, averageFirst, sub];

/**
 * The pixels as red, green and blue, row after row without filters' numbers: repeats grey, and composites alpha over the background, rounding down as
 * libvips does. Colour is written over the rows, since memory for each tiny picture costs as much as its arithmetic.
 */
function toRgb(
  rows: Uint8Array,
  width: number,
  height: number,
  channels: number,
  background: Rgb,
): Uint8Array {
  const stride = 1 + width * channels;
  const size = 3 * width * height;
  const data =
    channels < 3 ? new Uint8Array(size) : new Uint8Array(rows.buffer, rows.byteOffset, size);
  if (channels === 3) {
    for (let y = 0; y < height; y++)
      rows.copyWithin(3 * width * y, y * stride + 1, (y + 1) * stride);
    return data;
  }
  const [toGreen, toBlue] = channels < 3 ? [0, 0] : [1, 2];
  const toAlpha = channels % 2 === 0 ? channels - 1 : undefined;
  for (let y = 0, to = 0; y < height; y++) {
    const end = (y + 1) * stride;
    for (let from = y * stride + 1; from < end; from += channels, to += 3) {
      const red = rows[from]!;
      const green = rows[from + toGreen]!;
      const blue = rows[from + toBlue]!;
      const alpha = toAlpha === undefined ? 255 : rows[from + toAlpha]!;
      data[to] = over(red, alpha, background[0]);
      data[to + 1] = over(green, alpha, background[1]);
      data[to + 2] = over(blue, alpha, background[2]);
    }
  }
  return data;
}

/** `floor((alpha value + (255 - alpha) below) / 255)`. The product with 0x8081 / 2^23 is the quotient for all numbers below 2^16. */
function over(value: number, alpha: number, below: number): number {
  return Math.imul(alpha * value + (255 - alpha) * below, 0x8081) >> 23;
}
