import sharp from "sharp";
import { MediaError } from "../base/errors.ts";
import { coverImage } from "./cover.node.ts";
import type { Image, Rgb } from "./image.ts";

/** Extensions of pictures that may be animated, lower case with the dot. */
export const ANIMATION_EXTENSIONS: readonly string[] = [".gif", ".webp"];

/** Decoded at a time [bytes]: decoders of animations begin at the first frame each time. */
const CHUNK_BYTES = 2 ** 26;

/** Most pixels of a frame. */
const MAX_PIXELS = 2 ** 27;

/** Browsers take shorter delays [ms] for a mistake, and show the frame this long instead. */
const [SHORTEST, INSTEAD] = [11, 100];

/** Number of frames of an animation; 1 for a still picture. */
export async function framesOf(path: string): Promise<number> {
  return (await headerOf(path)).pages;
}

interface Header {
  readonly width: number;
  readonly height: number;
  readonly pages: number;
  /** How long each frame is shown [ms]. */
  readonly delays: readonly number[];
}

async function headerOf(path: string): Promise<Header> {
  try {
    const { width, height, pageHeight, pages = 1, delay = [] } = await sharp(path).metadata();
    const delays = Array.from({ length: pages }, (_, i) => {
      const given = delay[i] ?? INSTEAD;
      return given < SHORTEST ? INSTEAD : given;
    });
    return { width, height: pageHeight ?? height, pages, delays };
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/**
 * The frames of an animated GIF or WebP at a fixed rate; how long each is shown is kept to within one frame.
 *
 * @throws {MediaError} if the file cannot be read.
 */
export async function* readAnimation(
  path: string,
  options: {
    readonly width: number;
    readonly height: number;
    readonly fps: number;
    readonly background?: Rgb;
  },
): AsyncGenerator<Image, void, undefined> {
  const { width, height, fps, background = [255, 255, 255] } = options;
  const header = await headerOf(path);
  if (header.width * header.height > MAX_PIXELS)
    throw unreadable(path, new Error(`it is ${header.width}x${header.height}`));
  const frameBytes = 4 * header.width * header.height;
  const chunk = Math.max(1, Math.floor(CHUNK_BYTES / frameBytes));
  let shown = 0;
  let end = 0;
  for (let page = 0; page < header.pages; page += chunk) {
    const pages = Math.min(chunk, header.pages - page);
    const strip = await decode(path, { page, pages }, background);
    for (let i = 0; i < pages; i++) {
      end += header.delays[page + i] as number;
      const due = Math.max(Math.round((end / 1000) * fps), page + i === 0 ? 1 : 0);
      if (due <= shown) continue;
      const bytes = 3 * header.width * header.height;
      const data = strip.subarray(i * bytes, (i + 1) * bytes);
      const frame = { width: header.width, height: header.height, data };
      const image = await coverImage(frame, width, height);
      for (; shown < due; shown++) yield image;
    }
  }
}

async function decode(
  path: string,
  range: { readonly page: number; readonly pages: number },
  [r, g, b]: Rgb,
): Promise<Uint8Array> {
  try {
    const { data, info } = await sharp(path, { ...range, failOn: "error", limitInputPixels: false })
      .flatten({ background: { r, g, b } })
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    if (info.channels === 3) return data;
    return new Uint8Array(3 * (data.length / info.channels)).map(
      (_, i) => data[Math.floor(i / 3) * info.channels] as number, // a grey file stays grey
    );
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): MediaError {
  const reason = (cause as Error).message.trim().split("\n", 1)[0];
  return new MediaError(
    `${path}: the animation cannot be decoded (${reason}), expected a whole GIF or WebP file. Save it again from its original, or leave it out.`,
    { cause },
  );
}
