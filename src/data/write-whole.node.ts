/** @file Writing into the cache: what is written appears whole or not at all, and several processes may write the same at once. */
import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, mkdtemp, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DatasetError } from "../base/errors.ts";

/** Begin of the names of unfinished folders, and the age [ms] at which their process is taken to have been killed. */
const UNFINISHED = "unfinished-";
const ABANDONED_MS = 24 * 3_600_000;

/**
 * Makes a folder.
 *
 * @param write Fills the folder that it is given.
 * @param isSound Whether what is at `folder`, made by another process meanwhile, can be used.
 * @throws {DatasetError} if it cannot be written; and what `write` throws.
 */
export async function writeFolder(
  folder: string,
  write: (unfinished: string) => Promise<void>,
  isSound: () => Promise<boolean>,
): Promise<void> {
  const parent = dirname(folder);
  let unfinished: string | undefined;
  try {
    await mkdir(parent, { recursive: true });
    await removeAbandoned(parent);
    unfinished = await mkdtemp(join(parent, UNFINISHED));
    await write(unfinished);
    await publish(unfinished, folder, isSound);
  } catch (cause) {
    throw unwritable(parent, cause);
  } finally {
    if (unfinished !== undefined) await rm(unfinished, { recursive: true, force: true });
  }
}

/** Gives the finished folder its name, unless another process was first with a sound one. */
async function publish(
  finished: string,
  folder: string,
  isSound: () => Promise<boolean>,
): Promise<void> {
  try {
    await rename(finished, folder);
  } catch {
    if (await isSound()) return;
    await rm(folder, { recursive: true, force: true });
    await rename(finished, folder);
  }
}

async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(UNFINISHED)) continue;
    const path = join(parent, name);
    const made = (await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now();
    if (Date.now() - made > ABANDONED_MS) await rm(path, { recursive: true, force: true });
  }
}

/**
 * Makes a file.
 *
 * @param write Fills the file that it is given.
 * @throws {DatasetError} if it cannot be written; and what `write` throws.
 */
export async function writeWhole(
  path: string,
  write: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeSynced(temporary, write);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw unwritable(dirname(path), cause);
  }
}

/** Writes a file and waits until it is on the disk. */
export async function writeSynced<T>(
  path: string,
  write: (file: FileHandle) => Promise<T>,
): Promise<T> {
  const file = await open(path, "w");
  try {
    const written = await write(file);
    await file.sync();
    return written;
  } finally {
    await file.close();
  }
}

/** What the user can do about a failure of the file system; other errors stay as they are. */
function unwritable(folder: string, cause: unknown): unknown {
  if (!(cause instanceof Error && "syscall" in cause)) return cause;
  return new DatasetError(
    `${folder}: the cache folder cannot be written (${cause.message}). Free space or change its permissions, or set GANBOX_CACHE to another folder.`,
    { cause },
  );
}
