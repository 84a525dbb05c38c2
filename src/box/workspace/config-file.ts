import { existsSync, readFileSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ConfigError } from "../../base/errors.ts";
import { nearestKey } from "../../base/spelling.ts";
import { parseOptions } from "../../train/config.ts";
import { describeOptions, type TrainOptions } from "../../train/options.ts";

/** Names that a configuration is looked for under. */
export const CONFIG_FILES = [
  "ganbox.config.json",
  "ganbox.config.ts",
  "ganbox.config.mts",
  "ganbox.config.js",
  "ganbox.config.mjs",
] as const;

/** What a configuration file says. */
export interface TrainConfig {
  /** Absolute path of the pictures, if it names them. */
  readonly data?: string;
  readonly options: TrainOptions;
}

/**
 * The configuration file of a folder.
 *
 * @returns undefined if there is none.
 * @throws {ConfigError} if there are several.
 */
export function findConfig(folder: string): string | undefined {
  const found = CONFIG_FILES.filter((name) => existsSync(join(folder, name)));
  if (found.length > 1) {
    throw new ConfigError(
      `${folder}: there are ${found.length} configurations (${found.join(", ")}), expected one. Keep one of them, or name it with --config.`,
    );
  }
  return found[0] === undefined ? undefined : join(folder, found[0]);
}

/**
 * Reads options of training from a file: JSON, or a module of JavaScript or TypeScript whose default export they are. A module is a program of the user's
 * own and is run; nothing that came with data or a model is ever read this way.
 *
 * @param path Beside options it may name the pictures: `data`, a path from the file on.
 * @throws {ConfigError} if it cannot be read or run, or an option is unknown or out of range.
 */
export async function readConfig(path: string): Promise<TrainConfig> {
  const content = await load(resolve(path), path);
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw new ConfigError(
      `${path}: got ${content === undefined ? "no default export" : JSON.stringify(content)}, expected an object of options such as {"resolution": 64, "kimg": 200}.`,
    );
  }
  const { data, ...options } = content as Record<string, unknown>;
  if (data !== undefined && (typeof data !== "string" || data === "")) {
    throw new ConfigError(
      `${path}: data: got ${JSON.stringify(data)}, expected the path of the pictures.`,
    );
  }
  checkKeys(options, path);
  parseOptions(options, path);
  return {
    ...(data === undefined ? {} : { data: resolve(dirname(path), data) }),
    options: options as TrainOptions,
  };
}

/** Names the nearest right key also where that is `data`, which training does not know. */
function checkKeys(options: Record<string, unknown>, path: string): void {
  const known = ["data", ...describeOptions().map(({ name }) => name)];
  const lines = Object.keys(options)
    .filter((key) => !known.includes(key))
    .map((key) => `${path}: unknown option "${key}"${nearestKey(key, known)}.`);
  if (lines.length > 0) throw new ConfigError(lines.join("\n"));
}

async function load(absolute: string, path: string): Promise<unknown> {
  try {
    if (extname(path) === ".json") return JSON.parse(readFileSync(path, "utf8"));
    if (/\.m?js$/.test(path)) {
      const module = (await import(pathToFileURL(absolute).href)) as { readonly default?: unknown };
      return module.default;
    }
    if (/\.m?ts$/.test(path)) return await loadTypeScript(absolute);
  } catch (cause) {
    throw new ConfigError(
      `${path}: the configuration cannot be read (${(cause as Error).message}), expected ${/\.[mc]?[jt]s$/.test(path) ? "a module whose default export is an object of options" : 'a JSON file such as {"resolution": 64, "kimg": 200}'}.`,
      { cause },
    );
  }
  throw new ConfigError(
    `${path}: a configuration with this ending is not read, expected .json, .ts, .mts, .js or .mjs.`,
  );
}

/** Node 20 does not read TypeScript; jiti takes the types away first, on every Node. */
async function loadTypeScript(absolute: string): Promise<unknown> {
  const { createJiti } = await import("jiti");
  const jiti = createJiti(import.meta.url, { fsCache: false, moduleCache: false });
  const module = await jiti.import<{ readonly default?: unknown }>(absolute);
  return module.default;
}

/** Options on top of others. What says how long to train replaces the other way of saying it. */
export function mergeOptions(below: TrainOptions, above: TrainOptions): TrainOptions {
  const { kimg, iterations, ...others } = below;
  const length = {
    ...(kimg === undefined ? {} : { kimg }),
    ...(iterations === undefined ? {} : { iterations }),
  };
  const replaced = above.kimg !== undefined || above.iterations !== undefined;
  return { ...others, ...(replaced ? {} : length), ...above };
}
