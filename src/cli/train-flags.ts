import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import { ConfigError } from "../base/errors.ts";
import {
  describeOptions,
  type OptionProperty,
  parseOptions,
  type TrainOptions,
} from "../box/training.ts";

const OPTIONS = describeOptions();

/** Adds a flag for each option of training. */
export function addTrainFlags(command: Command): void {
  for (const { flag, property } of OPTIONS) {
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

/**
 * Options from the flags that were given and, below them, a configuration file.
 *
 * @throws {ConfigError} if the file cannot be read, or an option is unknown or out of range.
 */
export function readTrainOptions(command: Command, configFile: string | undefined): TrainOptions {
  const flags: Record<string, unknown> = {};
  for (const { name, property } of OPTIONS) {
    if (command.getOptionValueSource(name) !== "cli") continue;
    const given: unknown = command.getOptionValue(name);
    flags[name] = typeof given === "string" ? convert(given, property) : given;
  }
  parseOptions(flags, "ganbox train");
  const fromFile = configFile === undefined ? {} : readConfigFile(configFile);
  return { ...fromFile, ...flags } as TrainOptions;
}

function readConfigFile(path: string): Record<string, unknown> {
  let options: unknown;
  try {
    options = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new ConfigError(
      `${path}: the configuration cannot be read (${(cause as Error).message}), expected a JSON file such as {"resolution": 64, "kimg": 200}.`,
      { cause },
    );
  }
  parseOptions(options, path);
  return options as Record<string, unknown>;
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
