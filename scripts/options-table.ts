/** Writes `docs/options.md` from the schema of training's options: `npx tsx scripts/options-table.ts`. */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { describeOptions, type OptionProperty } from "../src/train/options.ts";

/** Where the table is kept. */
export const OPTIONS_TABLE_PATH: string = resolve(import.meta.dirname, "../docs/options.md");

function bounds({ type, minimum, exclusiveMinimum, maximum }: OptionProperty): string {
  // Zod bounds every integer by the largest exact one, which tells nobody anything.
  const most = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const least = minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? undefined : minimum;
  if (most !== undefined && least !== undefined) return ` from ${least} to ${most}`;
  if (least !== undefined) return ` from ${least}`;
  if (exclusiveMinimum === undefined) return "";
  return type === "integer" ? ` from ${exclusiveMinimum + 1}` : ` above ${exclusiveMinimum}`;
}

function typeOf(property: OptionProperty): string {
  const { type, enum: choices, items, prefixItems, anyOf } = property;
  if (choices !== undefined) return choices.map((c) => `\`${c}\``).join(", ");
  if (anyOf !== undefined) return anyOf.map(typeOf).join(" or ");
  if (prefixItems !== undefined) return `two numbers${bounds(prefixItems[0] ?? {})}`;
  if (type === "array")
    return items?.enum ? `list of ${typeOf(items)}` : `list: ${typeOf(items ?? {})}`;
  if (type === "integer") return `whole number${bounds(property)}`;
  if (type === "boolean") return "yes or no";
  return type === "string" ? "text" : `${type}${bounds(property)}`;
}

function row({ name, flag, property }: ReturnType<typeof describeOptions>[number]): string {
  const { description = "", default: value } = property;
  const dashes = property.type === "boolean" && value === true ? "--no-" : "--";
  const standard =
    value === undefined ? "chosen" : `\`${JSON.stringify(value).replaceAll('"', "")}\``;
  return `| \`${name}\` | \`${dashes}${flag}\` | ${typeOf(property)} | ${standard} | ${description} |`;
}

/** The text of `docs/options.md`. */
export function optionsTable(): string {
  return [
    "# Options of training",
    "",
    "Made by `npx tsx scripts/options-table.ts` from the schema in `src/train/options.ts`, which the command's flags, configuration",
    "files and `new GAN({ … })` are checked against; a test fails when it is out of date.",
    "",
    "“Chosen” means from the resolution, the number of pictures, the length of the run and the machine. `ganbox train <folder>",
    "--dry-run` prints what that is, and a run keeps it in its `config.json`. Lists are written with commas on the command line:",
    "`--gamma 2,0.2`. Settings with two numbers go from the first to the second along half a cosine.",
    "",
    "| option | flag | value | default | meaning |",
    "| --- | --- | --- | --- | --- |",
    ...describeOptions().map(row),
    "",
  ].join("\n");
}

if (resolve(process.argv[1] ?? "") === import.meta.filename) {
  writeFileSync(OPTIONS_TABLE_PATH, optionsTable());
}
