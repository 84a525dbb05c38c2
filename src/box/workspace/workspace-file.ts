import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ConfigError } from "../../base/errors.ts";
import { nearestKey } from "../../base/spelling.ts";
import { parseOptions } from "../../train/config.ts";
import type { TrainOptions } from "../../train/options.ts";
import { writeFileAtomically } from "./files.ts";

/** Name of the file that makes a folder a workspace. */
const FILE = "ganbox.json";

const VERSION = 1;

const schema = z.strictObject({
  version: z.literal(VERSION),
  name: z.string().min(1),
  data: z.array(z.string().min(1)),
  settings: z.record(z.string(), z.unknown()),
});

/** What a workspace knows beside what lies in its folders: `ganbox.json`. Ganbox writes it; people write `ganbox.config.*`. */
export interface WorkspaceFile {
  readonly version: 1;
  readonly name: string;
  /** Pictures to learn from: folders and files, absolute or from the workspace on. */
  readonly data: readonly string[];
  /** Options of training that hold where nothing else is said. */
  readonly settings: TrainOptions;
}

/** Path of the file of a workspace. */
export function workspaceFileOf(root: string): string {
  return join(root, FILE);
}

/** Whether a folder is a workspace: it has `ganbox.json`, or at least a run in `runs/`. */
export function isWorkspace(folder: string): boolean {
  if (existsSync(workspaceFileOf(folder))) return true;
  try {
    return readdirSync(join(folder, "runs")).some((name) => /^\d{5}-/.test(name));
  } catch {
    return false;
  }
}

/**
 * Reads `ganbox.json`.
 *
 * @returns undefined if the workspace has none.
 * @throws {ConfigError} if it is damaged, of a newer version, or a setting is wrong.
 */
export function readWorkspaceFile(root: string): WorkspaceFile | undefined {
  const path = workspaceFileOf(root);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new ConfigError(
      `${path}: the workspace's file is damaged or cannot be read (${(cause as Error).message}), expected JSON. Put it right, or move it away: runs and models stay as they are.`,
      { cause },
    );
  }
  const { version } = (value ?? {}) as { readonly version?: unknown };
  if (typeof version === "number" && version > VERSION) {
    throw new ConfigError(
      `${path}: workspace of version ${version}, expected version ${VERSION}. A newer Ganbox wrote it: use that one. Nothing was changed.`,
    );
  }
  const result = schema.safeParse(value);
  if (!result.success) throw new ConfigError(describe(path, value, result.error.issues));
  parseOptions(result.data.settings, `${path}: settings`);
  return result.data as WorkspaceFile;
}

function describe(path: string, value: unknown, issues: readonly z.core.$ZodIssue[]): string {
  const known = Object.keys(schema.shape);
  return issues
    .map((issue) => {
      if (issue.code === "unrecognized_keys")
        return issue.keys
          .map((key) => `${path}: unknown key "${key}"${nearestKey(key, known)}.`)
          .join("\n");
      const actual = issue.path.reduce<unknown>(
        (v, key) => (v as Record<PropertyKey, unknown> | undefined)?.[key],
        value,
      );
      const place = issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
      return `${path}: ${place}${issue.message} (got ${JSON.stringify(actual)}).`;
    })
    .join("\n");
}

/**
 * Writes `ganbox.json`. Call it under the workspace's lock.
 *
 * @throws {MediaError} if it cannot be written; the one before stays.
 */
export function writeWorkspaceFile(root: string, content: WorkspaceFile): void {
  writeFileAtomically(workspaceFileOf(root), `${JSON.stringify(content, null, 2)}\n`);
}
