import type { Image } from "./image.ts";
import type { PlanarFrame } from "./video-backend.ts";

/** Scale of the integer arithmetic: coefficients are multiplied by 2^16. */
const ONE = 1 << 16;

/** Luma weights of red, green and blue in ITU-R BT.709. */
const KR = 0.2126;
const KG = 0.7152;
const KB = 0.0722;

/** Rows of the matrix from RGB (0..255) to Y (16..235), Cb and Cr (16..240), in units of `1 / ONE`. */
const Y = [KR, KG, KB].map((k) => Math.round((k * 219 * ONE) / 255)) as [number, number, number];
const CB = chromaRow([-KR, -KG, 1 - KB], 2 * (1 - KB));
const CR = chromaRow([1 - KR, -KG, -KB], 2 * (1 - KR));

function chromaRow(k: readonly number[], range: number): [number, number, number] {
  return k.map((v) => Math.round((v * 224 * ONE) / (255 * range))) as [number, number, number];
}

/** The next even number: the sizes that 4:2:0 video can have. */
export function evenSize(size: number): number {
  return size + (size % 2);
}

/** The planes of a frame, made if need be. */
export function planesOf(frame: Image | PlanarFrame): Uint8Array<ArrayBuffer> {
  return "i420" in frame ? frame.i420 : toI420(frame);
}

/**
 * A picture as three planes [H, W] of Y (16..235), Cb and Cr (16..240) at full resolution, not rounded: ITU-R BT.709 matrix, limited range.
 */
export function toYcbcrPlanes({
  width,
  height,
  data,
}: Image): [Float32Array, Float32Array, Float32Array] {
  const area = width * height;
  const [y, cb, cr] = [new Float32Array(area), new Float32Array(area), new Float32Array(area)];
  for (let i = 0, at = 0; i < area; i++, at += 3) {
    const [red, green, blue] = [data[at]!, data[at + 1]!, data[at + 2]!];
    y[i] = 16 + (Y[0] * red + Y[1] * green + Y[2] * blue) / ONE;
    cb[i] = 128 + (CB[0] * red + CB[1] * green + CB[2] * blue) / ONE;
    cr[i] = 128 + (CR[0] * red + CR[1] * green + CR[2] * blue) / ONE;
  }
  return [y, cb, cr];
}

/**
 * A picture as planar YCbCr 4:2:0 (I420): ITU-R BT.709 matrix, limited range, all of Y, then Cb, then Cr.
 *
 * `Y = 16 + 219 (0.2126 R + 0.7152 G + 0.0722 B) / 255`. Chroma lies at the left of each pair of pixels, where H.264 and VP9
 * decoders expect it: weights 1/4, 1/2, 1/4 across and 1/2, 1/2 down. Odd sizes grow by one row or column, a copy of the last.
 *
 * @returns `1.5 W H` bytes for the even width W and height H.
 */
export function toI420({ width, height, data }: Image): Uint8Array<ArrayBuffer> {
  const outWidth = evenSize(width);
  const outHeight = evenSize(height);
  const chromaWidth = outWidth / 2;
  const luma = outWidth * outHeight;
  const out = new Uint8Array(luma * 1.5);
  for (let y = 0; y < outHeight; y++) {
    const row = Math.min(y, height - 1) * width;
    for (let x = 0; x < outWidth; x++) {
      const i = (row + Math.min(x, width - 1)) * 3;
      const sum = Y[0] * data[i]! + Y[1] * data[i + 1]! + Y[2] * data[i + 2]!;
      out[y * outWidth + x] = (sum + 16.5 * ONE) >> 16;
    }
  }
  for (let y = 0; y < outHeight; y += 2) {
    const upper = y * width;
    const lower = Math.min(y + 1, height - 1) * width;
    for (let x = 0; x < outWidth; x += 2) {
      const left = Math.max(x - 1, 0);
      const right = Math.min(x + 1, width - 1);
      const [a, b, c] = [(upper + left) * 3, (upper + x) * 3, (upper + right) * 3];
      const [d, e, f] = [(lower + left) * 3, (lower + x) * 3, (lower + right) * 3];
      const red = data[a]! + 2 * data[b]! + data[c]! + data[d]! + 2 * data[e]! + data[f]!;
      const green =
        data[a + 1]! +
        2 * data[b + 1]! +
        data[c + 1]! +
        data[d + 1]! +
        2 * data[e + 1]! +
        data[f + 1]!;
      const blue =
        data[a + 2]! +
        2 * data[b + 2]! +
        data[c + 2]! +
        data[d + 2]! +
        2 * data[e + 2]! +
        data[f + 2]!;
      const at = luma + (y / 2) * chromaWidth + x / 2;
      out[at] = (CB[0] * red + CB[1] * green + CB[2] * blue + 128.5 * 8 * ONE) >> 19;
      out[at + luma / 4] = (CR[0] * red + CR[1] * green + CR[2] * blue + 128.5 * 8 * ONE) >> 19;
    }
  }
  return out;
}
