import { type FoundFile, listKind } from "../list-files.node.ts";

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

/**
 * The sound files of a folder and its sub-folders by name, hidden ones left out; or the one file that is named.
 *
 * @throws {DatasetError} if there are none, or the folder cannot be read.
 */
export async function listSoundFiles(source: string): Promise<FoundFile[]> {
  return await listKind(source, "sounds", SOUND_EXTENSIONS);
}
