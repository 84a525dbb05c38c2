import { type FoundFile, listKind } from "../list-files.node.ts";

/** Endings of MIDI files; .kar is karaoke, .rmi a MIDI file in a RIFF container. */
const MIDI_EXTENSIONS: readonly string[] = [".mid", ".midi", ".smf", ".kar", ".rmi"];

/**
 * The MIDI files of a folder and its sub-folders by name, hidden ones left out; or the one file that is named.
 *
 * @throws {DatasetError} if there are none, or the folder cannot be read.
 */
export async function listMidiFiles(source: string): Promise<FoundFile[]> {
  return await listKind(source, "MIDI files", MIDI_EXTENSIONS);
}
