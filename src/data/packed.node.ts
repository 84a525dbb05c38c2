import { join } from "node:path";
import { z } from "zod";
import { formatSize, type Size, sizeOfResolution } from "../base/size.ts";
import { mirrorPlanes } from "../media/planes.ts";
import type { Dataset, Reading, SkippedFile } from "./dataset.ts";
import { DamagedPack, RawItems, readIndex } from "./raw-items.node.ts";

/** Version of the packed form. A change of the pixels or of the index makes a new one. */
export const PACK_VERSION = 1;

/** Name of the file with the pixels, in the folder of a packed data set. */
export const PICTURES_FILE = "pictures.u8";
/** Name of the file that describes them. */
export const INDEX_FILE = "index.json";

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
  memoryLimit?: number,
): Promise<PackedDataset | undefined> {
  const index = await readIndex(join(folder, INDEX_FILE), indexSchema);
  if (index === undefined) return undefined;
  const { count, crc32, labels, files, resolution } = index;
  const labelled = labels === null || labels.length === count;
  if (index.contentHash !== contentHash || files.length !== count || !labelled)
    throw new DamagedPack("the index does not match");
  const itemBytes = pictureBytes(sizeOfResolution(resolution));
  const shape = { what: "pictures", count, itemBytes, crc32 };
  const pictures = await RawItems.open(join(folder, PICTURES_FILE), shape, memoryLimit);
  return new PackedDataset(index, pictures);
}

/** Bytes of one picture. */
export function pictureBytes({ width, height }: Size): number {
  return 3 * width * height;
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
  readonly #pictures: RawItems;

  constructor(index: PackIndex, pictures: RawItems) {
    const { width, height } = sizeOfResolution(index.resolution);
    this.count = index.count;
    this.width = width;
    this.height = height;
    this.classes = index.classes;
    this.labels = index.labels ? Uint16Array.from(index.labels) : undefined;
    this.files = index.files;
    this.skipped = index.skipped;
    this.contentHash = index.contentHash;
    this.#pictures = pictures;
    this.warnings.push(...warningsOf(index));
  }

  read(index: number, out: Uint8Array, offset: number, { flip }: Pick<Reading, "flip">): void {
    const picture = this.#pictures.read(index);
    if (flip) mirrorPlanes(picture, this.width, out, offset);
    else out.set(picture, offset);
  }

  close(): void {
    this.#pictures.close();
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
