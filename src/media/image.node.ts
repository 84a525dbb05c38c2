import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, extname } from "node:path";
import sharp, { type Metadata, type Sharp } from "sharp";
import { MediaError } from "../base/errors.ts";
import type { Size } from "../base/size.ts";
import type { Image, Rgb } from "./image.ts";
import { decodePlainPng } from "./png.node.ts";
import { readSmallFile } from "./small-file.node.ts";

// Pictures are decoded side by side, so each uses one thread; nothing is read twice, so nothing is worth caching (a cached file also stays locked on Windows).
sharp.concurrency(1);
sharp.cache(false);

/** Extensions of the files that `decodeImage` reads, lower case with the dot. */
export const IMAGE_EXTENSIONS: readonly string[] = [
  ".png",
  ".jpg",
  ".jpeg",
  ".webp",
  ".avif",
  ".gif",
  ".tif",
  ".tiff",
];

/** Names of the formats in `IMAGE_EXTENSIONS`, for messages. */
const FORMATS = "PNG, JPEG, WebP, AVIF, GIF or TIFF";

/** libvips' names of the same formats. Others that it happens to read (SVG, PDF) are refused: their content may refer to other files. */
const VIPS_FORMATS = new Set(["png", "jpeg", "webp", "heif", "gif", "tiff"]);

/** Most pixels of a picture: 128 Mi, above any camera's, and 384 MiB in memory. */
const MAX_PIXELS = 2 ** 27;

/** How a picture is read. */
export interface DecodeOptions {
  /** Colour behind transparent pixels. @default white */
  readonly background?: Rgb;
  /** Resizes so that the picture just covers this size and its aspect ratio stays: one side is that of the size, the other at least. @default the picture's own size */
  readonly cover?: Size;
  /** Name of the picture in error messages. @default the path, or "image" for bytes */
  readonly name?: string;
}

/** A decoded picture that knows how large it was in its file. */
export interface DecodedImage extends Image {
  /** Size before resizing, upright [pixels]. */
  readonly original: { readonly width: number; readonly height: number };
}

/**
 * Reads a PNG, JPEG, WebP, AVIF, GIF or TIFF file (of several frames or pages the first) as 8-bit sRGB.
 *
 * Turns it upright (EXIF), converts 16-bit, grey, palette, CMYK and colour-profiled pixels, composites alpha over a background and
 * resizes, if asked, with the Lanczos-3 kernel widened to the scale, so that making smaller does not alias.
 *
 * @param source A path, or the bytes of a file.
 * @throws {MediaError} if the file is missing, empty, damaged or cut off, of another format, or has more than 2^27 pixels before or after
 *   resizing. The size is taken from the header: a huge picture costs no memory.
 */
export async function decodeImage(
  source: string | Uint8Array,
  options: DecodeOptions = {},
): Promise<DecodedImage> {
  const {
    background = [255, 255, 255],
    cover,
    name = typeof source === "string" ? source : "image",
  } = options;
  const input = readSmall(source, name);
  if (typeof input !== "string") {
    const plain = decodePlainPng(input, background);
    if (plain !== undefined && (cover === undefined || coverScale(plain, cover) === 1)) {
      return { ...plain, original: { width: plain.width, height: plain.height } };
    }
  }
  const { channels, ...original } = await readHeader(input, name);
  const [red, green, blue] = background;
  const pipeline = sharp(input, { failOn: "error", limitInputPixels: MAX_PIXELS })
    .autoOrient()
    .flatten({ background: { r: red, g: green, b: blue } });
  if (channels === 2) pipeline.pipelineColourspace("srgb"); // grey with alpha would take one channel of the background only
  if (cover !== undefined) {
    const scale = coverScale(original, cover);
    const width = Math.max(cover.width, Math.round(original.width * scale));
    const height = Math.max(cover.height, Math.round(original.height * scale));
    checkPixels(name, width, height, " after resizing");
    pipeline.resize({ width, height, fit: "fill", kernel: "lanczos3", fastShrinkOnLoad: false });
  }
  try {
    return { ...(await pixelsOf(pipeline)), original };
  } catch (cause) {
    throw unreadable(name, cause);
  }
}

/** How many times as large a picture has to become to just cover a size. */
export function coverScale(picture: Size, size: Size): number {
  return Math.max(size.width / picture.width, size.height / picture.height);
}

/**
 * Resizes a picture with the Lanczos-3 kernel, widened to the scale when it becomes smaller.
 *
 * @param width New width [pixels].
 * @param height New height [pixels].
 */
export async function resizeImage(image: Image, width: number, height: number): Promise<Image> {
  return await pixelsOf(
    fromPixels(image).resize({ width, height, fit: "fill", kernel: "lanczos3" }),
  );
}

/** The picture as the bytes of a PNG file. */
export async function encodePng(image: Image): Promise<Uint8Array> {
  return await fromPixels(image).png().toBuffer();
}

const ENCODERS: Readonly<Record<string, (pipeline: Sharp) => Sharp>> = {
  ".png": (pipeline) => pipeline.png(),
  ".jpg": (pipeline) => pipeline.jpeg({ quality: 92, chromaSubsampling: "4:4:4" }),
  ".jpeg": (pipeline) => pipeline.jpeg({ quality: 92, chromaSubsampling: "4:4:4" }),
  ".webp": (pipeline) => pipeline.webp({ quality: 92 }),
};

/**
 * Writes a picture in the format that its extension names: png, jpg, jpeg (quality 92) or webp (quality 92). Makes missing folders. The
 * file appears whole or not at all.
 *
 * @throws {MediaError} if the extension is another one or the file cannot be written.
 */
export async function writeImage(path: string, image: Image): Promise<void> {
  const extension = extname(path).toLowerCase();
  const encode = ENCODERS[extension];
  if (encode === undefined) {
    const known = Object.keys(ENCODERS).join(", ");
    throw new MediaError(
      `${path}: pictures are not written as "${extension}", expected one of ${known}. Change the file's extension.`,
    );
  }
  const partial = `${path}.partial`;
  try {
    const bytes = await encode(fromPixels(image)).toBuffer();
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(partial, bytes);
    renameSync(partial, path);
  } catch (cause) {
    removePartial(partial);
    throw new MediaError(
      `${path}: the picture cannot be written (${firstLine(cause)}). Check the folder's permissions and free space.`,
      { cause },
    );
  }
}

/** Removes what a failed write left. That it may fail again, on the fault that is being reported, is no news. */
function removePartial(partial: string): void {
  try {
    rmSync(partial, { force: true });
  } catch {}
}

/** The bytes of a small file, the path of a larger one. */
function readSmall(source: string | Uint8Array, name: string): string | Uint8Array {
  let input = source;
  if (typeof source === "string") {
    try {
      input = readSmallFile(source).bytes ?? source;
    } catch (cause) {
      throw new MediaError(
        `${name}: the file cannot be opened (${firstLine(cause)}), expected a ${FORMATS} file.`,
        { cause },
      );
    }
  }
  if (input.length === 0) {
    throw new MediaError(
      `${name}: the file is empty (0 bytes), expected a ${FORMATS} file. Copy it again, or leave it out.`,
    );
  }
  return input;
}

/** Upright width and height, and the channels with alpha, from the header only. */
async function readHeader(
  input: string | Uint8Array,
  name: string,
): Promise<{ width: number; height: number; channels: number }> {
  let metadata: Metadata;
  try {
    metadata = await sharp(input, { failOn: "error", limitInputPixels: false }).metadata();
  } catch (cause) {
    throw unreadable(name, cause);
  }
  if (!VIPS_FORMATS.has(metadata.format))
    throw unreadable(name, new Error(`it is a ${metadata.format} file`));
  const { width, height } = metadata.autoOrient;
  checkPixels(name, width, height, "");
  return { width, height, channels: metadata.channels };
}

function checkPixels(name: string, width: number, height: number, when: string): void {
  if (width * height <= MAX_PIXELS) return;
  const millions = (pixels: number): string => `${Math.round(pixels / 1e6)} million pixels`;
  throw new MediaError(
    `${name}: the picture is too large${when} (${width}x${height}, ${millions(width * height)}), expected at most ${millions(MAX_PIXELS)}. ` +
      "Make it smaller with a picture editor, or leave it out.",
  );
}

function unreadable(name: string, cause: unknown): MediaError {
  return new MediaError(
    `${name}: the picture cannot be decoded (${firstLine(cause)}), expected a whole ${FORMATS} file. Save it again from its original, or leave it out.`,
    { cause },
  );
}

function firstLine(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.trim().split("\n", 1)[0] ?? "";
}

function fromPixels({ width, height, data }: Image): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } });
}

async function pixelsOf(pipeline: Sharp): Promise<Image> {
  const { data, info } = await pipeline
    .toColourspace("srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  if (info.channels === 3) return { width: info.width, height: info.height, data };
  const rgb = new Uint8Array(info.width * info.height * 3); // grey files stay grey: 1 channel
  for (let i = 0; i < rgb.length; i++) rgb[i] = data[Math.floor(i / 3) * info.channels]!;
  return { width: info.width, height: info.height, data: rgb };
}
