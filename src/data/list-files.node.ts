import { readdir, realpath, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { DatasetError } from "../base/errors.ts";

/** A file of a data set. */
export interface FoundFile {
  /** Path below the folder, with `/`, in Unicode form C (macOS lists form D). */
  readonly name: string;
  readonly path: string;
}

/** Ending of a name, in small letters. */
export const extensionOf = (name: string): string => extname(name).toLowerCase();

/**
 * The files of a folder and its sub-folders by name, hidden ones left out, symbolic links followed.
 *
 * @throws {Error} of the file system if a folder cannot be listed.
 */
export async function listFiles(root: string): Promise<FoundFile[]> {
  const visited = new Set<string>(); // real paths of folders: links may form rings
  const found: FoundFile[] = [];
  const list = async (folder: string, prefix: string): Promise<void> => {
    const real = await realpath(folder);
    if (visited.has(real)) return;
    visited.add(real);
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.name.startsWith(".")) continue;
      const path = join(folder, entry.name);
      const name = `${prefix}${entry.name.normalize("NFC")}`;
      const link = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : undefined;
      if (entry.isDirectory() || link?.isDirectory()) await list(path, `${name}/`);
      else found.push({ name, path });
    }
  };
  await list(root, "");
  return found.sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
}

/**
 * The files of a folder like `listFiles`, or the one file that is named.
 *
 * @param expected What `source` should be, for the message.
 * @throws {DatasetError} if it cannot be read.
 */
export async function listSource(source: string, expected: string): Promise<FoundFile[]> {
  try {
    const folder = (await stat(source)).isDirectory();
    return folder ? await listFiles(source) : [{ name: basename(source), path: source }];
  } catch (cause) {
    throw new DatasetError(
      `${source}: the data set cannot be opened (${(cause as Error).message}), expected ${expected}. Check the path.`,
      { cause },
    );
  }
}

/**
 * The files of one kind in a folder; a file that is named by itself may have any ending.
 *
 * @param kind What they are called, such as "MIDI files".
 * @throws {DatasetError} if there are none, or the folder cannot be read.
 */
export async function listKind(
  source: string,
  kind: string,
  extensions: readonly string[],
): Promise<FoundFile[]> {
  const found = await listSource(source, `a folder of ${kind}`);
  if (found.length === 1 && found[0]?.path === source) return found;
  const files = found.filter(({ name }) => extensions.includes(extensionOf(name)));
  if (files.length > 0) return files;
  throw new DatasetError(
    `${source}: the folder holds no ${kind} (${found.length} other files), expected files ending in ${extensions.join(", ")}. Check the path.`,
  );
}
