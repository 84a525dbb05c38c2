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
  /** Pictures that the newest run was trained on; absent before the first run. */
  readonly pictures?: number;
  /** Runs that were trained on it. */
  readonly runs: number;
}

/** The data sets that a workspace names and those of its runs, each once. Pictures are not counted anew. */
export function listData(
  root: string,
  named: readonly string[],
  runs: readonly RunSummary[],
): DataSummary[] {
  const sources = runs.flatMap(({ source }) => (source === undefined ? [] : [source]));
  const paths = new Set([...named, ...sources].map((path) => resolve(root, path)));
  return [...paths].map((path) => {
    const own = runs.filter(({ source }) => source !== undefined && resolve(root, source) === path);
    const pictures = own.at(-1)?.pictures;
    return {
      name: basename(path),
      path,
      found: existsSync(path),
      ...(pictures === undefined ? {} : { pictures }),
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
