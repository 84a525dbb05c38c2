/** What stands in a cell; what is not there, and what is no finite number, leaves it empty. */
export type Cell = string | number | boolean | null | undefined;

/**
 * Rows as a table of comma-separated values (RFC 4180, lines ending in a line feed), which spreadsheets, `csv` and `pandas.read_csv` read.
 *
 * @param rows Cells by the names of their columns. A column is there if a row names it; columns come in the order in which they are first named.
 */
export function toCsv(rows: readonly Readonly<Record<string, Cell>>[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = rows.map((row) => columns.map((name) => cellText(row[name])).join(","));
  return [columns.map(cellText).join(","), ...lines, ""].join("\n");
}

function cellText(cell: Cell): string {
  if (cell === undefined || cell === null) return "";
  if (typeof cell === "number") return Number.isFinite(cell) ? String(cell) : "";
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
