import { mkdir, mkdtemp, readdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, dirname, extname, isAbsolute, join, relative } from "node:path";
import { ConfigError, DatasetError, MediaError } from "../../base/errors.ts";
import { formatSize, type Resolution, resolutionOf, type Size } from "../../base/size.ts";
import { middleOf } from "../../media/crop.ts";
import { decodeImage, encodePng, IMAGE_EXTENSIONS } from "../../media/image.node.ts";
import type { Image, Rgb } from "../../media/image.ts";
import { throwIfCancelled } from "../cancel.ts";
import { mapParallel } from "../parallel.ts";
import type { PictureSource } from "../source.ts";
import { checkSource } from "./check.node.ts";
import { pointsOutside } from "./outside.ts";
import type { DataReport } from "./report.ts";

/** Pictures decoded at once, as when they are packed. */
const LANES = Math.min(8, 2 * availableParallelism());

/** Size for which pictures are judged where none is asked for: nothing is left out by it. */
const USUAL_SIZE: Size = { width: 64, height: 64 };

/** What Windows does not take in a name; a tab or line break helps nobody either. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ODD = /[\u0000-\u001f<>:"|?*\\#]/g;

/** What is copied, and how. */
export interface PrepareJob {
  readonly source: PictureSource;
  /** Absolute path of the source. */
  readonly path: string;
  /** Absolute path of the copy. */
  readonly folder: string;
  /** Size of the pictures; undefined for whole ones. */
  readonly size: Size | undefined;
  /** Leaves out near copies too. */
  readonly near: boolean;
  readonly background: Rgb;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((stage: string, done: number, total: number) => void) | undefined;
}

/** A picture that is not in the copy. */
export interface LeftOut {
  /** Path inside the data set, with `/`. */
  readonly file: string;
  readonly why: "bad" | "damaged inside" | "blank" | "too small" | "exact copy" | "near copy";
  /** What is wrong with it, or which picture it copies. */
  readonly detail: string;
}

/** What a clean copy holds; `prepared.json` in it says the same. */
export interface Prepared {
  readonly version: 1;
  /** Absolute path of the original. */
  readonly source: string;
  /** Absolute path of the copy. */
  readonly folder: string;
  /** Side of squares, or width x height [pixels]; null if pictures are whole. */
  readonly resolution: Resolution | null;
  /** Pictures in the copy. */
  readonly pictures: number;
  readonly leftOut: readonly LeftOut[];
}

/**
 * Writes a clean copy. It appears whole or not at all.
 *
 * @throws {ConfigError} if the folder lies in the source.
 * @throws {DatasetError} if the folder is not empty or cannot be written, names point outside it, or nothing is left.
 * @throws {CancelledError} if the signal stopped it.
 */
export async function prepareSource(job: PrepareJob): Promise<Prepared> {
  const { source, path, folder, size, background, signal, onProgress } = job;
  await checkFolder(job);
  const report = await checkSource({
    source,
    path,
    size: size ?? USUAL_SIZE,
    background,
    signal,
    onProgress,
  });
  const leftOut = leftOutOf(report, job);
  const out = new Set(leftOut.map(({ file }) => file));
  const kept = [...source.files.keys()].filter((i) => !out.has(source.files[i] as string));
  if (kept.length === 0) {
    throw new DatasetError(
      `${path}: no picture is left of ${source.files.length} (${leftOut[0]?.file}: ${leftOut[0]?.detail}), expected at least 1. \`ganbox data check\` says what is wrong with each.`,
    );
  }
  const prepared: Prepared = {
    version: 1,
    source: path,
    folder,
    resolution: size === undefined ? null : resolutionOf(size),
    pictures: kept.length,
    leftOut,
  };
  let unfinished: string | undefined;
  try {
    await mkdir(dirname(folder), { recursive: true });
    unfinished = await mkdtemp(join(dirname(folder), `.${basename(folder)}-unfinished-`));
    await writePictures(job, kept, unfinished);
    await writeFile(join(unfinished, "prepared.json"), `${JSON.stringify(prepared, null, 2)}\n`);
    await rmdir(folder).catch(() => {}); // an empty one; any other makes the next line fail
    await rename(unfinished, folder);
    return prepared;
  } catch (cause) {
    if (!(cause instanceof Error && "syscall" in cause)) throw cause;
    throw new DatasetError(
      `${folder}: the copy cannot be written (${cause.message}). Free space, check the permissions, or choose another folder.`,
      { cause },
    );
  } finally {
    if (unfinished !== undefined) await rm(unfinished, { recursive: true, force: true });
  }
}

/** Before anything is read: where the copy goes, and that names stay in it. */
async function checkFolder({ source, path, folder }: PrepareJob): Promise<void> {
  const way = relative(path, folder);
  if (way === "" || !(way.startsWith("..") || isAbsolute(way))) {
    throw new ConfigError(
      `--out: ${folder} lies in the data set ${path}, expected a folder outside it. Nothing in the data set is changed.`,
    );
  }
  const inside = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new DatasetError(
      `${folder}: the copy cannot be made there (${error.message}), expected a new or empty folder. Choose another one.`,
      { cause: error },
    );
  });
  if (inside.length > 0) {
    throw new DatasetError(
      `${folder}: the folder is not empty (${inside.length} entries), expected a new or empty one. Choose another one; nothing was changed.`,
    );
  }
  const outside = source.files.filter(pointsOutside);
  if (outside.length > 0) {
    throw new DatasetError(
      `${path}: ${outside.length} names point outside the folder that they would be copied to (${outside.slice(0, 3).join(", ")}), expected names below it. ` +
        "Do not trust this archive; nothing was written.",
    );
  }
}

/** Every file that is not copied, once, with the first reason that applies. */
function leftOutOf(report: DataReport, { near, size }: PrepareJob): LeftOut[] {
  const all: LeftOut[] = [
    ...report.bad.map(({ file, reason }): LeftOut => ({ file, why: "bad", detail: reason })),
    ...report.suspect.map(
      ({ file, reason }): LeftOut => ({ file, why: "damaged inside", detail: reason }),
    ),
    ...report.blank.map(
      ({ file, deviation }): LeftOut => ({
        file,
        why: "blank",
        detail: `almost one colour, standard deviation ${deviation}`,
      }),
    ),
    ...(size === undefined ? [] : report.small).map(
      ({ file, width, height }): LeftOut => ({
        file,
        why: "too small",
        detail: `${width}x${height}, expected at least ${formatSize(size ?? USUAL_SIZE)}`,
      }),
    ),
  ];
  const out = new Set(all.map(({ file }) => file));
  const copies = (groups: readonly { files: readonly string[] }[], why: LeftOut["why"]): void => {
    for (const { files } of groups) {
      const [original, ...others] = files.filter((file) => !out.has(file));
      for (const file of others) {
        out.add(file);
        all.push({ file, why, detail: `the same as ${original}` });
      }
    }
  };
  copies(report.duplicates.exact, "exact copy");
  if (near) copies(report.duplicates.near, "near copy");
  return all.sort((a, b) => (a.file < b.file ? -1 : 1));
}

async function writePictures(
  job: PrepareJob,
  kept: readonly number[],
  folder: string,
): Promise<void> {
  const { source, signal, onProgress } = job;
  const names = outputNames(kept.map((i) => source.files[i] as string));
  let done = 0;
  await mapParallel([...kept.entries()], LANES, async ([place, index]) => {
    throwIfCancelled(signal);
    const path = join(folder, ...(names[place] as string).split("/"));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await encodePng(await cleanPicture(job, index)));
    onProgress?.("copies", ++done, kept.length);
  });
  const inFolders = source.labelFile === undefined && source.files.every((f) => f.includes("/"));
  if (source.labels === undefined || inFolders) return;
  const lines = kept.map((index, place) => {
    const label = source.classes[source.labels?.[index] ?? 0] as string;
    return `${cell(names[place] as string)},${cell(label)}`;
  });
  await writeFile(join(folder, "labels.csv"), `${["file,label", ...lines].join("\n")}\n`);
}

async function cleanPicture(
  { source, size, background, path }: PrepareJob,
  index: number,
): Promise<Image> {
  const name = source.files[index] as string;
  try {
    if (size !== undefined) return middleOf(await source.decode(index, size, background), size);
    const content = source.content(index);
    return typeof content === "string" || content instanceof Uint8Array
      ? await decodeImage(content, { name, background })
      : content;
  } catch (cause) {
    if (!(cause instanceof MediaError)) throw cause;
    throw new DatasetError(
      `${path}: ${name} could be read a moment ago and cannot any more (${cause.message}). Do not change the data set while it is copied; start again.`,
      { cause },
    );
  }
}

/** Names with `.png`, none twice (not even where case does not count), without what some system does not take. */
function outputNames(files: readonly string[]): string[] {
  const used = new Set<string>();
  return files.map((file) => {
    const plain = file.replaceAll(ODD, "_");
    const extension = extname(plain);
    const isPicture = IMAGE_EXTENSIONS.includes(extension.toLowerCase());
    const stem = isPicture ? plain.slice(0, -extension.length) : plain;
    let name = `${stem}.png`;
    for (let n = 2; used.has(name.toLowerCase()); n++) name = `${stem}-${n}.png`;
    used.add(name.toLowerCase());
    return name;
  });
}

/** A cell of a CSV file. */
function cell(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
