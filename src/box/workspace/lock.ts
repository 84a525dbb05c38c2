import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { GanboxError, MediaError } from "../../base/errors.ts";

/** Name of the lock in the folder of the workspace. */
const LOCK = "ganbox.lock";

/** Time to wait for another process [ms]: what is done under the lock takes milliseconds, or the copying of one model. */
const PATIENCE_MS = 5000;

const POLL_MS = 25;

/** Age from which a lock of another machine, whose processes cannot be asked, counts as left behind [ms]. */
const STALE_MS = 10 * 60_000;

/** Who holds a lock. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Since when, ISO 8601. */
  readonly time: string;
}

function isHolder(value: unknown): value is Holder {
  const holder = value as Partial<Holder> | null;
  return (
    Number.isSafeInteger(holder?.pid) &&
    typeof holder?.host === "string" &&
    Number.isFinite(Date.parse(String(holder.time)))
  );
}

function holderOf(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isHolder(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** A lock that nobody will take away any more. One without a readable holder was cut off by a crash, or is being written just now. */
function isStale(holder: Holder | undefined): boolean {
  if (holder === undefined) return false;
  if (holder.host === hostname()) return !isRunning(holder.pid);
  return Date.now() - Date.parse(holder.time) > STALE_MS;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Moves a stale lock away, by a rename that only one process can make. */
function removeStale(path: string, text: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return; // another process was faster
  }
  // Between the look and the rename another process may have taken the lock: then it gets it back.
  if (read(aside) === text) rmSync(aside, { force: true });
  else renameSync(aside, path);
}

/** Takes the lock if it is free. @returns Whether it was. */
function take(path: string): boolean {
  const holder: Holder = { pid: process.pid, host: hostname(), time: new Date().toISOString() };
  try {
    writeFileSync(path, JSON.stringify(holder), { flag: "wx" });
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw new MediaError(
      `${path}: the workspace cannot be written (${(cause as Error).message}). Check the folder's permissions and free space.`,
      { cause },
    );
  }
}

/**
 * Does work that no other process may do in this workspace at the same time. A lock that a crash left behind is removed.
 *
 * @param root Folder of the workspace; it exists.
 * @param patienceMs How long to wait for another process [ms].
 * @throws {GanboxError} with the code `E_LOCKED` if another process holds the lock all the time.
 * @throws {MediaError} if the folder cannot be written.
 */
export async function withLock<T>(
  root: string,
  work: () => T | Promise<T>,
  patienceMs: number = PATIENCE_MS,
): Promise<T> {
  const path = join(root, LOCK);
  const end = performance.now() + patienceMs;
  while (!take(path)) {
    const text = read(path);
    if (text !== undefined && isStale(holderOf(text))) removeStale(path, text);
    else if (performance.now() >= end) throw locked(path, text);
    else await delay(POLL_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function locked(path: string, text: string | undefined): GanboxError {
  const holder = holderOf(text ?? "");
  const who =
    holder === undefined
      ? "another process"
      : `process ${holder.pid} on ${holder.host}, since ${holder.time}`;
  return new GanboxError(
    "E_LOCKED",
    `${path}: the workspace is being changed by ${who}, expected it to be free. Nothing was changed: try again when that process is done, or delete this file if it is gone.`,
  );
}
