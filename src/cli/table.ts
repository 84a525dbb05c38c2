/** A table of texts for a terminal: columns as wide as their widest cell, names to the left, columns of numbers to the right. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, i) =>
    Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0)),
  );
  const right = head.map(
    (_, i) =>
      i > 0 && rows.every((row) => /^$|^[\d,.]/.test(row[i] ?? "")) && rows.some((row) => row[i]),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) =>
        right[i] ? cell.padStart(widths[i] as number) : cell.padEnd(widths[i] as number),
      )
      .join("  ")
      .trimEnd();
  return [head, ...rows].map(line).join("\n");
}
