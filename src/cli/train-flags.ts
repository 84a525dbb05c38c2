import { resolve } from "node:path";
import { type Command, Option } from "commander";
import {
  describeOptions,
  type OptionProperty,
  parseOptions,
  type TrainOptions,
} from "../box/training.ts";
import { findConfig, mergeOptions, readConfig, readWorkspaceFile } from "../box/workspace.ts";

const OPTIONS = describeOptions();

/**
 * Adds a flag for each option of training.
 *
 * @param leftOut Options that the command decides itself.
 */
export function addTrainFlags(command: Command, leftOut: readonly string[] = []): void {
  for (const { name, flag, property } of OPTIONS) {
    if (leftOut.includes(name)) continue;
    const text = describe(property);
    if (property.type === "boolean") {
      const [on, off] = [
        new Option(`--${flag}`, text),
        new Option(`--no-${flag}`, `do not ${text}`),
      ];
      command.addOption(on.hideHelp(property.default === true));
      command.addOption(off.hideHelp(property.default !== true));
    } else {
      command.addOption(new Option(`--${flag} ${placeholder(property)}`, text));
    }
  }
}

/** What a training is asked for. */
export interface TrainInput {
  readonly options: TrainOptions;
  /** Absolute path of the pictures, if a file names them. */
  readonly data?: string;
  /** The configuration file that was read. */
  readonly file?: string;
}

/**
 * Options from the flags that were given; below them a configuration file, the one that is named or that of the current folder; below that the settings of
 * the current folder's workspace.
 *
 * @param folder Where a configuration and a workspace are looked for.
 * @throws {ConfigError} if a file cannot be read, or an option is unknown or out of range.
 */
export async function readTrainInput(
  command: Command,
  configFile: string | undefined,
  folder = ".",
): Promise<TrainInput> {
  const flags = readTrainFlags(command);
  parseOptions(flags, "ganbox train");
  const file = configFile ?? findConfig(folder);
  const config = file === undefined ? undefined : await readConfig(file);
  const workspace = readWorkspaceFile(folder);
  const named = workspace?.data[0];
  const data = config?.data ?? (named === undefined ? undefined : resolve(folder, named));
  const below = mergeOptions(workspace?.settings ?? {}, config?.options ?? {});
  return {
    options: mergeOptions(below, flags),
    ...(data === undefined ? {} : { data }),
    ...(file === undefined ? {} : { file }),
  };
}

/** The options of training that were given as flags; they are not checked yet. */
export function readTrainFlags(command: Command): Record<string, unknown> {
  const flags: Record<string, unknown> = {};
  for (const { name, property } of OPTIONS) {
    if (command.getOptionValueSource(name) !== "cli") continue;
    const given: unknown = command.getOptionValue(name);
    flags[name] = typeof given === "string" ? convert(given, property) : given;
  }
  return flags;
}

/** The value that a text means to an option. What does not fit stays text, and the schema says what it should have been. */
function convert(text: string, property: OptionProperty): unknown {
  const { type, items, prefixItems, anyOf } = property;
  if (type === "number" || type === "integer") {
    const number = Number(text);
    return text.trim() === "" || Number.isNaN(number) ? text : number;
  }
  if (type === "array") {
    return text.split(",").map((part, i) => convert(part.trim(), prefixItems?.[i] ?? items ?? {}));
  }
  for (const choice of anyOf ?? []) {
    const value = convert(text, choice);
    if (value !== text) return value;
  }
  return text;
}

function placeholder({ type, enum: choices, prefixItems, anyOf }: OptionProperty): string {
  if (prefixItems !== undefined) return "<start,end>";
  if (type === "array") return "<list>";
  if (choices !== undefined) return "<name>";
  return type === "number" || type === "integer" || anyOf !== undefined ? "<n>" : "<text>";
}

function describe({
  description = "",
  default: value,
  enum: choices,
  items,
}: OptionProperty): string {
  const all = choices ?? items?.enum ?? [];
  const named = value === undefined || typeof value === "boolean" ? "" : ` (default: ${value})`;
  return `${description}${named}${all.length > 1 ? ` [${all.join("|")}]` : ""}`;
}
