import { existsSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join, resolve } from "node:path";
import { CheckpointError, ConfigError } from "../../base/errors.ts";
import { mediumOf } from "../../models/registry.ts";
import { parseOptions, resolveConfig } from "../../train/config.ts";
import type { TrainOptions } from "../../train/options.ts";
import { writeFileAtomically } from "../workspace/files.ts";

/** What the families share, and which run belongs to which: `plan.json` beside the runs. */
interface PlanFile {
  readonly version: 1;
  readonly source: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Name of the run folder of each family that has begun. */
  readonly runs: Readonly<Record<string, string>>;
}

/**
 * The families of a comparison, each once.
 *
 * @throws {ConfigError} if there is none, one is unknown, or an option is wrong for one of them. Nothing has been computed or written then.
 */
export function checkFamilies(names: readonly string[], options: TrainOptions): string[] {
  const families = [...new Set(names)];
  if (families.length === 0)
    throw new ConfigError("families: got none, expected at least 1, for example r3gan,vae.");
  for (const key of ["family", "from", "freeze"] as const) {
    if (options[key] === undefined) continue;
    throw new ConfigError(
      `${key}: got ${JSON.stringify(options[key])}, but a comparison trains several families from nothing. Leave it out.`,
    );
  }
  if (options.iterations !== undefined) {
    throw new ConfigError(
      `iterations: got ${options.iterations}, but families have batches of different sizes, so as many steps are not the same budget. Give kimg.`,
    );
  }
  const odd = families.find((family) => mediumOf(family) !== "pictures");
  if (odd !== undefined) {
    throw new ConfigError(
      `families: ${odd} is trained on ${mediumOf(odd)}, expected families that are trained on pictures. Leave it out.`,
    );
  }
  parseOptions(options);
  const nothing = { source: "", hash: "", pictures: 2, classes: [] };
  for (const family of families) {
    try {
      resolveConfig({ ...options, family, conditional: false }, nothing, availableParallelism());
    } catch (cause) {
      throw new ConfigError(`${family}: ${(cause as Error).message}`, { cause });
    }
  }
  return families;
}

/** The folder of a comparison: `runs/` with `plan.json`, which says what they have in common. */
export class Plan {
  /** Folder of the runs. */
  readonly runs: string;
  #file: PlanFile;

  private constructor(runs: string, file: PlanFile) {
    this.runs = runs;
    this.#file = file;
  }

  /**
   * Begins a comparison, or goes on with the one that the folder holds.
   *
   * @throws {ConfigError} if that has other pictures or options.
   * @throws {CheckpointError} if its plan is damaged.
   */
  static open(outputDir: string, source: string, options: TrainOptions): Plan {
    const runs = join(resolve(outputDir), "runs");
    // As JSON keeps it: without what is undefined.
    const given = JSON.parse(JSON.stringify(options)) as Record<string, unknown>;
    const before = readPlan(join(runs, "plan.json"));
    if (before !== undefined) checkSame(outputDir, before, source, given);
    return new Plan(runs, before ?? { version: 1, source, options: given, runs: {} });
  }

  /** The run of a family that can be gone on with, if there is one. */
  runOf(family: string): string | undefined {
    const name = this.#file.runs[family];
    if (name === undefined) return undefined;
    const run = join(this.runs, name);
    const checkpoints = join(run, "checkpoints");
    // Stopped before its first checkpoint, or deleted: it begins anew.
    return existsSync(checkpoints) && readdirSync(checkpoints).length > 0 ? run : undefined;
  }

  /** Remembers the run of a family. */
  note(family: string, run: string): void {
    this.#file = { ...this.#file, runs: { ...this.#file.runs, [family]: basename(run) } };
    writeFileAtomically(join(this.runs, "plan.json"), `${JSON.stringify(this.#file, null, 2)}\n`);
  }
}

function readPlan(path: string): PlanFile | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const { version, source, options, runs } = JSON.parse(readFileSync(path, "utf8")) as PlanFile;
    const names = Object.values(runs);
    // A name leads nowhere but to a folder beside the plan.
    const isSound = names.every((name) => basename(name) === name && !name.startsWith("."));
    if (version === 1 && typeof source === "string" && typeof options === "object" && isSound)
      return { version, source, options, runs };
  } catch {
    // Told below.
  }
  throw new CheckpointError(
    `${path}: this is no plan of a comparison of this Ganbox, expected the file that \`ganbox compare\` wrote. Choose another folder with --out, or delete this one.`,
  );
}

function checkSame(
  folder: string,
  before: PlanFile,
  source: string,
  options: Readonly<Record<string, unknown>>,
): void {
  const [then, now] = [
    { pictures: before.source, ...before.options },
    { pictures: source, ...options },
  ] as [Record<string, unknown>, Record<string, unknown>];
  const text = (value: unknown): string =>
    value === undefined ? "not given" : JSON.stringify(value);
  const changed = [...new Set([...Object.keys(then), ...Object.keys(now)])]
    .filter((key) => JSON.stringify(then[key]) !== JSON.stringify(now[key]))
    .map((key) => `${key} ${text(now[key])}, there ${text(then[key])}`);
  if (changed.length === 0) return;
  throw new ConfigError(
    `${folder}: this folder holds a comparison with other options (${changed.join("; ")}), expected the same, so that its runs can be gone on with. Repeat them, or choose another folder with --out.`,
  );
}
