import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DatasetError } from "../../base/errors.ts";
import { checkRollFormat, DEFAULT_ROLL, type RollFormat } from "../../media/midi/roll.ts";
import { defaultCacheDir } from "../cache-dir.node.ts";
import { throwIfCancelled } from "../cancel.ts";
import type { SkippedFile } from "../dataset.ts";
import { FileHashes } from "../file-hashes.node.ts";
import type { FoundFile } from "../list-files.node.ts";
import { MUSIC_PACK_VERSION, readBarPack, writeBarPack } from "./bar-pack.node.ts";
import { listMidiFiles } from "./midi-files.node.ts";
import { checkBars, MusicDataset, type PackedBars, packPieces } from "./music-dataset.ts";
import { type Piece, readPiece, reasonOf } from "./piece.ts";

/** How a folder of MIDI files is opened. */
export interface MusicOptions {
  /** Bars of a segment, 1 to 32. @default 1 */
  readonly bars?: number;
  /** Steps and pitches of the rolls. @default 16 steps, 72 pitches from 24 */
  readonly format?: RollFormat;
  /** Folder for packed bars. @default `GANBOX_CACHE`, else `ganbox` in the system's cache folder */
  readonly cacheDir?: string;
  /** Stops the preparation. */
  readonly signal?: AbortSignal;
  /** Told about each file that was read. Not called when the cache is used. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Opens a folder of MIDI files (with sub-folders) as segments of piano-rolls.
 *
 * The files are read, quantised and packed into one file in the cache folder; the next opening of the same content with the same format uses that
 * file. Broken files, files without bars of 4/4, and all but one of equal files are skipped and listed.
 *
 * @throws {ConfigError} if an option is out of range.
 * @throws {DatasetError} if there are no MIDI files, or too few usable bars, or the cache folder cannot be written.
 * @throws {CancelledError} if `signal` stopped it.
 */
export async function openMusic(source: string, options: MusicOptions = {}): Promise<MusicDataset> {
  const { bars = 1, format = DEFAULT_ROLL, signal, onProgress } = options;
  checkBars(bars);
  checkRollFormat(format);
  throwIfCancelled(signal);
  const cacheDir = options.cacheDir ?? defaultCacheDir();
  const files = await listMidiFiles(source);
  const hashes = await FileHashes.open(cacheDir, resolve(source));
  const contents: string[] = [];
  for (const { name, path } of files) {
    throwIfCancelled(signal);
    contents.push(await hashes.hash(name, path).catch(() => "unreadable")); // reading it will say why
  }
  await hashes.save();
  const names = files.map(({ name }, i) => `${name}\n${contents[i]}\n`);
  const contentHash = hashOf([MUSIC_PACK_VERSION, format], names.join(""));
  const path = join(cacheDir, "music", `${contentHash.slice(0, 32)}.bars`);
  let packed = await readBarPack(path, contentHash);
  if (packed === undefined) {
    packed = await readPieces(files, contents, { source, format, signal, onProgress });
    await writeBarPack(path, packed, { source, contentHash });
  }
  return new MusicDataset(packed, bars, hashOf([bars], contentHash));
}

const hashOf = (options: unknown, text: string): string =>
  createHash("sha256").update(JSON.stringify(options)).update(text).digest("hex");

interface ReadJob {
  readonly source: string;
  readonly format: RollFormat;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: MusicOptions["onProgress"];
}

async function readPieces(
  files: readonly FoundFile[],
  contents: readonly string[],
  { source, format, signal, onProgress }: ReadJob,
): Promise<PackedBars> {
  const pieces: Piece[] = [];
  const skipped: SkippedFile[] = [];
  for (const [i, { name, path }] of files.entries()) {
    throwIfCancelled(signal);
    const reason = await (async (): Promise<string> => {
      const same = contents.indexOf(contents[i] as string);
      if (same < i && contents[i] !== "unreadable")
        return `it has the content of ${files[same]?.name}`;
      try {
        const piece = readPiece(await readFile(path), name, format);
        if (piece.report.problem === "") pieces.push(piece);
        return piece.report.problem;
      } catch (error) {
        return reasonOf(error, name);
      }
    })();
    if (reason !== "") skipped.push({ file: name, reason });
    onProgress?.(i + 1, files.length);
  }
  if (pieces.length > 0) return packPieces(pieces, format, skipped);
  throw new DatasetError(
    `${source}: none of ${files.length} MIDI files can be used, expected bars of 4/4 with notes. For example ${skipped[0]?.file}: ${skipped[0]?.reason}`,
  );
}
