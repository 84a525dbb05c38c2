import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";

/** The page with the results of the suite. */
export const RESULTS_PAGE: string = resolve(import.meta.dirname, "../docs/results.md");

const open = (name: string): string => `<!-- suite ${name}: made by npm run suite -- ${name} -->`;
const close = (name: string): string => `<!-- end of suite ${name} -->`;

/** Place of a section between its markers. */
function bounds(page: string, name: string): [begin: number, end: number] {
  const [begin, end] = [page.indexOf(open(name)), page.indexOf(close(name))];
  if (begin < 0 || end < begin) {
    throw new Error(
      `${RESULTS_PAGE}: no place for the results of "${name}", expected the line ${open(name)} and after it ${close(name)}. Add both.`,
    );
  }
  return [begin + open(name).length, end];
}

function readPage(): string {
  return readFileSync(RESULTS_PAGE, "utf8").replaceAll("\r\n", "\n");
}

/** The text that the page has for a suite. */
export function readSection(name: string): string {
  const page = readPage();
  return page.slice(...bounds(page, name)).trim();
}

/** Replaces the text that the page has for a suite. */
export function writeSection(name: string, text: string): void {
  const page = readPage();
  const [begin, end] = bounds(page, name);
  writeFileSync(RESULTS_PAGE, `${page.slice(0, begin)}\n${text}\n${page.slice(end)}`);
}
