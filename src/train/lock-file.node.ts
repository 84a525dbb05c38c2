import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";

/** Age of the last sign of life from which a lock of another machine, whose processes cannot be asked, counts as left behind [ms]. */
const ELSEWHERE_MS = 10 * 60_000;

/** The same where there is a process of that number here: by then it is another one, or one that was put to sleep [ms]. */
const HERE_MS = 60 * 60_000;

/** Who holds a lock: plain JSON, the content of its file. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** Since when, ISO 8601. */
  readonly time: string;
  /** Last sign of life of work that takes long, ISO 8601. */
  readonly heartbeat?: string;
}

function isHolder(value: unknown): value is LockHolder {
  const holder = value as Partial<LockHolder> | null;
  return (
    Number.isSafeInteger(holder?.pid) &&
    typeof holder?.host === "string" &&
    Number.isFinite(Date.parse(String(holder.time)))
  );
}

/** The holder that a lock's text names; undefined if it cannot be read: cut off by a crash, or being written just now. */
export function parseHolder(text: string | undefined): LockHolder | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return isHolder(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Text of a lock's file; undefined if there is none. */
export function readLock(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
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

/** A lock that nobody will take away any more. */
export function isStale(holder: LockHolder | undefined): boolean {
  if (holder === undefined) return false;
  const beat = Date.parse(holder.heartbeat ?? holder.time);
  const silence = Date.now() - (Number.isFinite(beat) ? beat : Date.parse(holder.time));
  if (holder.host !== hostname()) return silence > ELSEWHERE_MS;
  return !isRunning(holder.pid) || silence > HERE_MS;
}

/**
 * Takes a lock if its file is not there.
 *
 * @returns What its file says now; undefined if another process has it.
 * @throws {Error} of the file system, if the file cannot be written.
 */
export function takeLock(path: string): LockHolder | undefined {
  const holder: LockHolder = {
    pid: process.pid,
    host: hostname(),
    time: new Date().toISOString(),
  };
  try {
    writeFileSync(path, JSON.stringify(holder), { flag: "wx" });
    return holder;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return undefined;
    throw cause;
  }
}

/** Moves a stale lock away, by a rename that only one process can make. */
export function removeStale(path: string, text: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return; // another process was faster
  }
  // Between the look and the rename another process may have taken the lock: then it gets it back.
  if (readLock(aside) === text) rmSync(aside, { force: true });
  else renameSync(aside, path);
}

/** `process 4711 on gauss, since 2026-11-25T18:00:00.000Z`. */
export function describeHolder(holder: LockHolder | undefined): string {
  return holder === undefined
    ? "another process"
    : `process ${holder.pid} on ${holder.host}, since ${holder.time}`;
}
