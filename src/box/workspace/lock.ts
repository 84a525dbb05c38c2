import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { LockedError, MediaError } from "../../base/errors.ts";
import {
  describeHolder,
  isStale,
  parseHolder,
  readLock,
  removeStale,
  takeLock,
} from "../../train/lock-file.node.ts";

/** Name of the lock in the folder of the workspace. */
const LOCK = "ganbox.lock";

/** Time to wait for another process [ms]: what is done under the lock takes milliseconds, or the copying of one model. */
const PATIENCE_MS = 5000;

const POLL_MS = 25;

/** Takes the lock if it is free. @returns Whether it was. */
function take(path: string): boolean {
  try {
    return takeLock(path) !== undefined;
  } catch (cause) {
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
 * @throws {LockedError} if another process holds the lock all the time.
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
    const text = readLock(path);
    if (text !== undefined && isStale(parseHolder(text))) removeStale(path, text);
    else if (performance.now() >= end) throw locked(path, text);
    else await delay(POLL_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function locked(path: string, text: string | undefined): LockedError {
  return new LockedError(
    `${path}: the workspace is being changed by ${describeHolder(parseHolder(text))}, expected it to be free. Nothing was changed: try again when that process is done, or delete this file if it is gone.`,
  );
}
