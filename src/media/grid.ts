import { ShapeError } from "../base/errors.ts";
import type { Image, Rgb } from "./image.ts";

/** How a grid is laid out. */
export interface GridOptions {
  /** Pictures a row. @default the smallest number that makes the grid at least as wide as high, counted in pictures */
  readonly columns?: number;
  /** Space between neighbours [pixels]. @default 0 */
  readonly gap?: number;
  /** Colour of the gaps and of empty places. @default white */
  readonly background?: Rgb;
}

/**
 * One picture of many, row by row from the top left.
 *
 * @param images At least one; all of one size.
 * @throws {ShapeError} if there is no image, the sizes differ, or `columns` or `gap` is no whole number in range.
 */
export function imageGrid(images: readonly Image[], options: GridOptions = {}): Image {
  const first = images[0];
  if (first === undefined) throw new ShapeError("imageGrid: got no images, expected at least 1.");
  const {
    columns = Math.ceil(Math.sqrt(images.length)),
    gap = 0,
    background = [255, 255, 255],
  } = options;
  if (!Number.isInteger(columns) || columns < 1) {
    throw new ShapeError(`imageGrid: columns is ${columns}, expected a positive whole number.`);
  }
  if (!Number.isInteger(gap) || gap < 0) {
    throw new ShapeError(`imageGrid: gap is ${gap}, expected a whole number of pixels, 0 or more.`);
  }
  const across = Math.min(columns, images.length);
  const down = Math.ceil(images.length / across);
  const width = across * (first.width + gap) - gap;
  const height = down * (first.height + gap) - gap;
  const data = filled(width, height, background);
  for (const [index, image] of images.entries()) {
    checkSize(image, index, first);
    const left = (index % across) * (first.width + gap);
    const top = Math.floor(index / across) * (first.height + gap);
    for (let y = 0; y < image.height; y++) {
      const row = image.data.subarray(y * image.width * 3, (y + 1) * image.width * 3);
      data.set(row, ((top + y) * width + left) * 3);
    }
  }
  return { width, height, data };
}

function filled(width: number, height: number, [red, green, blue]: Rgb): Uint8Array {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i += 3) {
    data[i] = red;
    data[i + 1] = green;
    data[i + 2] = blue;
  }
  return data;
}

function checkSize(image: Image, index: number, first: Image): void {
  if (image.width !== first.width || image.height !== first.height) {
    throw new ShapeError(
      `imageGrid: image ${index} is ${image.width}x${image.height}, expected ${first.width}x${first.height} like the first.`,
    );
  }
  const expected = image.width * image.height * 3;
  if (image.data.length !== expected) {
    throw new ShapeError(
      `imageGrid: image ${index} has ${image.data.length} bytes, expected ${expected} (${image.width}x${image.height}x3).`,
    );
  }
}
