import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { DEFAULT_ROLL } from "../../media/midi/roll.ts";
import { throwIfCancelled } from "../cancel.ts";
import type { SkippedFile } from "../dataset.ts";
import type { Count } from "../doctor/report.ts";
import { sumsOf } from "../doctor/statistics.ts";
import { listMidiFiles } from "./midi-files.node.ts";
import { type PieceReport, readPiece, reasonOf } from "./piece.ts";

/** What is known about a folder of MIDI files after each of them was read. */
export interface MusicReport {
  readonly version: 1;
  /** Absolute path. */
  readonly source: string;
  /** MIDI files. */
  readonly files: number;
  /** Files that training can use, each content once. */
  readonly usable: number;
  /** Notes, bars and length [s] of the usable files. */
  readonly notes: number;
  readonly bars: number;
  readonly seconds: number;
  /** Bars of them that training can use: the size of the data set. */
  readonly usableBars: number;
  /** All bars by metre, the most frequent first. */
  readonly metres: readonly Count[];
  /** Notes by family of instruments, the most frequent first. */
  readonly instruments: readonly Count[];
  /** Files that cannot be read, and why. */
  readonly broken: readonly SkippedFile[];
  /** Files with the same content as an earlier one. */
  readonly duplicates: readonly { readonly file: string; readonly same: string }[];
  /** Files that can be read, by name. */
  readonly pieces: readonly PieceReport[];
}

/** How a folder is examined. */
export interface ExamineOptions {
  /** Stops it. */
  readonly signal?: AbortSignal;
  /** Told about each file. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Reads every MIDI file of a folder and says which of them training can use.
 *
 * @param source A folder, or one file.
 * @throws {DatasetError} if there are no MIDI files.
 * @throws {CancelledError} if `signal` stopped it.
 */
export async function examineMusic(
  source: string,
  { signal, onProgress }: ExamineOptions = {},
): Promise<MusicReport> {
  const files = await listMidiFiles(source);
  const pieces: PieceReport[] = [];
  const broken: SkippedFile[] = [];
  const duplicates: MusicReport["duplicates"][number][] = [];
  const contents = new Map<string, string>();
  for (const [i, { name, path }] of files.entries()) {
    throwIfCancelled(signal);
    try {
      const bytes = await readFile(path);
      const hash = createHash("sha256").update(bytes).digest("hex");
      const same = contents.get(hash);
      if (same === undefined) {
        pieces.push(readPiece(bytes, name, DEFAULT_ROLL).report);
        contents.set(hash, name);
      } else duplicates.push({ file: name, same });
    } catch (error) {
      broken.push({ file: name, reason: reasonOf(error, name) });
    }
    onProgress?.(i + 1, files.length);
  }
  const usable = pieces.filter(({ problem }) => problem === "");
  const sum = (of: (piece: PieceReport) => number): number =>
    usable.reduce((total, piece) => total + of(piece), 0);
  return {
    version: 1,
    source: resolve(source),
    files: files.length,
    usable: usable.length,
    notes: sum(({ notes }) => notes),
    bars: sum(({ bars }) => bars),
    seconds: sum(({ seconds }) => seconds),
    usableBars: sum(({ usableBars }) => usableBars),
    metres: sumsOf(pieces.flatMap(({ metres }) => metres)),
    instruments: sumsOf(pieces.flatMap(({ instruments }) => instruments)),
    broken,
    duplicates,
    pieces,
  };
}
