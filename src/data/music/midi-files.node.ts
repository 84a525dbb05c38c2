import { readdir, stat } from "node:fs/promises";
import { basename, extname, join, relative, sep } from "node:path";
import { DatasetError } from "../../base/errors.ts";

/** Endings of MIDI files; .kar is karaoke, .rmi a MIDI file in a RIFF container. */
export const MIDI_EXTENSIONS: readonly string[] = [".mid", ".midi", ".smf", ".kar", ".rmi"];

/** A MIDI file of a data set. */
export interface MidiPath {
  /** Path below the folder, with `/`, in Unicode form C. */
  readonly name: string;
  readonly path: string;
}

/**
 * The MIDI files of a folder and its sub-folders by name, hidden ones left out; or the one file that is named.
 *
 * @throws {DatasetError} if there are none, or the folder cannot be read.
 */
export async function listMidiFiles(source: string): Promise<MidiPath[]> {
  try {
    if (!(await stat(source)).isDirectory()) return [{ name: basename(source), path: source }];
    const names = (await readdir(source, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile() || entry.isSymbolicLink())
      .map((entry) => join(relative(source, entry.parentPath), entry.name));
    const files = names
      .filter((name) => MIDI_EXTENSIONS.includes(extname(name).toLowerCase()))
      .map((name) => ({ name: nameOf(name), path: join(source, name) }))
      .filter(({ name }) => !name.split("/").some((part) => part.startsWith(".")))
      .sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
    if (files.length > 0) return files;
    throw new DatasetError(
      `${source}: the folder holds no MIDI files (${names.length} other files), expected files ending in ${MIDI_EXTENSIONS.join(", ")}. Check the path.`,
    );
  } catch (cause) {
    if (cause instanceof DatasetError) throw cause;
    throw new DatasetError(
      `${source}: the data set cannot be opened (${(cause as Error).message}), expected a folder of MIDI files. Check the path.`,
      { cause },
    );
  }
}

const nameOf = (path: string): string => path.split(sep).join("/").normalize("NFC");
