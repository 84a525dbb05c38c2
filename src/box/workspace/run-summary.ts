import { type Dirent, readdirSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import type { TrainEvent } from "../../base/events.ts";
import type { Resolution } from "../../base/size.ts";
import type { LockHolder } from "../../train/lock-file.node.ts";
import { trainerOf } from "../../train/run-lock.node.ts";
import { parseEvent } from "./events.ts";
import { lastLines } from "./last-lines.ts";
import { type KnownConfig, readKnownConfig } from "./run-config.ts";

/**
 * How a run is: `begun` before its first event; `running` while a process holds its lock; `finished` at its length; `stopped` on request; `interrupted` by a crash, or
 * by an error such as numbers that are not finite; `damaged` if its configuration cannot be read.
 */
export type RunState = "begun" | "running" | "finished" | "stopped" | "interrupted" | "damaged";

/** A run in a list: plain JSON. */
export interface RunSummary {
  /** Name of its folder. */
  readonly name: string;
  /** Absolute path of its folder. */
  readonly path: string;
  readonly state: RunState;
  readonly family?: string;
  /** Side of its pictures, or width x height. */
  readonly resolution?: Resolution;
  /** Where the pictures came from. */
  readonly source?: string;
  /** Pictures that are trained on. */
  readonly pictures?: number;
  /** Thousands of real images shown so far. */
  readonly kimg: number;
  /** Its length [kimg]. */
  readonly totalKimg?: number;
  /** The best snapshot that was measured. */
  readonly best?: { readonly kimg: number; readonly kid: number };
  /** The process that trains it now. */
  readonly trainer?: LockHolder;
  /** Size of its folder [bytes]. */
  readonly bytes: number;
  /** When it last wrote, ISO 8601. */
  readonly updated: string;
  /** Why it is damaged. */
  readonly problem?: string;
}

/** What the end of a run's log tells. */
interface Ending {
  state: "open" | "finished" | "stopped" | undefined;
  kimg: number | undefined;
  best: RunSummary["best"];
}

/** Reads a log from its end until all is known. */
function readEnding(path: string, { metricKimg }: KnownConfig): Ending {
  const ending: Ending = { state: undefined, kimg: undefined, best: undefined };
  let bestIsKnown = metricKimg === 0;
  for (const line of lastLines(path)) {
    const event = parseEvent(line);
    if (event === undefined) continue;
    bestIsKnown = note(event, ending) || bestIsKnown;
    if (bestIsKnown && ending.state !== undefined && ending.kimg !== undefined) break;
  }
  return ending;
}

/** @returns Whether the best snapshot is known now, or that there is none. */
function note(event: TrainEvent, ending: Ending): boolean {
  if (event.type === "done") {
    ending.state ??= event.complete ? "finished" : "stopped";
    ending.kimg ??= event.kimg;
    ending.best ??= event.best && { kimg: event.best.kimg, kid: event.best.kid };
    return true;
  }
  if (event.type === "metric" && event.best) {
    ending.best ??= { kimg: event.kimg, kid: event.kid };
    return true;
  }
  // A metric comes after the steps that it measures: its position is not that of the run.
  if (event.type === "tick" || event.type === "checkpoint" || event.type === "start") {
    ending.state ??= "open";
    ending.kimg ??= event.kimg;
  }
  return false;
}

function lookAt(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

/** Size of all files in a folder [bytes]; those that vanish meanwhile count nothing. */
function sizeOf(folder: string): number {
  let sum = 0;
  for (const entry of entriesOf(folder)) {
    const path = join(folder, entry.name);
    sum += entry.isDirectory() ? sizeOf(path) : (lookAt(path)?.size ?? 0);
  }
  return sum;
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** A run as far as a list needs it: its configuration, its lock and the end of its log. What cannot be read is told in it, not thrown. */
export function summarizeRun(path: string): RunSummary {
  const name = path.split(/[\\/]/).at(-1) ?? path;
  const stats = join(path, "stats.jsonl");
  const written = lookAt(stats)?.mtimeMs;
  const updated = new Date(written ?? lookAt(path)?.mtimeMs ?? 0).toISOString();
  const bytes = sizeOf(path);
  let config: KnownConfig;
  try {
    config = readKnownConfig(path);
  } catch (error) {
    const problem = (error as Error).message;
    return { name, path, state: "damaged", kimg: 0, bytes, updated, problem };
  }
  const { state, kimg, best } = readEnding(stats, config);
  const trainer = trainerOf(path);
  const { family, resolution, source, pictures } = config;
  return {
    name,
    path,
    state: stateOf(trainer !== undefined, state),
    ...(trainer === undefined ? {} : { trainer }),
    family,
    resolution,
    source,
    pictures,
    kimg: kimg ?? 0,
    totalKimg: config.kimg,
    ...(best === undefined ? {} : { best }),
    bytes,
    updated,
  };
}

function stateOf(isTrained: boolean, ending: Ending["state"]): RunState {
  if (isTrained) return "running";
  return ending === "open" ? "interrupted" : (ending ?? "begun");
}

/** The runs of a folder in the order of their names; none where there is no folder. Other folders are passed over. */
export function listRuns(runs: string): RunSummary[] {
  return runNames(runs).map((name) => summarizeRun(join(runs, name)));
}

/** Names of the run folders in `runs`, in order: those that are numbered, and those that have a configuration. */
export function runNames(runs: string): string[] {
  return entriesOf(runs)
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map(({ name }) => name)
    .filter((name) => /^\d{5}-/.test(name) || lookAt(join(runs, name, "config.json")) !== undefined)
    .sort();
}
