/** @file Reports as lines of text: what those of films, music and sounds have in common. */
import type { SkippedFile } from "../dataset.ts";

/** Most files that a list names. */
const NAMED = 10;

/** A title with the number of lines, and the first of them; nothing if there are none. */
export function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length > NAMED ? [`  and ${lines.length - NAMED} more`] : [];
  return [
    `${title}: ${lines.length}`,
    ...lines.slice(0, NAMED).map((line) => `  ${line}`),
    ...more,
  ];
}

/** What a doctor says about a file that it could read. */
interface Examined {
  readonly file: string;
  /** Why training cannot use it; empty if it can. */
  readonly problem: string;
  readonly warnings: readonly string[];
}

/** What is wrong with files. */
interface Faults {
  /** Files that cannot be read. */
  readonly broken: readonly SkippedFile[];
  /** Files with the content of an earlier one. */
  readonly duplicates: readonly { readonly file: string; readonly same: string }[];
}

/**
 * Sections about files that training leaves out, and about odd ones.
 *
 * @param copies Title of the files with the content of an earlier one.
 */
export function faultSections(
  { broken, duplicates }: Faults,
  examined: readonly Examined[] = [],
  copies = "left out, same content",
): string[] {
  return [
    ...section(
      "cannot be read",
      broken.map(({ file, reason }) => `${file}: ${reason}`),
    ),
    ...section(
      "cannot be used",
      examined.flatMap(({ file, problem }) => (problem === "" ? [] : [`${file}: ${problem}`])),
    ),
    ...section(
      copies,
      duplicates.map(({ file, same }) => `${file}: as ${same}`),
    ),
    ...section(
      "odd",
      examined.flatMap(({ file, problem, warnings }) =>
        problem === "" ? warnings.map((warning) => `${file}: ${warning}`) : [],
      ),
    ),
  ];
}
