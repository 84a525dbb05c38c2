import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { writeSection } from "./document.ts";

/**
 * Makes results the published ones: numbers as `suite/results/<name>.json`, text as the section of that name in docs/results.md.
 *
 * @param text Markdown.
 */
export function publish(name: string, numbers: object, text: string): void {
  const file = resolve(import.meta.dirname, "results", `${name}.json`);
  writeFileSync(file, `${JSON.stringify(numbers, null, 2)}\n`);
  writeSection(name, text);
}

/** A Markdown table: cells row by row, the first row on top. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const [head = [], ...body] = rows;
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "--:"))), ...body.map(line)].join(
    "\n",
  );
}
