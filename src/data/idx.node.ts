import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { gunzipSync } from "node:zlib";
import { DatasetError } from "../base/errors.ts";
import type { Size } from "../base/size.ts";
import { type DecodedImage, resizeImage } from "../media/image.node.ts";
import type { Image } from "../media/image.ts";
import type { FileHashes } from "./file-hashes.node.ts";
import type { PictureSource } from "./source.ts";

/** Names of IDX files that hold pictures, as MNIST and Fashion-MNIST spell them: three axes [N, H, W] for grey ones, four [N, H, W, 3] for coloured ones. */
export const IDX_IMAGES = /[-.]idx([34])-ubyte(\.gz)?$/i;

/** Largest unpacked file [bytes]; MNIST takes 47 MB. */
const MAX_BYTES = 2 ** 30;

/**
 * Opens an IDX file of pictures and, if it lies beside it, the file of their labels.
 *
 * @param path For example `train-images-idx3-ubyte.gz`; the labels are then `train-labels-idx1-ubyte`, with or without `.gz`.
 * @param warnings Passed on.
 * @throws {DatasetError} if either file is damaged or their lengths differ.
 * @see https://yann.lecun.org/exdb/mnist/ for the format
 */
export async function openIdx(
  path: string,
  warnings: readonly string[] = [],
): Promise<PictureSource> {
  const pictures = await readIdx(path, Number(IDX_IMAGES.exec(path)?.[1]));
  const [, , , channels = 1] = pictures.sizes;
  if (channels !== 1 && channels !== 3) {
    throw new DatasetError(
      `${path}: the pictures have ${channels} channels (sizes ${pictures.sizes.join("x")}), expected 3 for coloured ones. Write them as [N, H, W, 3].`,
    );
  }
  const labelPath = path.replace(/images([-.])idx[34]-ubyte(\.gz)?$/i, "labels$1idx1-ubyte");
  const paths = [path];
  let labels: Uint8Array | undefined;
  for (const candidate of labelPath === path ? [] : [labelPath, `${labelPath}.gz`]) {
    const read = await readIdx(candidate, 1).catch((error: DatasetError) => {
      if ((error.cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT") return undefined;
      throw error;
    });
    if (read === undefined) continue;
    const [count, expected] = [read.sizes[0], pictures.sizes[0]];
    if (count !== expected) {
      throw new DatasetError(
        `${candidate}: the file has ${count} labels, expected ${expected}, one for each picture in ${basename(path)}. Fetch both again.`,
      );
    }
    labels = read.data;
    paths.push(candidate);
    break;
  }
  return new IdxSource(paths, pictures, labels, warnings);
}

/** Contents of an IDX file: its sizes, outermost first, and its bytes. */
interface Idx {
  readonly sizes: readonly number[];
  readonly data: Uint8Array;
}

class IdxSource implements PictureSource {
  readonly files: readonly string[];
  readonly classes: readonly string[];
  readonly labels: Uint16Array | undefined;
  readonly warnings: readonly string[];
  readonly #paths: readonly string[];
  readonly #pictures: Idx;

  constructor(
    paths: readonly string[],
    pictures: Idx,
    labels: Uint8Array | undefined,
    warnings: readonly string[],
  ) {
    const [path = ""] = paths;
    const [count = 0] = pictures.sizes;
    this.#paths = paths;
    this.#pictures = pictures;
    this.files = Array.from({ length: count }, (_, index) => `${basename(path)}#${index}`);
    this.labels = labels && Uint16Array.from(labels);
    this.classes = labels
      ? Array.from({ length: labels.reduce((a, b) => Math.max(a, b), 0) + 1 }, (_, label) =>
          String(label),
        )
      : [];
    this.warnings = warnings;
  }

  async fingerprint(hashes: FileHashes): Promise<string> {
    const lines = this.#paths.map(
      async (path) => `${basename(path)}\n${await hashes.hash(basename(path), path)}\n`,
    );
    return (await Promise.all(lines)).join("");
  }

  content(index: number): Image {
    const [, height = 0, width = 0, channels = 1] = this.#pictures.sizes;
    const size = width * height * channels;
    const pixels = this.#pictures.data.subarray(index * size, (index + 1) * size);
    return channels === 3 ? { width, height, data: pixels } : greyToRgb(pixels, width, height);
  }

  async decode(index: number, size: Size): Promise<DecodedImage> {
    const image = this.content(index);
    const { width, height } = image;
    const original = { width, height };
    const scale = Math.max(size.width / width, size.height / height);
    if (scale === 1) return { ...image, original };
    // A narrow black frame keeps every stroke as sharp as it is: 28 becomes 32, as is usual with MNIST.
    const alike = size.width * height === size.height * width;
    if (alike && scale > 1 && scale <= 1.25) return { ...frame(image, size), original: size };
    return {
      ...(await resizeImage(image, Math.round(width * scale), Math.round(height * scale))),
      original,
    };
  }
}

function greyToRgb(grey: Uint8Array, width: number, height: number): Image {
  const data = new Uint8Array(grey.length * 3);
  for (let i = 0; i < data.length; i++) data[i] = grey[Math.floor(i / 3)] as number;
  return { width, height, data };
}

function frame(image: Image, { width, height }: Size): Image {
  const data = new Uint8Array(width * height * 3);
  const left = (width - image.width) >> 1;
  const top = (height - image.height) >> 1;
  for (let y = 0; y < image.height; y++) {
    data.set(
      image.data.subarray(y * image.width * 3, (y + 1) * image.width * 3),
      ((top + y) * width + left) * 3,
    );
  }
  return { width, height, data };
}

/** Reads a file of unsigned bytes with `rank` axes: two zeros, type 8, the rank, then each size as 32 bits, most significant first. */
async function readIdx(path: string, rank: number): Promise<Idx> {
  let bytes: Uint8Array;
  try {
    const file = await readFile(path);
    bytes = path.toLowerCase().endsWith(".gz")
      ? gunzipSync(file, { maxOutputLength: MAX_BYTES })
      : file;
  } catch (cause) {
    throw new DatasetError(
      `${path}: the IDX file cannot be read (${(cause as Error).message}). Fetch it again.`,
      { cause },
    );
  }
  const header = 4 + 4 * rank;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = bytes.length < header ? undefined : view.getUint32(0);
  if (magic !== 0x800 + rank) {
    const actual =
      magic === undefined ? `${bytes.length} bytes` : `it starts with 0x${magic.toString(16)}`;
    throw new DatasetError(
      `${path}: not an IDX file of bytes with ${rank} axes (${actual}), expected 0x${(0x800 + rank).toString(16)}. Fetch it again.`,
    );
  }
  const sizes = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const expected = header + sizes.reduce((a, b) => a * b, 1);
  if (bytes.length !== expected || expected === header) {
    throw new DatasetError(
      `${path}: the IDX file has ${bytes.length} bytes, expected ${expected} for ${sizes.join("x")}${expected === header ? ", and at least 1 picture" : ""}. Fetch it again.`,
    );
  }
  return { sizes, data: bytes.subarray(header) };
}
