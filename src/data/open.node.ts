import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ConfigError, DatasetError } from "../base/errors.ts";
import { type Resolution, resolutionOf, type Size, sizeOfResolution } from "../base/size.ts";
import type { Rgb } from "../media/image.ts";
import { defaultCacheDir } from "./cache-dir.node.ts";
import { throwIfCancelled } from "./cancel.ts";
import type { Crops } from "./crops.ts";
import type { Dataset } from "./dataset.ts";
import { FileHashes } from "./file-hashes.node.ts";
import { openFolder } from "./folder.node.ts";
import { IDX_IMAGES, openIdx } from "./idx.node.ts";
import { openPack } from "./open-pack.node.ts";
import { writePacked } from "./pack.node.ts";
import { openPacked, PACK_VERSION } from "./packed.node.ts";
import type { PictureSource } from "./source.ts";
import { openZip } from "./zip.node.ts";

/** How a data set is opened. */
export interface DatasetOptions {
  /** Size of the pictures: the side of squares, or width x height such as "96x64"; sides are multiples of 4 from 8 to 1024. */
  readonly resolution: Resolution;
  /**
   * Crops of each picture, evenly spread along the side that is longer than theirs: 1 to 64, or `"auto"`: 1 below 1.3 times their side, else as many
   * as it is times as long, rounded up, at most 3.
   *
   * @default "auto"
   */
  readonly crops?: Crops;
  /** Colour behind transparent pixels. @default white */
  readonly background?: Rgb;
  /** Folder for packed pictures. @default `GANBOX_CACHE`, else `ganbox` in the system's cache folder */
  readonly cacheDir?: string;
  /** Stops the preparation. */
  readonly signal?: AbortSignal;
  /** Told about each file that was decoded. Not called when the cache is used. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Most crops of one picture. */
const MAX_CROPS = 64;

/**
 * Opens a folder of pictures (with sub-folders), a .zip file of them, or an IDX file as 8-bit RGB pictures of one size.
 *
 * Pictures are decoded, cropped, resized and packed into one raw file in the cache folder; the next opening of the same content with the same
 * options uses that file, and training goes on without the source. If all pictures lie in two or more sub-folders, these are the classes.
 * Unreadable files are skipped and listed.
 *
 * @param source Path of the folder or file.
 * @throws {ConfigError} if an option is out of range.
 * @throws {DatasetError} if the source is missing or holds fewer than two readable pictures, or the cache folder cannot be written.
 * @throws {CancelledError} if `signal` stopped it.
 */
export async function openDataset(source: string, options: DatasetOptions): Promise<Dataset> {
  const { crops = "auto", background = [255, 255, 255], signal, onProgress } = options;
  const size = sizeOfResolution(options.resolution);
  checkOptions(size, crops, background);
  throwIfCancelled(signal);
  const cacheDir = options.cacheDir ?? defaultCacheDir();
  const pictures = await openSource(source);
  const hashes = await FileHashes.open(cacheDir, resolve(source));
  const contentHash = createHash("sha256")
    .update(JSON.stringify([PACK_VERSION, resolutionOf(size), crops, background]))
    .update(await fingerprint(source, pictures, hashes, signal))
    .digest("hex");
  await hashes.save();

  const folder = join(cacheDir, "datasets", contentHash.slice(0, 32));
  const job = {
    source: pictures,
    sourcePath: source,
    contentHash,
    size,
    crops,
    background,
    signal,
    onProgress,
  };
  const { pack, warnings } = await openPack(folder, {
    what: "pictures",
    open: () => openPacked(folder, contentHash),
    write: () => writePacked(folder, job),
  });
  pack.warnings.push(...pictures.warnings, ...warnings);
  return pack;
}

function checkOptions(size: Size, crops: Crops, background: Rgb): void {
  if ([size.width, size.height].some((side) => side < 8 || side > 1024 || side % 4 !== 0)) {
    throw new ConfigError(
      `resolution: got ${resolutionOf(size)}, expected multiples of 4 from 8 to 1024. Powers of 2 from 32 to 256 are usual.`,
    );
  }
  if (crops !== "auto" && (!Number.isInteger(crops) || crops < 1 || crops > MAX_CROPS)) {
    throw new ConfigError(
      `crops: got ${crops}, expected "auto" or a whole number from 1 to ${MAX_CROPS}.`,
    );
  }
  if (
    background.length !== 3 ||
    !background.every((value) => Number.isInteger(value) && value >= 0 && value <= 255)
  ) {
    throw new ConfigError(
      `background: got [${background.join(", ")}], expected red, green and blue as whole numbers from 0 to 255.`,
    );
  }
}

/**
 * Finds out what `path` is and lists its pictures.
 *
 * @throws {DatasetError} if it does not exist, holds no pictures, or has a file of labels that is damaged or names pictures that are not there.
 */
export async function openSource(path: string): Promise<PictureSource> {
  const stats = await stat(path).catch((cause: Error) => {
    throw new DatasetError(
      `${path}: the data set cannot be opened (${cause.message}), expected a folder, a .zip file or an IDX file. Check the path.`,
      { cause },
    );
  });
  if (stats.isDirectory()) return await openFolder(path);
  if (path.toLowerCase().endsWith(".zip")) return await openZip(path);
  if (IDX_IMAGES.test(path)) return await openIdx(path);
  throw new DatasetError(
    `${path}: a single file is no data set, expected a folder of pictures, a .zip file or an IDX file (…idx3-ubyte, …idx3-ubyte.gz). ` +
      "Put at least 2 pictures into a folder and give its path.",
  );
}

async function fingerprint(
  path: string,
  source: PictureSource,
  hashes: FileHashes,
  signal: AbortSignal | undefined,
): Promise<string> {
  try {
    return await source.fingerprint(hashes, signal);
  } catch (cause) {
    if (!(cause instanceof Error && "syscall" in cause)) throw cause;
    throw new DatasetError(
      `${path}: the data set cannot be read (${cause.message}). Check the file's permissions.`,
      { cause },
    );
  }
}
