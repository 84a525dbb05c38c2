/** @file Between pictures, [H, W, 3], and what networks read and write: one plane a channel, [C, H, W]. */
import type { Size } from "../base/size.ts";
import type { Image } from "./image.ts";

/** Size of planes. */
export interface PlanesSize extends Size {
  /** 3 for red, green and blue. */
  readonly channels: number;
}

/**
 * The picture that a network's output means: `round((x + 1) 127.5)`, clipped to bytes. Other than three planes are grey ones, side by side.
 *
 * @param planes Shape [channels, height, width], values in [-1, 1].
 */
export function imageFromPlanes(
  planes: Float32Array,
  { channels, width, height }: PlanesSize,
): Image {
  const area = width * height;
  const byteOf = (i: number): number =>
    Math.min(255, Math.max(0, Math.round(((planes[i] as number) + 1) * 127.5)));
  if (channels !== 3) {
    const sheet = new Uint8Array(3 * area * channels);
    for (let i = 0; i < area * channels; i++) {
      const [plane, row] = [Math.floor(i / area), Math.floor((i % area) / width)];
      const at = 3 * ((row * channels + plane) * width + (i % width));
      sheet.fill(byteOf(i), at, at + 3);
    }
    return { width: width * channels, height, data: sheet };
  }
  const data = new Uint8Array(3 * area);
  for (let i = 0; i < area; i++)
    for (let channel = 0; channel < 3; channel++)
      data[3 * i + channel] = byteOf(channel * area + i);
  return { width, height, data };
}

/** A picture of bytes [3, H, W] as pixels. */
export function imageFromBytes(planes: Uint8Array, { width, height }: Size): Image {
  const area = width * height;
  const data = new Uint8Array(3 * area);
  for (let i = 0; i < area; i++)
    for (let channel = 0; channel < 3; channel++)
      data[3 * i + channel] = planes[channel * area + i] as number;
  return { width, height, data };
}

/** The pixels of a picture as planes: [H, W, 3] to [3, H, W]. */
export function planesOf(image: Image): Uint8Array<ArrayBuffer> {
  return windowPlanes(image, { left: 0, top: 0 }, image);
}

/** The part of a picture that begins at `left` and `top`, as planes: [H, W, 3] to [3, height, width]. */
export function windowPlanes(
  image: Image,
  { left, top }: { readonly left: number; readonly top: number },
  { width, height }: Size,
): Uint8Array<ArrayBuffer> {
  const { data } = image;
  const area = width * height;
  const planes = new Uint8Array(3 * area);
  for (let y = 0; y < height; y++) {
    let from = ((top + y) * image.width + left) * 3;
    const row = y * width;
    for (let x = 0; x < width; x++) {
      planes[row + x] = data[from++] as number;
      planes[row + x + area] = data[from++] as number;
      planes[row + x + 2 * area] = data[from++] as number;
    }
  }
  return planes;
}

/** Copies planes [C, H, width] to `out` at `offset` with each row reversed. */
export function mirrorPlanes(
  planes: Uint8Array,
  width: number,
  out: Uint8Array,
  offset: number,
): void {
  for (let row = 0; row < planes.length; row += width) {
    const end = offset + row + width - 1;
    for (let x = 0; x < width; x++) out[end - x] = planes[row + x] as number;
  }
}
