import { existsSync } from "node:fs";
import { basename, relative, resolve } from "node:path";
import type { RunSummary } from "./run-summary.ts";

/** A data set of a workspace: plain JSON. */
export interface DataSummary {
  /** Last part of its path. */
  readonly name: string;
  /** Absolute path: a folder, a .zip file or an IDX file. */
  readonly path: string;
  /** Whether something is there. */
  readonly found: boolean;
  /** Pictures, clips, segments or sounds that the newest run was trained on; absent before the first run. */
  readonly pictures?: number;
  /** Family of that run. */
  readonly family?: string;
  /** Runs that were trained on it. */
  readonly runs: number;
}

/** The data sets that a workspace names and those of its runs, each once. Pictures are not counted anew. */
export function listData(
  root: string,
  named: readonly string[],
  runs: readonly RunSummary[],
): DataSummary[] {
  const runsOf = new Map<string, RunSummary[]>(named.map((path) => [resolve(root, path), []]));
  for (const run of runs) {
    if (run.source === undefined) continue;
    const path = resolve(root, run.source);
    const own = runsOf.get(path);
    if (own === undefined) runsOf.set(path, [run]);
    else own.push(run);
  }
  return [...runsOf].map(([path, own]) => {
    const { pictures, family } = own.at(-1) ?? {};
    return {
      name: basename(path),
      path,
      found: existsSync(path),
      ...(pictures === undefined ? {} : { pictures }),
      ...(family === undefined ? {} : { family }),
      runs: own.length,
    };
  });
}

/** A path as `ganbox.json` names it: from the workspace on if it lies within, so that the folder can be moved. */
export function sourceOf(root: string, path: string): string {
  const absolute = resolve(path);
  const near = relative(root, absolute);
  const within = near !== "" && !near.startsWith("..") && resolve(root, near) === absolute;
  return within ? near.split("\\").join("/") : absolute;
}
