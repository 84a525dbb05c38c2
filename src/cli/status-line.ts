/** Widest progress bar [characters], and the narrowest that is worth its place. */
const BAR = { widest: 24, narrowest: 6 } as const;

/** A bar and as many fields as fit. */
export function statusLine(part: number, fields: readonly string[], columns: number): string {
  let text = "";
  for (const field of fields) {
    const longer = text === "" ? field : `${text}  ${field}`;
    if (longer.length > columns) break;
    text = longer;
  }
  const width = Math.min(BAR.widest, columns - text.length - 3);
  if (width < BAR.narrowest) return text;
  const filled = Math.round(Math.min(1, Math.max(0, part)) * width);
  return `[${"=".repeat(filled)}${" ".repeat(width - filled)}] ${text}`;
}
