/** @file Between pictures, [H, W, 3], and what networks read and write: one plane a channel, [3, H, W]. */
import type { Image } from "./image.ts";

/**
 * The picture that a network's output means: `round((x + 1) 127.5)`, clipped to bytes.
 *
 * @param planes Shape [3, size, size], values in [-1, 1].
 */
export function imageFromPlanes(planes: Float32Array, size: number): Image {
  const area = size * size;
  const data = new Uint8Array(3 * area);
  for (let i = 0; i < area; i++) {
    for (let channel = 0; channel < 3; channel++) {
      const x = planes[channel * area + i] as number;
      data[3 * i + channel] = Math.min(255, Math.max(0, Math.round((x + 1) * 127.5)));
    }
  }
  return { width: size, height: size, data };
}

/** The square that begins at `offset` along the longer side, as planes: [H, W, 3] to [3, size, size]. */
export function squarePlanes(
  { width, height, data }: Image,
  offset: number,
  size: number,
): Uint8Array<ArrayBuffer> {
  const area = size * size;
  const planes = new Uint8Array(3 * area);
  const start = width >= height ? offset * 3 : offset * width * 3;
  for (let y = 0; y < size; y++) {
    let from = start + y * width * 3;
    const row = y * size;
    for (let x = 0; x < size; x++) {
      planes[row + x] = data[from++] as number;
      planes[row + x + area] = data[from++] as number;
      planes[row + x + 2 * area] = data[from++] as number;
    }
  }
  return planes;
}

/** Copies planes [3, size, size] to `out` at `offset` with each row reversed. */
export function mirrorPlanes(
  planes: Uint8Array,
  size: number,
  out: Uint8Array,
  offset: number,
): void {
  for (let row = 0; row < planes.length; row += size) {
    const end = offset + row + size - 1;
    for (let x = 0; x < size; x++) out[end - x] = planes[row + x] as number;
  }
}
