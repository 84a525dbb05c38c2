import { readFile, stat } from "node:fs/promises";
import { basename, posix } from "node:path";
import { type UnzipFileInfo, unzipSync } from "fflate";
import { DatasetError, MediaError } from "../base/errors.ts";
import type { Size } from "../base/size.ts";
import { type DecodedImage, decodeImage, IMAGE_EXTENSIONS } from "../media/image.node.ts";
import type { Rgb } from "../media/image.ts";
import type { Classes } from "./classes.ts";
import type { FileHashes } from "./file-hashes.node.ts";
import { classesOfLabels, type LabelledClasses, labelFileOf } from "./labels.node.ts";
import type { PictureSource } from "./source.ts";

/** Largest archive [bytes]: it is held in memory while it is read. */
const MAX_ARCHIVE = 2 ** 31 - 1;

/** Largest unpacked picture file [bytes]. */
const MAX_ENTRY = 2 ** 28;

/** Pictures hardly shrink in an archive; one that unpacks to more than this many times its size is an attack. */
const MAX_RATIO = 100;

/** Files unpacked together: at most so many bytes and so many files. */
const GROUP_BYTES = 2 ** 26;
const GROUP_FILES = 1024;

/** Least bytes of an entry in an archive's directory (PKWARE APPNOTE 4.3.12). */
const ENTRY_BYTES = 46;

/**
 * Lists the pictures of a zip archive, hidden ones left out. Nothing is written to disk, so names that point outside it do no harm.
 *
 * @throws {DatasetError} if the archive is damaged, too large, holds no pictures, or unpacks to more than 100 times its size.
 */
export async function openZip(path: string): Promise<PictureSource> {
  const { size } = await stat(path);
  if (size > MAX_ARCHIVE) {
    throw new DatasetError(
      `${path}: the archive is too large (${size} bytes), expected at most ${MAX_ARCHIVE}. Unpack it and give the folder's path.`,
    );
  }
  let bytes: Uint8Array;
  const all: UnzipFileInfo[] = [];
  try {
    bytes = await readFile(path);
    unzipSync(bytes, {
      filter: (entry) => {
        // A damaged or made-up count of entries would be believed otherwise, whatever it is.
        if (all.push(entry) > bytes.length / ENTRY_BYTES)
          throw new Error("it names more entries than it has room for");
        return false; // list, unpack nothing
      },
    });
  } catch (cause) {
    throw new DatasetError(
      `${path}: the zip archive cannot be read (${(cause as Error).message}), expected a whole .zip file. Copy it again, or give a folder.`,
      {
        cause,
      },
    );
  }
  const byName = new Map(
    all.filter(({ name }) => isPicture(name)).map((entry) => [entry.name, entry]),
  );
  const entries = [...byName.values()].sort((a, b) =>
    a.name < b.name ? -1 : Number(a.name > b.name),
  );
  if (entries.length === 0) {
    throw new DatasetError(
      `${path}: the archive holds no pictures (${all.length} entries), expected files ending in ${IMAGE_EXTENSIONS.join(", ")}. Check what was packed.`,
    );
  }
  const unpacked = entries.reduce((sum, { originalSize }) => sum + originalSize, 0);
  if (unpacked > size * MAX_RATIO) {
    throw new DatasetError(
      `${path}: the archive unpacks to ${unpacked} bytes from ${size}, expected at most ${MAX_RATIO} times its size. If you trust it, unpack it and give the folder's path.`,
    );
  }
  const labelName = labelFileOf(
    all.map(({ name }) => plainName(name)),
    entries.map(({ name }) => plainName(name)),
  );
  const labelEntry = all.find(({ name }) => plainName(name) === labelName);
  const classes = await classesOfLabels(
    path,
    entries.map(({ name }) => plainName(name)),
    labelName,
    async () => {
      const [text] = unpackGroup(bytes, labelEntry === undefined ? [] : [labelEntry]);
      if (!(text instanceof Uint8Array)) throw text ?? new Error("it is missing");
      return new TextDecoder().decode(text);
    },
  );
  return new ZipSource(path, bytes, entries, classes);
}

/** An entry's name with `/`, in Unicode form C. */
const plainName = (name: string): string => name.replaceAll("\\", "/").normalize("NFC");

/** Hidden files, and the `__MACOSX` folder that macOS adds, are no pictures. */
function isPicture(name: string): boolean {
  const hidden = name
    .split(/[\\/]/)
    .some((part) => (part.startsWith(".") && part !== "." && part !== "..") || part === "__MACOSX");
  return (
    !hidden && !name.endsWith("/") && IMAGE_EXTENSIONS.includes(posix.extname(name).toLowerCase())
  );
}

class ZipSource implements PictureSource {
  readonly files: readonly string[];
  readonly classes: Classes["classes"];
  readonly labels: Classes["labels"];
  readonly labelFile?: string;
  readonly warnings: readonly string[];
  readonly #path: string;
  readonly #bytes: Uint8Array;
  readonly #entries: readonly UnzipFileInfo[];
  #group: { readonly from: number; readonly files: readonly (Uint8Array | MediaError)[] } = {
    from: 0,
    files: [],
  };

  constructor(
    path: string,
    bytes: Uint8Array,
    entries: readonly UnzipFileInfo[],
    { classes, labels, labelFile, warnings }: LabelledClasses,
  ) {
    this.#path = path;
    this.#bytes = bytes;
    this.#entries = entries;
    this.files = entries.map(({ name }) => plainName(name));
    this.classes = classes;
    this.labels = labels;
    if (labelFile !== undefined) this.labelFile = labelFile;
    this.warnings = warnings;
  }

  async fingerprint(hashes: FileHashes): Promise<string> {
    return await hashes.hash(basename(this.#path), this.#path);
  }

  content(index: number): Uint8Array {
    const file = this.#unpack(index);
    if (file instanceof MediaError) throw file;
    return file;
  }

  async decode(index: number, size: Size, background: Rgb): Promise<DecodedImage> {
    return await decodeImage(this.content(index), {
      name: this.files[index] as string,
      cover: size,
      background,
    });
  }

  /** The unpacked file, or why there is none. Unpacks it with those that follow it, since neighbours are asked for next. */
  #unpack(index: number): Uint8Array | MediaError {
    const { from, files } = this.#group;
    const unpacked = index < from ? undefined : files[index - from];
    if (unpacked !== undefined) return unpacked;
    let to = index;
    for (let bytes = 0; to < this.#entries.length && to - index < GROUP_FILES; to++) {
      bytes += Math.min(MAX_ENTRY, this.#entries[to]?.originalSize ?? 0);
      if (bytes > GROUP_BYTES && to > index) break;
    }
    const group = this.#entries.slice(index, to);
    this.#group = { from: index, files: unpackGroup(this.#bytes, group) };
    return this.#unpack(index);
  }
}

function unpackGroup(
  archive: Uint8Array,
  group: readonly UnzipFileInfo[],
): (Uint8Array | MediaError)[] {
  const sound = group.filter((entry) => problemOf(entry) === undefined);
  const files: Record<string, Uint8Array> = {};
  try {
    Object.assign(files, unpack(archive, sound));
  } catch {
    // One damaged file fails them all: find it by unpacking them one by one.
    for (const entry of sound) {
      try {
        Object.assign(files, unpack(archive, [entry]));
      } catch {
        // It stays missing, which is reported below.
      }
    }
  }
  return group.map((entry) => {
    const file = Object.hasOwn(files, entry.name) ? files[entry.name] : undefined;
    return (
      file ??
      new MediaError(
        `${entry.name}: ${problemOf(entry) ?? "the file is damaged inside the archive. Copy the archive again"}.`,
      )
    );
  });
}

/** Unpacks some entries. An entry that lies about its size yields no more bytes than it declares. */
function unpack(
  archive: Uint8Array,
  entries: readonly UnzipFileInfo[],
): Record<string, Uint8Array> {
  const names = new Set(entries.map(({ name }) => name));
  return unzipSync(archive, {
    filter: (entry) => names.has(entry.name) && problemOf(entry) === undefined,
  });
}

function problemOf({ originalSize, compression }: UnzipFileInfo): string | undefined {
  if (originalSize > MAX_ENTRY)
    return `the file unpacks to ${originalSize} bytes, expected at most ${MAX_ENTRY}. Leave it out`;
  if (compression !== 0 && compression !== 8)
    return `compression method ${compression} is not read, expected "store" or "deflate". Pack it again`;
  return undefined;
}
