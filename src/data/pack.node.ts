import type { FileHandle } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { DatasetError, MediaError } from "../base/errors.ts";
import { resolutionOf, type Size } from "../base/size.ts";
import type { Rgb } from "../media/image.ts";
import { windowPlanes } from "../media/planes.ts";
import { throwIfCancelled } from "./cancel.ts";
import { type Crops, cropWindows } from "./crops.ts";
import type { SkippedFile } from "./dataset.ts";
import {
  INDEX_FILE,
  openPacked,
  PACK_VERSION,
  type PackIndex,
  PICTURES_FILE,
  pictureBytes,
} from "./packed.node.ts";
import { mapParallel } from "./parallel.ts";
import type { PictureSource } from "./source.ts";
import { writeFolder, writeSynced } from "./write-whole.node.ts";

/** What is packed, and how. */
export interface PackJob {
  readonly source: PictureSource;
  /** Path of the source, for messages. */
  readonly sourcePath: string;
  readonly contentHash: string;
  /** Size of the pictures. */
  readonly size: Size;
  readonly crops: Crops;
  readonly background: Rgb;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((done: number, total: number) => void) | undefined;
}

/** Pictures are written in the order of their names, so they wait for each other: at most so many bytes (of one crop each) and files. */
const CHUNK_BYTES = 2 ** 26;
const CHUNK_FILES = 512;

/** Pictures decoded at once. libuv has 4 threads unless told otherwise; the rest keeps them busy. */
const LANES = Math.min(8, 2 * availableParallelism());

/**
 * Decodes, crops and packs all pictures into `folder`. It appears whole or not at all, and several processes may make it at once.
 *
 * @throws {DatasetError} if fewer than two files can be read or the folder cannot be written.
 * @throws {CancelledError} if the signal stopped it.
 */
export async function writePacked(folder: string, job: PackJob): Promise<void> {
  const write = async (unfinished: string): Promise<void> => {
    const index = await writeSynced(join(unfinished, PICTURES_FILE), (output) =>
      writePictures(output, job),
    );
    await writeSynced(join(unfinished, INDEX_FILE), (output) =>
      output.writeFile(JSON.stringify(index)),
    );
  };
  await writeFolder(folder, write, async () => {
    const other = await openPacked(folder, job.contentHash).catch(() => undefined);
    other?.close();
    return other !== undefined;
  });
}

/** Crops of one file as planes [3, height, width] each, or why there are none. */
type Decoded =
  | { readonly crops: readonly Uint8Array[]; readonly enlarged: boolean }
  | { readonly reason: string };

async function writePictures(output: FileHandle, job: PackJob): Promise<PackIndex> {
  const { source, size, signal, onProgress } = job;
  const chunkFiles = Math.min(
    CHUNK_FILES,
    Math.max(LANES, Math.floor(CHUNK_BYTES / pictureBytes(size))),
  );
  const total = source.files.length;
  const files: string[] = [];
  const labels: number[] = [];
  const skipped: SkippedFile[] = [];
  let enlarged = 0;
  let crc = 0;
  let done = 0;
  for (let from = 0; from < total; from += chunkFiles) {
    const numbers = Array.from({ length: Math.min(chunkFiles, total - from) }, (_, i) => from + i);
    const chunk = await mapParallel(numbers, LANES, async (number) => {
      throwIfCancelled(signal);
      const decoded = await decodeCrops(job, number);
      onProgress?.(++done, total);
      return decoded;
    });
    for (const [i, decoded] of chunk.entries()) {
      const file = source.files[from + i] as string;
      if ("reason" in decoded) {
        skipped.push({ file, reason: decoded.reason });
        continue;
      }
      if (decoded.enlarged) enlarged++;
      for (const crop of decoded.crops) {
        files.push(file);
        labels.push(source.labels?.[from + i] ?? 0);
        crc = crc32(crop, crc);
      }
    }
    await output.writeFile(
      Buffer.concat(chunk.flatMap((decoded) => ("crops" in decoded ? decoded.crops : []))),
    );
  }
  checkReadable(job, skipped);
  return {
    version: PACK_VERSION,
    contentHash: job.contentHash,
    source: job.sourcePath,
    resolution: resolutionOf(size),
    count: files.length,
    crc32: crc,
    classes: [...source.classes],
    labels: source.labels ? labels : null,
    files,
    skipped,
    enlarged,
  };
}

async function decodeCrops(
  { source, size, crops, background }: PackJob,
  number: number,
): Promise<Decoded> {
  try {
    const image = await source.decode(number, size, background);
    const { original } = image;
    return {
      crops: cropWindows(image, size, crops).map((corner) => windowPlanes(image, corner, size)),
      enlarged: original.width < size.width || original.height < size.height,
    };
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    const name = `${source.files[number]}: `;
    return {
      reason: error.message.startsWith(name) ? error.message.slice(name.length) : error.message,
    };
  }
}

function checkReadable({ source, sourcePath }: PackJob, skipped: readonly SkippedFile[]): void {
  const readable = source.files.length - skipped.length;
  if (readable >= 2) return;
  const [first] = skipped;
  const example = first ? ` For example ${first.file}: ${first.reason}` : " Add more pictures.";
  const problem =
    readable === 0
      ? `none of ${source.files.length} pictures can be read`
      : `only 1 of ${source.files.length} pictures can be read`;
  throw new DatasetError(
    first
      ? `${sourcePath}: ${problem}, expected at least 2.${example}`
      : `${sourcePath}: there is only 1 picture, expected at least 2.${example}`,
  );
}
