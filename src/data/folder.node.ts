import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { DatasetError } from "../base/errors.ts";
import type { Size } from "../base/size.ts";
import { type DecodedImage, decodeImage, IMAGE_EXTENSIONS } from "../media/image.node.ts";
import type { Rgb } from "../media/image.ts";
import { throwIfCancelled } from "./cancel.ts";
import type { Classes } from "./classes.ts";
import type { FileHashes } from "./file-hashes.node.ts";
import { IDX_IMAGES, openIdx } from "./idx.node.ts";
import { classesOfLabels, type LabelledClasses, labelFileOf } from "./labels.node.ts";
import { extensionOf, type FoundFile, listFiles } from "./list-files.node.ts";
import { mapParallel } from "./parallel.ts";
import type { PictureSource } from "./source.ts";

/** Extensions of pictures that are not read: worth a warning, where a text file is not. */
const OTHER_PICTURES = new Set([
  ".heic",
  ".heif",
  ".bmp",
  ".jxl",
  ".jp2",
  ".svg",
  ".psd",
  ".ico",
  ".tga",
  ".dng",
  ".cr2",
  ".nef",
  ".arw",
]);

/** File system calls under way at once. */
const LANES = 16;

/**
 * Lists the pictures of a folder and its sub-folders, hidden ones left out, symbolic links followed; or the IDX file in it.
 *
 * @throws {DatasetError} if there are none.
 */
export async function openFolder(root: string): Promise<PictureSource> {
  const all = await listFiles(root).catch((cause: Error) => {
    throw new DatasetError(
      `${root}: the folder cannot be listed (${cause.message}). Check its permissions.`,
      { cause },
    );
  });
  const pictures = all.filter(({ name }) => IMAGE_EXTENSIONS.includes(extensionOf(name)));
  if (pictures.length > 0) {
    const names = pictures.map(({ name }) => name);
    const labelName = labelFileOf(
      all.map(({ name }) => name),
      names,
    );
    const labelFile = all.find(({ name }) => name === labelName);
    const classes = await classesOfLabels(root, names, labelName, () =>
      readFile(labelFile?.path ?? "", "utf8"),
    );
    return new FolderSource(pictures, classes, labelFile, otherPictures(all));
  }

  const idx = all.filter(({ name }) => IDX_IMAGES.test(name));
  const train = idx.find(({ name }) => basename(name).startsWith("train")) ?? idx[0];
  if (train === undefined) throw noPictures(root, all);
  const unused = idx
    .filter((file) => file !== train)
    .map(({ name }) => `${name} is not part of the training set and was left out.`);
  return await openIdx(train.path, unused);
}

class FolderSource implements PictureSource {
  readonly files: readonly string[];
  readonly classes: Classes["classes"];
  readonly labels: Classes["labels"];
  readonly labelFile?: string;
  readonly warnings: readonly string[];
  readonly #pictures: readonly FoundFile[];
  readonly #labels: readonly FoundFile[];

  constructor(
    pictures: readonly FoundFile[],
    { classes, labels, labelFile, warnings }: LabelledClasses,
    labelPath: FoundFile | undefined,
    otherPictures: readonly string[],
  ) {
    this.#pictures = pictures;
    this.#labels = labelPath === undefined ? [] : [labelPath];
    this.files = pictures.map(({ name }) => name);
    this.classes = classes;
    this.labels = labels;
    if (labelFile !== undefined) this.labelFile = labelFile;
    this.warnings = [...otherPictures, ...warnings];
  }

  async fingerprint(hashes: FileHashes, signal: AbortSignal | undefined): Promise<string> {
    const files = [...this.#pictures, ...this.#labels];
    const lines = await mapParallel(files, LANES, async ({ name, path }) => {
      throwIfCancelled(signal);
      const hash = await hashes.hash(name, path).catch(() => "unreadable"); // decoding will say why
      return `${name}\n${hash}\n`;
    });
    return lines.join("");
  }

  content(index: number): string {
    return (this.#pictures[index] as FoundFile).path;
  }

  decode(index: number, size: Size, background: Rgb): Promise<DecodedImage> {
    const { name, path } = this.#pictures[index] as FoundFile;
    return decodeImage(path, { name, cover: size, background });
  }
}

/** Counts by extension, most frequent first: "12 .heic, 1 .bmp". */
function countExtensions(files: readonly FoundFile[]): string {
  const counts = new Map<string, number>();
  for (const { name } of files)
    counts.set(extensionOf(name), (counts.get(extensionOf(name)) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  return sorted
    .map(([extension, count]) => `${count} ${extension || "without extension"}`)
    .join(", ");
}

function otherPictures(all: readonly FoundFile[]): string[] {
  const others = all.filter(({ name }) => OTHER_PICTURES.has(extensionOf(name)));
  if (others.length === 0) return [];
  return [
    `Pictures of other formats were left out (${countExtensions(others)}): convert them to PNG or JPEG to use them.`,
  ];
}

function noPictures(root: string, all: readonly FoundFile[]): DatasetError {
  const found = all.length === 0 ? "it is empty" : `${all.length} files: ${countExtensions(all)}`;
  return new DatasetError(
    `${root}: the folder holds no pictures (${found}), expected files ending in ${IMAGE_EXTENSIONS.join(", ")}, a .zip file of them, or IDX files. ` +
      "Check the path, or put at least 2 pictures into it.",
  );
}
