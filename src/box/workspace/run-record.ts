import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { CheckpointError } from "../../base/errors.ts";
import type {
  MetricEvent,
  SampleEvent,
  StartEvent,
  TickEvent,
  TrainEvent,
  WarningEvent,
} from "../../base/events.ts";
import { nearestKey } from "../../base/spelling.ts";
import { History } from "../../train/history.ts";
import { RunFolder } from "../../train/run-folder.node.ts";
import { type Verdict, verdictsOn } from "../../train/verdicts.ts";
import { parseEvent } from "./events.ts";
import { readKnownConfig } from "./run-config.ts";
import { type RunSummary, runNames, summarizeRun } from "./run-summary.ts";

/** A file of a run. */
export interface RunFile {
  /** Path from the run on, with `/`. */
  readonly name: string;
  readonly bytes: number;
}

/** All that a run has written down. Positions that were trained twice, before and after a resume, count once. */
export interface RunRecord {
  readonly summary: RunSummary;
  /** `config.json` as it is written; undefined if it cannot be read, and `summary.problem` says why. */
  readonly config: Readonly<Record<string, unknown>> | undefined;
  readonly start: StartEvent | undefined;
  readonly ticks: readonly TickEvent[];
  readonly metrics: readonly MetricEvent[];
  /** Sample grids that are there. */
  readonly samples: readonly SampleEvent[];
  readonly warnings: readonly WarningEvent[];
  /** Verdicts that hold at its end. */
  readonly verdicts: readonly Verdict[];
  /** Lines of `stats.jsonl` that could not be used. */
  readonly damagedLines: number;
  readonly files: readonly RunFile[];
  /** Model card, Markdown. */
  readonly card: string | undefined;
}

/**
 * Reads a run: finished, running or half made. What is damaged is left out and counted.
 *
 * @throws {CheckpointError} if there is no folder.
 */
export function readRun(path: string): RunRecord {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new CheckpointError(
      `${path}: there is no such folder, expected that of a run. \`ganbox list\` names them.`,
    );
  }
  const summary = summarizeRun(resolve(path));
  const config = summary.problem === undefined ? readKnownConfig(path).all : undefined;
  const { events, damagedLines } = readEvents(join(path, "stats.jsonl"));
  const cardPath = join(path, "model", "card.md");
  return {
    summary,
    config,
    start: events.findLast((event) => event.type === "start"),
    ticks: inOrder(events.filter((event) => event.type === "tick")),
    metrics: inOrder(events.filter((event) => event.type === "metric")),
    samples: samplesOf(path, events),
    warnings: events.filter((event) => event.type === "warning"),
    verdicts: verdictsAtEnd(events, path),
    damagedLines,
    files: filesOf(path),
    card: existsSync(cardPath) ? readFileSync(cardPath, "utf8") : undefined,
  };
}

/**
 * The run that a person means.
 *
 * @param runs Folder of the runs.
 * @param wanted Path of a run, the name of its folder, or its number.
 * @throws {CheckpointError} if there is none.
 */
export function findRun(runs: string, wanted: string): string {
  if (existsSync(join(wanted, "config.json"))) return resolve(wanted);
  const names = runNames(runs);
  const number = /^\d{1,5}$/.test(wanted) ? wanted.padStart(5, "0") : undefined;
  const name = names.find((one) => one === wanted || one.slice(0, 5) === number);
  if (name !== undefined) return join(runs, name);
  if (statSync(wanted, { throwIfNoEntry: false })?.isDirectory() && looksLikeRun(wanted))
    return resolve(wanted);
  const known =
    names.length === 0 ? ", and there are no runs here yet." : nearestKey(wanted, names.slice(-8));
  throw new CheckpointError(`${runs}: no run is called "${wanted}"${known}`);
}

/** Whether a folder without a configuration was a run: it has what runs have. */
function looksLikeRun(path: string): boolean {
  return ["stats.jsonl", "checkpoints", "samples"].some((part) => existsSync(join(path, part)));
}

function readEvents(path: string): { events: TrainEvent[]; damagedLines: number } {
  const events: TrainEvent[] = [];
  let damagedLines = 0;
  if (!existsSync(path)) return { events, damagedLines };
  for (const line of readFileSync(path, "utf8").split("\n")) {
    if (line === "") continue;
    const event = parseEvent(line);
    if (event === undefined) damagedLines++;
    else events.push(event);
  }
  return { events, damagedLines };
}

/** What came later replaces what was at its position and beyond: a resumed run trains from its checkpoint on. */
function inOrder<T extends { readonly kimg: number }>(events: readonly T[]): T[] {
  const kept: T[] = [];
  for (const event of events) {
    while ((kept.at(-1)?.kimg ?? Number.NEGATIVE_INFINITY) >= event.kimg) kept.pop();
    kept.push(event);
  }
  return kept;
}

/** Grids by their names in `samples/`: the run may have been moved since it wrote their paths. */
function samplesOf(path: string, events: readonly TrainEvent[]): SampleEvent[] {
  const samples = inOrder(events.filter((event) => event.type === "sample"));
  return samples.flatMap((event) => {
    const name = event.path.split(/[\\/]/).at(-1) ?? "";
    const here = join(path, "samples", name);
    return existsSync(here) ? [{ ...event, path: here }] : [];
  });
}

/** What holds at the end of a run; nothing for one that this Ganbox could not go on with. */
function verdictsAtEnd(events: readonly TrainEvent[], path: string): Verdict[] {
  let run: RunFolder;
  try {
    run = RunFolder.open(path);
  } catch {
    return [];
  }
  const history = new History();
  for (const event of events) history.add(event);
  return verdictsOn(history, run.config, history.said);
}

/** Every file of a run. */
function filesOf(path: string): RunFile[] {
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((file) => ({
      name: relative(path, file).split("\\").join("/"),
      bytes: statSync(file, { throwIfNoEntry: false })?.size ?? 0,
    }))
    .sort((a, b) => Number(a.name > b.name) - Number(a.name < b.name));
}
