import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CheckpointError, LockedError } from "../base/errors.ts";
import {
  describeHolder,
  isStale,
  type LockHolder,
  parseHolder,
  readLock,
  removeStale,
  takeLock,
} from "./lock-file.node.ts";

/** Name of the lock in the folder of a run. */
const LOCK = "run.lock";

/** Time between two signs of life [ms]. */
const BEAT_MS = 30_000;

/** Attempts to take a lock that was left behind: more than one where several processes want it at once. */
const ATTEMPTS = 3;

/** The right to train a run: one process at a time has it, and says every half minute that it is alive. */
export class RunLock {
  /** What to tell about the process that had the lock before and died; undefined if it ended in order. */
  readonly warning: string | undefined;
  readonly #path: string;
  readonly #holder: LockHolder;
  readonly #timer: ReturnType<typeof setInterval>;

  private constructor(path: string, holder: LockHolder, warning: string | undefined) {
    this.#path = path;
    this.#holder = holder;
    this.warning = warning;
    this.#timer = setInterval(() => this.#beat(), BEAT_MS);
    this.#timer.unref();
  }

  /**
   * Takes the lock of a run. One that a process left behind which is gone is taken over.
   *
   * @param run Folder of the run.
   * @throws {LockedError} if another process trains the run.
   * @throws {CheckpointError} if the folder cannot be written.
   */
  static take(run: string): RunLock {
    const path = join(run, LOCK);
    let warning: string | undefined;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const holder = tryToTake(path);
      if (holder !== undefined) return new RunLock(path, holder, warning);
      const text = readLock(path);
      const other = parseHolder(text);
      if (text === undefined || !isStale(other)) continue;
      removeStale(path, text);
      warning = `The run was left by ${describeHolder(other)}, which is gone without a word (last sign of life ${other?.heartbeat ?? other?.time}). Going on from the last checkpoint.`;
    }
    throw new LockedError(
      `${run}: the run is being trained by ${describeHolder(parseHolder(readLock(path)))}, expected nobody. Stop that process first (Ctrl-C in its terminal; it writes a checkpoint), or delete ${path} if it is gone.`,
    );
  }

  /**
   * Makes sure that the run still belongs to this process. One that slept for an hour may have been taken for dead.
   *
   * @throws {LockedError} if another process has taken the run over.
   */
  check(): void {
    const now = parseHolder(readLock(this.#path));
    if (now === undefined || this.#isOwn(now)) return;
    throw new LockedError(
      `${this.#path}: the run was taken over by ${describeHolder(now)}, while this process (${this.#holder.pid}) gave no sign of life; expected to be alone. Nothing more is written here; that process goes on.`,
    );
  }

  /** Gives the run free. */
  release(): void {
    clearInterval(this.#timer);
    const now = parseHolder(readLock(this.#path));
    if (now !== undefined && this.#isOwn(now)) rmSync(this.#path, { force: true });
  }

  #isOwn({ pid, host, time }: LockHolder): boolean {
    const own = this.#holder;
    return pid === own.pid && host === own.host && time === own.time;
  }

  #beat(): void {
    const now = parseHolder(readLock(this.#path));
    if (now === undefined || !this.#isOwn(now)) return;
    const partial = `${this.#path}.${process.pid}.tmp`;
    try {
      const heartbeat = new Date().toISOString();
      writeFileSync(partial, JSON.stringify({ ...this.#holder, heartbeat }));
      renameSync(partial, this.#path);
    } catch {
      rmSync(partial, { force: true }); // a disk that is full: the checkpoint will say so
    }
  }
}

/**
 * The process that trains a run now; undefined if none does, or the one that did is gone.
 *
 * @param run Folder of the run.
 */
export function trainerOf(run: string): LockHolder | undefined {
  const holder = parseHolder(readLock(join(run, LOCK)));
  return isStale(holder) ? undefined : holder;
}

function tryToTake(path: string): LockHolder | undefined {
  try {
    return takeLock(path);
  } catch (cause) {
    throw new CheckpointError(
      `${path}: cannot be written (${(cause as Error).message}). Free space or make the folder writable, then continue with \`ganbox resume\`.`,
      { cause },
    );
  }
}
