import type { Size } from "../base/size.ts";
import type { Image } from "./image.ts";

/** The middle of a picture. */
export function middleOf(image: Image, { width, height }: Size): Image {
  const [left, top] = [(image.width - width) >> 1, (image.height - height) >> 1];
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    const from = 3 * ((top + y) * image.width + left);
    data.set(image.data.subarray(from, from + 3 * width), 3 * y * width);
  }
  return { width, height, data };
}
