/** @file Posters to files, and to small pictures. No part of a large page is held whole but in a file beside the one that is written. */
import {
  closeSync,
  createWriteStream,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { setImmediate } from "node:timers/promises";
import PDFDocument from "pdfkit";
import sharp from "sharp";
import { CancelledError, GanboxError, MediaError } from "../../base/errors.ts";
import type { Image } from "../../media/image.ts";
import { type Mark, svgOf } from "./drawing.ts";
import { PAGE_WIDTH, type Page } from "./page.ts";
import type { Rows } from "./rows.ts";

/** What a finished poster is made of. */
export interface Artwork {
  readonly page: Page;
  readonly rows: Rows;
  readonly marks: readonly Mark[];
  /** For the properties of a PDF. */
  readonly title: string;
}

/** How a poster is written. */
export interface PrintOptions {
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** A picture with marks over it. */
export async function drawOver(page: Page, image: Image, marks: readonly Mark[]): Promise<Image> {
  const { width, height, data } = image;
  const over = Buffer.from(svgOf(page, marks, width, height));
  const pixels = await sharp(data, { raw: { width, height, channels: 3 } })
    .composite([{ input: over }])
    .removeAlpha()
    .raw()
    .toBuffer();
  return { width, height, data: pixels };
}

/**
 * Writes a poster: a PNG that knows its dots per inch, or a PDF of one page, of its true size, with text as outlines. The file appears whole or not at all.
 *
 * @throws {MediaError} if it cannot be written.
 * @throws {CancelledError} if the signal stopped it.
 */
export async function print(path: string, artwork: Artwork, options: PrintOptions): Promise<void> {
  const art = `${path}.art.partial`;
  const partial = `${path}.partial`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    await writeRows(art, artwork.rows, options);
    if (path.toLowerCase().endsWith(".pdf")) await writePdf(partial, art, artwork);
    else await writePng(partial, art, artwork);
    renameSync(partial, path);
  } catch (cause) {
    rmSync(partial, { force: true });
    if (cause instanceof GanboxError) throw cause;
    throw new MediaError(
      `${path}: the poster cannot be written (${(cause as Error).message}). Check the folder's permissions and free space.`,
      { cause },
    );
  } finally {
    rmSync(art, { force: true });
  }
}

/** Rows between two looks at the signal. */
const PULSE = 64;

/** Rows as a TIFF without compression, which is read again row by row. */
async function writeRows(path: string, rows: Rows, options: PrintOptions): Promise<void> {
  const { width, height } = rows;
  const file = openSync(path, "w");
  try {
    writeSync(file, tiffHeader(width, height));
    const line = new Uint8ClampedArray(3 * width);
    for (let y = 0; y < height; y++) {
      rows.row(y, line);
      writeSync(file, line);
      if (y % PULSE !== PULSE - 1) continue;
      options.onProgress?.(y + 1, height);
      await setImmediate();
      if (options.signal?.aborted) {
        throw new CancelledError(`${path}: stopped on request after ${y + 1} of ${height} rows.`);
      }
    }
    options.onProgress?.(height, height);
  } finally {
    closeSync(file);
  }
}

/** Where the pixels begin. */
const PIXELS_AT = 160;

/** @see TIFF 6.0, baseline RGB images */
function tiffHeader(width: number, height: number): Buffer {
  const [short, long] = [3, 4];
  const bitsAt = PIXELS_AT - 6;
  const entries: readonly (readonly [tag: number, type: number, count: number, value: number])[] = [
    [256, long, 1, width],
    [257, long, 1, height],
    [258, short, 3, bitsAt], // bits of each sample, elsewhere
    [259, short, 1, 1], // no compression
    [262, short, 1, 2], // red, green, blue
    [273, long, 1, PIXELS_AT],
    [277, short, 1, 3], // samples a pixel
    [278, long, 1, height], // rows of the only strip
    [279, long, 1, 3 * width * height],
  ];
  const header = Buffer.alloc(PIXELS_AT);
  header.write("II*\0", "latin1");
  header.writeUInt32LE(8, 4);
  header.writeUInt16LE(entries.length, 8);
  for (const [i, [tag, type, count, value]] of entries.entries()) {
    const at = 10 + 12 * i;
    header.writeUInt16LE(tag, at);
    header.writeUInt16LE(type, at + 2);
    header.writeUInt32LE(count, at + 4);
    header.writeUInt32LE(value, at + 8); // little-endian: a short is its first half
  }
  for (let i = 0; i < 3; i++) header.writeUInt16LE(8, bitsAt + 2 * i);
  return header;
}

async function writePng(path: string, art: string, { page, marks }: Artwork): Promise<void> {
  const { width, height, dpi } = page;
  await sharp(art, { limitInputPixels: false })
    .composite([{ input: Buffer.from(svgOf(page, marks, width, height)), limitInputPixels: false }])
    .removeAlpha()
    .withMetadata({ density: dpi })
    .png({ compressionLevel: 6 })
    .toFile(path);
}

/** Points of PDF in an inch. */
const POINTS = 72;

async function writePdf(path: string, art: string, { page, marks, title }: Artwork): Promise<void> {
  const [width, height] = [page.width, page.height].map((x) => (POINTS * x) / page.dpi) as [
    number,
    number,
  ];
  const picture = await sharp(art, { limitInputPixels: false })
    .jpeg({ quality: 90, chromaSubsampling: "4:4:4" })
    .toBuffer();
  const document = new PDFDocument({
    size: [width, height],
    margin: 0,
    info: { Title: title, Creator: "Ganbox", CreationDate: new Date(0) },
  });
  const written = pipeline(document, createWriteStream(path));
  document.image(picture, 0, 0, { width, height });
  document.scale(width / PAGE_WIDTH, height / page.tall);
  for (const mark of marks) {
    if (mark.kind === "shape") {
      document.path(mark.path).fill([...mark.fill], mark.holes ? "even-odd" : "non-zero");
      continue;
    }
    const shade = document.linearGradient(0, 0, 0, page.tall);
    const colour = `#${mark.colour.map((x) => x.toString(16).padStart(2, "0")).join("")}`;
    for (const { at, opacity } of mark.stops) shade.stop(at, colour, opacity);
    document.rect(0, 0, PAGE_WIDTH, page.tall).fill(shade);
  }
  document.end();
  await written;
}
