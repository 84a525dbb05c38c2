import { closeSync, constants, openSync, readSync } from "node:fs";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { z } from "zod";
import { invariant } from "../base/errors.ts";
import { formatSize, type Size, sizeOfResolution } from "../base/size.ts";
import { mirrorPlanes } from "../media/planes.ts";
import type { Dataset, Reading, SkippedFile } from "./dataset.ts";

/** Version of the packed form. A change of the pixels or of the index makes a new one. */
export const PACK_VERSION = 1;

/** Name of the file with the pixels, in the folder of a packed data set. */
export const PICTURES_FILE = "pictures.u8";
/** Name of the file that describes them. */
export const INDEX_FILE = "index.json";

/** Packed pictures up to this size [bytes] are held in memory. */
const MEMORY_LIMIT = 2 ** 30;

/** Bytes read at a time when checking a file. */
const BLOCK = 2 ** 23;

const indexSchema = z.object({
  version: z.literal(PACK_VERSION),
  contentHash: z.string(),
  /** Path the pictures came from, for people who clear the cache. */
  source: z.string(),
  /** Side of a square, or width x height. */
  resolution: z.union([z.number().int().positive(), z.string().regex(/^[1-9]\d*x[1-9]\d*$/)]),
  count: z.number().int().positive(),
  /** CRC-32 of the pictures file. */
  crc32: z.number(),
  classes: z.array(z.string()),
  labels: z.array(z.number()).nullable(),
  files: z.array(z.string()),
  skipped: z.array(z.object({ file: z.string(), reason: z.string() })),
  /** Files that are smaller than the pictures. */
  enlarged: z.number(),
});

/** What is known about the pictures file: the JSON beside it. */
export type PackIndex = z.infer<typeof indexSchema>;

/** A packed data set that cannot be used as it is. */
export class DamagedPack extends Error {}

/**
 * Opens the packed data set in `folder`: the raw file [count, 3, height, width] of bytes and its JSON index.
 *
 * @param memoryLimit A larger file [bytes] is not held in memory but read picture by picture. @default 1 GiB
 * @returns undefined if there is none.
 * @throws {DamagedPack} if size, checksum or index are wrong.
 */
export async function openPacked(
  folder: string,
  contentHash: string,
  memoryLimit = MEMORY_LIMIT,
): Promise<PackedDataset | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, INDEX_FILE), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new DamagedPack(`the index cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const index = parseIndex(text, contentHash);
  const path = join(folder, PICTURES_FILE);
  const size = index.count * pictureBytes(sizeOfResolution(index.resolution));
  const inMemory = size <= memoryLimit;
  const pixels = await readChecked(path, size, index.crc32, inMemory).catch((error: Error) => {
    throw error instanceof DamagedPack
      ? error
      : new DamagedPack(`the pictures cannot be read: ${error.message}`, { cause: error });
  });
  return new PackedDataset(index, pixels ?? openSync(path, constants.O_RDONLY));
}

/** Bytes of one picture. */
export function pictureBytes({ width, height }: Size): number {
  return 3 * width * height;
}

function parseIndex(text: string, contentHash: string): PackIndex {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new DamagedPack("the index is no JSON", { cause });
  }
  const parsed = indexSchema.safeParse(json);
  if (!parsed.success)
    throw new DamagedPack(`the index is not valid: ${z.prettifyError(parsed.error)}`);
  const { data: index } = parsed;
  const labelled = index.labels === null || index.labels.length === index.count;
  if (index.contentHash !== contentHash || index.files.length !== index.count || !labelled)
    throw new DamagedPack("the index does not match");
  return index;
}

/** Reads the whole file once to check it, keeping the bytes if asked to. */
async function readChecked(
  path: string,
  size: number,
  expected: number,
  keep: boolean,
): Promise<Uint8Array | undefined> {
  const file: FileHandle = await open(path, "r");
  try {
    const actual = (await file.stat()).size;
    if (actual !== size)
      throw new DamagedPack(`the pictures take ${actual} bytes, expected ${size}`);
    const kept = keep ? new Uint8Array(size) : undefined;
    const scratch = new Uint8Array(keep ? 0 : Math.min(BLOCK, size));
    let crc = 0;
    for (let at = 0; at < size; ) {
      const block = kept
        ? kept.subarray(at, at + BLOCK)
        : scratch.subarray(0, Math.min(BLOCK, size - at));
      const { bytesRead } = await file.read(block, 0, block.length, at);
      if (bytesRead === 0)
        throw new DamagedPack(`the pictures end after ${at} bytes, expected ${size}`);
      crc = crc32(block.subarray(0, bytesRead), crc);
      at += bytesRead;
    }
    if (crc !== expected) throw new DamagedPack("the pictures' checksum is wrong");
    return kept;
  } finally {
    await file.close();
  }
}

/** A data set in its packed form. */
export class PackedDataset implements Dataset {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  /** Red, green and blue. */
  readonly channels = 3;
  /** Pictures have none. */
  readonly facts = 0;
  readonly classes: readonly string[];
  readonly labels: Uint16Array | undefined;
  readonly files: readonly string[];
  readonly skipped: readonly SkippedFile[];
  readonly contentHash: string;
  readonly warnings: string[] = [];
  /** All pictures, or the descriptor of their file; undefined once closed. */
  #pixels: Uint8Array | number | undefined;
  readonly #picture: Uint8Array;

  constructor(index: PackIndex, pixels: Uint8Array | number) {
    const { width, height } = sizeOfResolution(index.resolution);
    this.count = index.count;
    this.width = width;
    this.height = height;
    this.classes = index.classes;
    this.labels = index.labels ? Uint16Array.from(index.labels) : undefined;
    this.files = index.files;
    this.skipped = index.skipped;
    this.contentHash = index.contentHash;
    this.#pixels = pixels;
    this.#picture = new Uint8Array(pictureBytes(this));
    this.warnings.push(...warningsOf(index));
  }

  read(index: number, out: Uint8Array, offset: number, { flip }: Pick<Reading, "flip">): void {
    const picture = this.#load(index);
    if (flip) mirrorPlanes(picture, this.width, out, offset);
    else out.set(picture, offset);
  }

  close(): void {
    if (typeof this.#pixels === "number") closeSync(this.#pixels);
    this.#pixels = undefined;
  }

  #load(index: number): Uint8Array {
    invariant(this.#pixels !== undefined, "the data set was read after it was closed");
    invariant(
      Number.isInteger(index) && index >= 0 && index < this.count,
      `picture ${index} of ${this.count} does not exist`,
    );
    const size = this.#picture.length;
    if (typeof this.#pixels !== "number")
      return this.#pixels.subarray(index * size, (index + 1) * size);
    for (let at = 0; at < size; ) {
      const bytes = readSync(this.#pixels, this.#picture, at, size - at, index * size + at);
      invariant(bytes > 0, `the packed file ends inside picture ${index}`);
      at += bytes;
    }
    return this.#picture;
  }
}

/** Most skipped files that a warning names. */
const NAMED_FILES = 5;

function warningsOf({ skipped, enlarged, resolution }: PackIndex): string[] {
  const warnings: string[] = [];
  if (skipped.length > 0) {
    const named = skipped.slice(0, NAMED_FILES).map(({ file, reason }) => `${file}: ${reason}`);
    const more = skipped.length > NAMED_FILES ? [`and ${skipped.length - NAMED_FILES} more`] : [];
    warnings.push(
      `${skipped.length} unreadable files were skipped:\n${[...named, ...more].map((line) => `  ${line}`).join("\n")}`,
    );
  }
  if (enlarged > 0)
    warnings.push(
      `${enlarged} pictures are smaller than ${formatSize(sizeOfResolution(resolution))} and were enlarged: they look soft.`,
    );
  return warnings;
}
