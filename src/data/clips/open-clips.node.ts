import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import type { Rgb } from "../../media/image.ts";
import { defaultCacheDir } from "../cache-dir.node.ts";
import { throwIfCancelled } from "../cancel.ts";
import type { SkippedFile } from "../dataset.ts";
import { FileHashes } from "../file-hashes.node.ts";
import { openPack } from "../open-pack.node.ts";
import { ClipDataset, type ClipShape, checkClipShape } from "./clip-dataset.ts";
import { type ClipFile, listClipFiles } from "./clip-files.node.ts";
import { CLIP_PACK_VERSION, PackedFrames } from "./clip-pack.node.ts";
import { writeClips } from "./write-clips.node.ts";

/** How a folder of films is opened. */
export interface ClipOptions {
  /** Size of the frames [pixels]: films are scaled to cover it, and what sticks out is cut off evenly. */
  readonly width: number;
  readonly height: number;
  /** Frames a second that films are read at; numbered frames are taken to follow each other at this rate. @default 12 */
  readonly fps?: number;
  /** Length of a clip [s]. @default 2 */
  readonly seconds?: number;
  /** From the begin of a clip to that of the next [s]. @default half a clip */
  readonly stride?: number;
  /** Frames of a clip that are shown together, 2 to 16. @default 3 */
  readonly frames?: number;
  /** Colour behind transparent pixels. @default white */
  readonly background?: Rgb;
  /** Folder for packed frames. @default `GANBOX_CACHE`, else `ganbox` in the system's cache folder */
  readonly cacheDir?: string;
  /** Stops the preparation. */
  readonly signal?: AbortSignal;
  /** Told about each film that was read. Not called when the cache is used. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Opens a folder of films (with sub-folders), of animated GIF or WebP, of folders with numbered frames, or one film, as clips. Single pictures beside
 * them are examples without motion.
 *
 * Films are decoded frame by frame, cut into scenes, and packed into one raw file in the cache folder; the next opening of the same content with the
 * same size and rate uses that file. If all films lie in two or more sub-folders, these are the classes. Unreadable files are skipped and listed.
 *
 * @param source Path of the folder or film.
 * @throws {ConfigError} if an option is out of range.
 * @throws {DatasetError} if there are no usable films, or the cache folder cannot be written.
 * @throws {CancelledError} if `signal` stopped it.
 */
export async function openClips(source: string, options: ClipOptions): Promise<ClipDataset> {
  const { width, height, fps = 12, seconds = 2, frames = 3, signal, onProgress } = options;
  const { background = [255, 255, 255], cacheDir = defaultCacheDir() } = options;
  const shape: ClipShape = { seconds, stride: options.stride ?? seconds / 2, frames };
  checkClipShape(shape, fps);
  throwIfCancelled(signal);
  const listed = await listClipFiles(source);
  const { files, repeated, fingerprint } = await identify(listed, cacheDir, source, signal);
  const contentHash = hashOf([CLIP_PACK_VERSION, width, height, fps, background], fingerprint);
  const folder = join(cacheDir, "clips", contentHash.slice(0, 32));
  const job = {
    files,
    repeated,
    source,
    contentHash,
    width,
    height,
    fps,
    background,
    signal,
    onProgress,
  };
  const { pack, warnings } = await openPack(folder, {
    what: "frames",
    open: () => PackedFrames.open(folder, contentHash),
    write: () => writeClips(folder, job),
  });
  const dataset = new ClipDataset(pack, shape, hashOf(shape, contentHash));
  dataset.warnings.push(...warnings);
  return dataset;
}

const hashOf = (options: unknown, text: string): string =>
  createHash("sha256").update(JSON.stringify(options)).update(text).digest("hex");

/** Files by their content: each content once, and a text of all names and hashes, where equal texts mean equal data. */
async function identify(
  listed: readonly ClipFile[],
  cacheDir: string,
  source: string,
  signal: AbortSignal | undefined,
): Promise<{ files: ClipFile[]; repeated: SkippedFile[]; fingerprint: string }> {
  const hashes = await FileHashes.open(cacheDir, resolve(source));
  const known = new Map<string, string>();
  const files: ClipFile[] = [];
  const repeated: SkippedFile[] = [];
  const lines: string[] = [];
  for (const file of listed) {
    const { name, kind, paths } = file;
    const contents: string[] = [];
    for (const [i, path] of paths.entries()) {
      throwIfCancelled(signal);
      // Reading a file that cannot be hashed will say why.
      contents.push(await hashes.hash(`${name}#${i}`, path).catch(() => `unreadable ${name}`));
    }
    const content = contents.join("\n");
    const same = known.get(content);
    if (same === undefined) files.push(file);
    else repeated.push({ file: name, reason: `it has the content of ${same}` });
    known.set(content, same ?? name);
    lines.push(`${kind} ${name}`, content);
  }
  await hashes.save();
  return { files, repeated, fingerprint: lines.join("\n") };
}
