import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { ConfigError, DatasetError } from "../base/errors.ts";
import { type Resolution, type Size, sizeOfResolution } from "../base/size.ts";
import { checkSource } from "../data/doctor/check.node.ts";
import { reportPage, shownFiles } from "../data/doctor/page.ts";
import { type Prepared, prepareSource } from "../data/doctor/prepare.node.ts";
import type { DataReport } from "../data/doctor/report.ts";
import { thumbnailsOf } from "../data/doctor/thumbnails.node.ts";
import { openSource } from "../data/open.node.ts";
import type { Rgb } from "../media/image.ts";

export type { LeftOut, Prepared } from "../data/doctor/prepare.node.ts";
export type {
  Advice,
  BadFile,
  DataReport,
  DuplicateGroup,
  Finding,
} from "../data/doctor/report.ts";

/** How a data set is checked. */
export interface CheckOptions {
  /** Size of the pictures that training is to use: the side of squares, or "96x64" for width x height; 8 to 1024 [pixels]. @default 64 */
  readonly resolution?: Resolution;
  /** Colour behind transparent pixels. @default white */
  readonly background?: Rgb;
  /** Folder that gets `report.html` and `report.json`; made if it does not exist. @default nothing is written */
  readonly outputDir?: string;
  /** Stops it. */
  readonly signal?: AbortSignal;
  /** Told what is being done and how far it is. */
  readonly onProgress?: (stage: string, done: number, total: number) => void;
}

/** How a clean copy is made. */
export interface PrepareOptions {
  /** Takes the middle of each picture at this size: the side of squares, or "96x64" for width x height; 8 to 1024 [pixels]; smaller pictures are left out. @default whole pictures */
  readonly resolution?: Resolution;
  /** Leaves out near copies too. @default false */
  readonly near?: boolean;
  /** Colour behind transparent pixels. @default white */
  readonly background?: Rgb;
  /** Stops it; nothing is left behind. */
  readonly signal?: AbortSignal;
  /** Told what is being done and how far it is. */
  readonly onProgress?: (stage: string, done: number, total: number) => void;
}

/** Resolution for which pictures are judged unless told otherwise: that of training. */
const RESOLUTION = 64;

const WHITE: Rgb = [255, 255, 255];

/**
 * Reads every picture of a folder, .zip archive or IDX file once and says what is wrong and what is worth knowing: files that cannot be used, sizes, colours,
 * copies, blank pictures, classes, and for which family there are enough. Nothing of the source is changed.
 *
 * @throws {ConfigError} if the resolution is out of range.
 * @throws {DatasetError} if the source is missing, holds no pictures, has a file of labels that does not fit, or the report cannot be written.
 * @throws {CancelledError} if `signal` stopped it.
 */
export async function checkData(source: string, options: CheckOptions = {}): Promise<DataReport> {
  const { resolution = RESOLUTION, background = WHITE, outputDir, signal, onProgress } = options;
  const size = checkedSize(resolution);
  const path = resolve(source);
  const pictures = await openSource(source);
  const report = await checkSource({
    source: pictures,
    path,
    size,
    background,
    signal,
    onProgress,
  });
  if (outputDir !== undefined) {
    const thumbnails = await thumbnailsOf(pictures, shownFiles(report));
    const page = reportPage(report, basename(path), thumbnails);
    try {
      await mkdir(outputDir, { recursive: true });
      await writeWhole(join(outputDir, "report.json"), `${JSON.stringify(report, null, 2)}\n`);
      await writeWhole(join(outputDir, "report.html"), page);
    } catch (cause) {
      throw new DatasetError(
        `${outputDir}: the report cannot be written (${(cause as Error).message}). Choose another folder, or check its permissions.`,
        { cause },
      );
    }
  }
  return report;
}

/**
 * Writes a clean copy of a data set: 8-bit sRGB PNGs, upright, without alpha, with the classes of the original. Files that cannot be used, JPEGs that are damaged
 * inside, blank pictures and copies are left out. The copy appears whole or not at all; nothing of the source is changed.
 *
 * @param folder Of the copy: must not exist, or be empty.
 * @throws {ConfigError} if the resolution is out of range, or `folder` lies in the source.
 * @throws {DatasetError} if the source cannot be used, an archive has names that point outside it, or `folder` is not empty or cannot be written.
 * @throws {CancelledError} if `signal` stopped it.
 */
export async function prepareData(
  source: string,
  folder: string,
  options: PrepareOptions = {},
): Promise<Prepared> {
  const { resolution, near = false, background = WHITE, signal, onProgress } = options;
  const size = resolution === undefined ? undefined : checkedSize(resolution);
  const pictures = await openSource(source);
  return await prepareSource({
    source: pictures,
    path: resolve(source),
    folder: resolve(folder),
    size,
    near,
    background,
    signal,
    onProgress,
  });
}

function checkedSize(resolution: Resolution): Size {
  const size = sizeOfResolution(resolution);
  if ([size.width, size.height].every((side) => side >= 8 && side <= 1024)) return size;
  throw new ConfigError(
    `resolution: got ${resolution}, expected whole numbers from 8 to 1024, such as 64 or 96x64.`,
  );
}

async function writeWhole(path: string, text: string): Promise<void> {
  const partial = `${path}.partial`;
  try {
    await writeFile(partial, text);
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
}
