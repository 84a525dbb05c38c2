import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import sharp, { type Metadata, type Sharp } from "sharp";
import { MediaError } from "../../base/errors.ts";
import type { Size } from "../../base/size.ts";
import type { Image, Rgb } from "../../media/image.ts";
import { readSmallFile } from "../../media/small-file.node.ts";
import type { PictureSource } from "../source.ts";
import { endsEarly } from "./ends-early.ts";
import { jpegHeader } from "./jpeg-header.ts";
import { coarseColours, deviationOf, HASH_SIDE, perceptualHash } from "./perceptual-hash.ts";
import type { BadKind } from "./report.ts";
import type { Storage } from "./statistics.ts";

/** Files up to this size [bytes] are read at once, for the hash and the decoder together. */
const READ_AT_ONCE = 2 ** 26;

/** Most pixels of a picture that training reads. */
const MAX_PIXELS = 2 ** 27;

/** Beyond this aspect ratio resizing may make a picture too large; training's own decoder is asked. */
const ODD_ASPECT = 100;

/** First bytes of the formats that are read, at a place in the file, as latin-1. */
const SIGNATURES: readonly (readonly [at: number, bytes: string])[] = [
  [0, "\u0089PNG"],
  [0, "\u00ff\u00d8\u00ff"],
  [0, "GIF8"],
  [8, "WEBP"],
  [4, "ftyp"],
  [0, "II*\0"],
  [0, "MM\0*"],
];

/** libvips' names of the same formats. */
const FORMATS = new Set(["jpeg", "png", "webp", "gif", "heif", "tiff"]);

/** What one file holds, and its upright size [pixels]. */
export interface Inspected extends Storage, Size {
  readonly bytes: number;
  /** SHA-256 of the file, or of the pixels where there is no file. */
  readonly hash: string;
  /** Standard deviation of the pixels, 0..127.5. */
  readonly deviation: number;
  readonly outline: readonly [low: number, high: number];
  /** Coarse colours [8, 8, 3]. */
  readonly colours: Uint8Array;
  /** What the decoder complained about while it could go on: parts of such a JPEG are grey or displaced. */
  readonly complaint?: string;
}

/** Why a file cannot be used. */
export interface Uninspected {
  readonly bytes: number;
  readonly kind: BadKind;
  readonly reason: string;
}

/**
 * Reads picture `index` once, as small as its decoder makes it (a JPEG at an eighth of its size): that is enough for hash, blankness and outline, and an
 * incomplete file still fails, since a decoder must read all of a JPEG's entropy-coded data at any scale. Training's own decoder gives the reason.
 *
 * @param size For which training would read it.
 * @param background Colour behind transparent pixels.
 */
export async function inspect(
  source: PictureSource,
  index: number,
  size: Size,
  background: Rgb,
): Promise<Inspected | Uninspected> {
  let bytes = 0;
  try {
    const stored = source.content(index);
    if (!(typeof stored === "string" || stored instanceof Uint8Array))
      return await ofPixels(stored);
    let content = stored;
    if (typeof stored === "string") {
      const file = readSmallFile(stored);
      bytes = file.stats.size;
      content = file.bytes ?? (bytes <= READ_AT_ONCE ? await readFile(stored) : stored);
    } else bytes = stored.length;
    const [hash, picture] = await Promise.all([hashOf(content), ofFile(content, background)]);
    if (Math.max(picture.width / picture.height, picture.height / picture.width) > ODD_ASPECT)
      await source.decode(index, size, background);
    return { bytes, hash, ...picture };
  } catch (error) {
    const reason = await source.decode(index, size, background).then(
      () => firstLine(error),
      (refusal: unknown) => {
        if (!(refusal instanceof MediaError)) throw refusal;
        const name = `${source.files[index]}: `;
        const { message } = refusal;
        return message.startsWith(name) ? message.slice(name.length) : message;
      },
    );
    return { bytes, kind: await kindOf(source, index, error, bytes, reason), reason };
  }
}

/** Whether a picture was readable. */
export function isReadable(found: Inspected | Uninspected): found is Inspected {
  return "hash" in found;
}

type FileFacts = Omit<Inspected, "bytes" | "hash">;
type StoredFacts = Storage & Size;
type Outline = Pick<Inspected, "deviation" | "outline" | "colours" | "complaint">;

async function ofFile(content: string | Uint8Array, background: Rgb): Promise<FileFacts> {
  const stored = typeof content === "string" ? undefined : storedJpeg(content);
  const facts = stored ?? (await storedFile(content));
  return { ...facts, ...(await outlineOfFile(content, facts.format, background)) };
}

/** How a usual JPEG is stored, as the decoder would say; undefined for other files. */
function storedJpeg(content: Uint8Array): StoredFacts | undefined {
  const header = jpegHeader(content);
  if (header === undefined || header.width * header.height > MAX_PIXELS) return undefined;
  const { width, height, grey, profile, orientation } = header;
  return {
    ...(orientation >= 5 ? { width: height, height: width } : { width, height }),
    format: "jpeg",
    space: grey ? "b-w" : "srgb",
    depth: 8,
    alpha: false,
    profile,
    animated: false,
    rotated: orientation > 1,
  };
}

async function storedFile(content: string | Uint8Array): Promise<StoredFacts> {
  const metadata = await sharp(content, {
    failOn: "error",
    limitInputPixels: MAX_PIXELS,
  }).metadata();
  if (!FORMATS.has(metadata.format)) throw new Error(`it is a ${metadata.format} file`);
  const { width, height } = metadata.autoOrient;
  return {
    width,
    height,
    format: metadata.format,
    space: metadata.space,
    depth: bitsOf(metadata),
    alpha: metadata.hasAlpha,
    profile: metadata.hasProfile,
    animated: (metadata.pages ?? 1) > 1,
    rotated: (metadata.orientation ?? 1) > 1,
  };
}

/** Libraries of other formats warn of harmless things, such as a colour profile that they know to be odd. */
async function outlineOfFile(
  content: string | Uint8Array,
  format: string,
  [r, g, b]: Rgb,
): Promise<Outline> {
  const outline = (failOn: "warning" | "error"): Promise<Outline> =>
    outlineOf(
      sharp(content, { failOn, limitInputPixels: MAX_PIXELS })
        .autoOrient()
        .flatten({ background: { r, g, b } }),
    );
  if (format !== "jpeg") return await outline("error");
  try {
    return await outline("warning");
  } catch (error) {
    return { ...(await outline("error")), complaint: firstLine(error) };
  }
}

async function ofPixels({ width, height, data }: Image): Promise<Inspected> {
  return {
    bytes: data.length,
    hash: await hashOf(data),
    width,
    height,
    format: "idx",
    space: "srgb",
    depth: 8,
    alpha: false,
    profile: false,
    animated: false,
    rotated: false,
    ...(await outlineOf(sharp(data, { raw: { width, height, channels: 3 } }))),
  };
}

/** Decoded at twice the size of the hash and then halved: resizing a JPEG that its decoder made small already would shift it by up to a pixel. */
async function outlineOf(picture: Sharp): Promise<Outline> {
  const { data, info } = await picture
    .resize(2 * HASH_SIDE, 2 * HASH_SIDE, { fit: "fill" })
    .toColourspace("srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  const rgb = halved(data, info.channels);
  return { deviation: deviationOf(rgb), outline: perceptualHash(rgb), colours: coarseColours(rgb) };
}

/** Means of 2x2 pixels as RGB, shape [32, 32, 3], of a grey or coloured picture [64, 64, channels]. */
function halved(pixels: Uint8Array, channels: number): Uint8Array {
  const out = new Uint8Array(3 * HASH_SIDE ** 2);
  const row = 2 * HASH_SIDE * channels;
  let to = 0;
  for (let y = 0; y < HASH_SIDE; y++) {
    for (let x = 0; x < HASH_SIDE; x++) {
      for (let channel = 0; channel < 3; channel++) {
        const at = 2 * y * row + 2 * x * channels + (channels < 3 ? 0 : channel);
        const above = (pixels[at] as number) + (pixels[at + channels] as number);
        const below = (pixels[at + row] as number) + (pixels[at + row + channels] as number);
        out[to++] = (above + below + 2) >> 2;
      }
    }
  }
  return out;
}

function bitsOf({ depth, bitsPerSample }: Metadata): number {
  if (bitsPerSample !== undefined) return bitsPerSample;
  return depth === "uchar" ? 8 : depth === "ushort" ? 16 : 32;
}

async function hashOf(content: string | Uint8Array): Promise<string> {
  const hash = createHash("sha256");
  if (typeof content !== "string") return hash.update(content).digest("base64");
  for await (const block of createReadStream(content, { highWaterMark: 2 ** 20 }))
    hash.update(block);
  return hash.digest("base64");
}

async function kindOf(
  source: PictureSource,
  index: number,
  error: unknown,
  bytes: number,
  reason: string,
): Promise<BadKind> {
  const message = firstLine(error);
  if (error instanceof MediaError && /too large/.test(error.message)) return "too-large";
  if (error instanceof MediaError || (error instanceof Error && "syscall" in error))
    return "unreadable";
  if (bytes === 0) return "empty";
  if (/pixel limit/i.test(message) || /too large/.test(reason)) return "too-large";
  const content = source.content(index) as string | Uint8Array;
  if (typeof content === "string" && bytes > READ_AT_ONCE) return "damaged";
  const file = Buffer.from(typeof content === "string" ? await readFile(content) : content);
  const isKnown = SIGNATURES.some(
    ([at, signature]) => file.toString("latin1", at, at + signature.length) === signature,
  );
  if (!isKnown) return "not-a-picture";
  return endsEarly(file, reason) ? "truncated" : "damaged";
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.trim().split("\n", 1)[0] ?? "";
}
