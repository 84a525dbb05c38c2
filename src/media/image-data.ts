/** @file Pictures of a page's canvas. */
import { MediaError } from "../base/errors.ts";
import type { Image, Rgb } from "./image.ts";

/** A picture as a canvas takes it: `context.putImageData(toImageData(image), 0, 0)`. For browsers. */
export function toImageData({ width, height, data }: Image): ImageData {
  const rgba = new Uint8ClampedArray(4 * width * height);
  for (let from = 0, to = 0; from < data.length; from += 3, to += 4) {
    rgba[to] = data[from] as number;
    rgba[to + 1] = data[from + 1] as number;
    rgba[to + 2] = data[from + 2] as number;
    rgba[to + 3] = 255;
  }
  return new ImageData(rgba, width, height);
}

/**
 * A picture of what a canvas gives: `fromImageData(context.getImageData(0, 0, width, height))`.
 *
 * @param background Colour behind transparent pixels. @default white
 * @throws {MediaError} if there are not four bytes a pixel.
 */
export function fromImageData(
  { width, height, data }: Pick<ImageData, "width" | "height" | "data">,
  background: Rgb = [255, 255, 255],
): Image {
  if (!(data instanceof Uint8ClampedArray) || data.length !== 4 * width * height) {
    throw new MediaError(
      `fromImageData: got ${data.length} numbers for ${width}x${height} pixels, expected 4 bytes a pixel. Ask getImageData for 8-bit RGBA.`,
    );
  }
  const rgb = new Uint8Array(3 * width * height);
  for (let i = 0; i < rgb.length; i++) {
    const [pixel, channel] = [Math.floor(i / 3), i % 3];
    const alpha = (data[4 * pixel + 3] as number) / 255;
    const under = background[channel] as number;
    rgb[i] = Math.round(under + alpha * ((data[4 * pixel + channel] as number) - under));
  }
  return { width, height, data: rgb };
}
