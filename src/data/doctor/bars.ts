/** @file Bar charts as SVG. Colours are those of the page: `currentColor` and the class `bar`. */

/** One bar. */
export interface Bar {
  readonly label: string;
  readonly count: number;
}

/** Sizes [SVG units, pixels at full size]. */
const CHART = { width: 560, row: 24, label: 116, number: 76, bar: 12 } as const;

/** Text for HTML and SVG, in content and attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** Horizontal bars below each other, with label and count. */
export function barChart(bars: readonly Bar[], title: string): string {
  const most = bars.reduce((max, { count }) => Math.max(max, count), 1);
  const room = CHART.width - CHART.label - CHART.number;
  const rows = bars.map(({ label, count }, i) => {
    const middle = (i + 0.5) * CHART.row;
    const width = count === 0 ? 0 : Math.max(2, (count / most) * room);
    return [
      `<text x="${CHART.label - 12}" y="${middle}" text-anchor="end">${escapeHtml(label)}</text>`,
      `<rect class="bar" x="${CHART.label}" y="${middle - CHART.bar / 2}" width="${width.toFixed(1)}" height="${CHART.bar}" rx="2"/>`,
      `<text class="quiet" x="${(CHART.label + width + 8).toFixed(1)}" y="${middle}">${count.toLocaleString("en-US")}</text>`,
    ].join("");
  });
  const height = bars.length * CHART.row;
  return `<svg viewBox="0 0 ${CHART.width} ${height}" role="img" aria-label="${escapeHtml(title)}">${rows.join("\n")}</svg>`;
}
