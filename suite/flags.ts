import { parseArgs } from "node:util";
import { ConfigError } from "../src/base/errors.ts";

/**
 * Whole numbers given as `--name 5`.
 *
 * @param suite Name of the suite, for messages.
 * @param defaults Value of each flag that is not given.
 * @throws {ConfigError} if a flag is unknown or its value no whole number of 0 or more.
 */
export function wholeNumbers<K extends string>(
  suite: string,
  args: readonly string[],
  defaults: Readonly<Record<K, number>>,
): Record<K, number> {
  const names = Object.keys(defaults) as K[];
  const options = Object.fromEntries(names.map((name) => [name, { type: "string" as const }]));
  let values: Partial<Record<string, string | boolean>>;
  try {
    values = parseArgs({ args: [...args], options }).values;
  } catch (cause) {
    throw new ConfigError(
      `suite ${suite}: ${(cause as Error).message}. Flags are ${names.map((name) => `--${name}`).join(", ")}.`,
      { cause },
    );
  }
  const numbers: Record<K, number> = { ...defaults };
  for (const name of names) {
    const text = values[name];
    if (text === undefined) continue;
    if (typeof text !== "string" || !/^\d+$/.test(text)) {
      throw new ConfigError(`suite ${suite}: --${name} is "${text}", expected a whole number.`);
    }
    numbers[name] = Number(text);
  }
  return numbers;
}
