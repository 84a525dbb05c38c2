import { readdir, stat } from "node:fs/promises";
import { basename, extname, join, relative, sep } from "node:path";
import { DatasetError } from "../../base/errors.ts";

/** Endings of files that are taken for sounds. */
const SOUND_EXTENSIONS: readonly string[] = [
  ".wav",
  ".flac",
  ".ogg",
  ".oga",
  ".opus",
  ".mp3",
  ".m4a",
  ".aac",
  ".aif",
  ".aiff",
];

/** A sound file of a data set. */
export interface SoundPath {
  /** Path below the folder, with `/`, in Unicode form C. */
  readonly name: string;
  readonly path: string;
}

/**
 * The sound files of a folder and its sub-folders by name, hidden ones left out; or the one file that is named.
 *
 * @throws {DatasetError} if there are none, or the folder cannot be read.
 */
export async function listSoundFiles(source: string): Promise<SoundPath[]> {
  try {
    if (!(await stat(source)).isDirectory()) return [{ name: basename(source), path: source }];
    const names = (await readdir(source, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile() || entry.isSymbolicLink())
      .map((entry) => join(relative(source, entry.parentPath), entry.name));
    const files = names
      .filter((name) => SOUND_EXTENSIONS.includes(extname(name).toLowerCase()))
      .map((name) => ({ name: nameOf(name), path: join(source, name) }))
      .filter(({ name }) => !name.split("/").some((part) => part.startsWith(".")))
      .sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
    if (files.length > 0) return files;
    throw new DatasetError(
      `${source}: the folder holds no sounds (${names.length} other files), expected files ending in ${SOUND_EXTENSIONS.join(", ")}. Check the path.`,
    );
  } catch (cause) {
    if (cause instanceof DatasetError) throw cause;
    throw new DatasetError(
      `${source}: the data set cannot be opened (${(cause as Error).message}), expected a folder of sounds. Check the path.`,
      { cause },
    );
  }
}

const nameOf = (path: string): string => path.split(sep).join("/").normalize("NFC");
