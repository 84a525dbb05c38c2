import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { CheckpointError } from "../base/errors.ts";

function syncFolder(path: string): void {
  try {
    const folder = openSync(path, "r");
    fsyncSync(folder);
    closeSync(folder);
  } catch {
    // Windows does not open folders; there a rename is durable by itself.
  }
}

/** The error for a file of a run that cannot be written. */
function cannotWrite(path: string, cause: unknown): CheckpointError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const why = code === "ENOSPC" ? "the disk is full" : message;
  return new CheckpointError(
    `${path}: cannot be written (${why}). Free space or make the folder writable, then continue with \`ganbox resume\`.`,
    { cause },
  );
}

/**
 * Adds a line to a log.
 *
 * @param durable Waits until the disk has it: for what something else relies on.
 * @throws {CheckpointError} if the disk is full or the file cannot be written.
 */
export function appendLine(path: string, line: string, durable = false): void {
  let file: number | undefined;
  try {
    file = openSync(path, "a");
    appendFileSync(file, `${line}\n`);
    if (durable) fsyncSync(file);
  } catch (cause) {
    throw cannotWrite(path, cause);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/**
 * Writes a file so that it is either whole or absent after a crash: to a temporary name, synced, then renamed.
 *
 * @throws {CheckpointError} if the disk is full or the folder cannot be written; nothing is left behind.
 */
export function writeFileDurably(path: string, bytes: Uint8Array | string): void {
  const temporary = `${path}.tmp`;
  const data = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
  let file: number | undefined;
  try {
    file = openSync(temporary, "w");
    for (let at = 0; at < data.length; ) at += writeSync(file, data, at);
    fsyncSync(file);
    closeSync(file);
    file = undefined;
    renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (cause) {
    if (file !== undefined) closeSync(file);
    if (existsSync(temporary)) rmSync(temporary, { force: true });
    throw cannotWrite(path, cause);
  }
}
