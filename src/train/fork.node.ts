import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/**
 * Settings of the C library's allocator for processes that compute: freed tensors are kept for the next ones instead of being
 * given back to the system and faulted in again, page by page, at every step (docs/design/speed.md).
 */
export const ALLOCATOR = {
  MALLOC_MMAP_THRESHOLD_: "4294967296",
  MALLOC_TRIM_THRESHOLD_: "17179869184",
  MALLOC_ARENA_MAX: "2",
};

/**
 * Starts a module of this folder in a process of its own, from source or built, as this one runs.
 *
 * @param module Name without its ending, for example "worker.node".
 */
export function forkModule(module: string): ChildProcess {
  const fromSource = import.meta.url.endsWith(".ts");
  const path = fileURLToPath(new URL(`./${module}.${fromSource ? "ts" : "js"}`, import.meta.url));
  const execArgv = fromSource
    ? ["--conditions=@ganbox/source", "--import", import.meta.resolve("tsx")]
    : [];
  return fork(path, { execArgv, env: { ...process.env, ...ALLOCATOR }, serialization: "json" });
}
