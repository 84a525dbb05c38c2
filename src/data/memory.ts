import { DatasetError, RuntimeUnavailableError } from "../base/errors.ts";
import { formatSize, resolutionOf, type Size } from "../base/size.ts";
import type { Image } from "../media/image.ts";
import { mirrorPlanes, planesOf } from "../media/planes.ts";
import type { Dataset } from "./dataset.ts";

/** What is known about pictures in memory, beside their pixels. */
export interface MemoryDatasetOptions {
  /** Class of each picture, an index into `classes`. */
  readonly labels?: readonly number[];
  /** Names of the classes. */
  readonly classes?: readonly string[];
}

/**
 * A data set of pictures that are in memory already. It runs in browsers too; those give the hash that it needs to secure pages only (https, or
 * localhost).
 *
 * @param images At least two of one size; they are copied.
 * @throws {DatasetError} if they are not, or labels and classes do not fit them.
 * @throws {RuntimeUnavailableError} on a page that is not secure.
 */
export async function memoryDataset(
  images: readonly Image[],
  { labels, classes = [] }: MemoryDatasetOptions = {},
): Promise<Dataset> {
  const shape = checkImages(images);
  const { width, height } = shape;
  checkLabels(images.length, labels, classes);
  const size = 3 * width * height;
  const pixels = new Uint8Array(images.length * size);
  for (const [index, image] of images.entries()) pixels.set(planesOf(image), index * size);
  return {
    count: images.length,
    channels: 3,
    height,
    width,
    facts: 0,
    classes,
    labels: labels === undefined ? undefined : Uint16Array.from(labels),
    files: images.map((_, index) => `picture ${index}`),
    skipped: [],
    warnings: [],
    contentHash: await hashOf(
      pixels,
      JSON.stringify({ resolution: resolutionOf(shape), labels, classes }),
    ),
    read(index, out, offset, { flip }) {
      const picture = pixels.subarray(index * size, (index + 1) * size);
      if (flip) mirrorPlanes(picture, width, out, offset);
      else out.set(picture, offset);
    },
    close() {},
  };
}

/** @returns The size of every picture. */
function checkImages(images: readonly Image[]): Size {
  const [first] = images;
  if (first === undefined || images.length < 2) {
    throw new DatasetError(
      `memoryDataset: got ${images.length} pictures, expected at least 2. Add more pictures.`,
    );
  }
  for (const [index, { width, height, data }] of images.entries()) {
    if (width !== first.width || height !== first.height || data.length !== 3 * width * height) {
      throw new DatasetError(
        `memoryDataset: picture ${index} is ${width}x${height} with ${data.length} bytes, expected pictures of one size (${formatSize(first)}) with 3 bytes a pixel. Crop and resize them first.`,
      );
    }
  }
  return first;
}

function checkLabels(
  count: number,
  labels: readonly number[] | undefined,
  classes: readonly string[],
): void {
  const odd = labels?.find((label) => classes[label] === undefined);
  if ((labels?.length ?? count) !== count || odd !== undefined) {
    const got = odd === undefined ? `${labels?.length} labels` : `label ${odd}`;
    throw new DatasetError(
      `memoryDataset: got ${got} for ${count} pictures of ${classes.length} classes, expected an index into the classes for each picture.`,
    );
  }
}

/** SHA-256 [hex] of SHA-256 over the pixels and the rest. */
async function hashOf(pixels: Uint8Array<ArrayBuffer>, rest: string): Promise<string> {
  const { subtle } = globalThis.crypto;
  if (subtle === undefined) {
    throw new RuntimeUnavailableError(
      "memoryDataset: this page is not secure, so the browser has no SHA-256 for it. Serve it over https or from localhost.",
    );
  }
  const hex = (hash: ArrayBuffer): string =>
    Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const inner = hex(await subtle.digest("SHA-256", pixels));
  return hex(await subtle.digest("SHA-256", new TextEncoder().encode(`${inner} ${rest}`)));
}
