import { scaleLinear } from "d3-scale";
import { escapeHtml } from "../page.ts";
import { at, svg } from "./frame.ts";
import { seriesColour } from "./palette.ts";

/** One bar. */
export interface Bar {
  readonly name: string;
  /** 0 or more; what is not finite has no bar. */
  readonly value: number;
  /** The value as people read it. @default its first three digits */
  readonly text?: string;
}

const ROW = 22;
const LETTER = 6.4;

/** Most letters of a name. */
const LONGEST = 28;

/** Room for the texts behind the bars [pixels]. */
const TEXTS = 64;

/**
 * A chart of horizontal bars from 0, in their order from top to bottom.
 *
 * @param label What the chart shows, for those who cannot see it.
 * @param width Width [pixels of the SVG].
 * @returns An SVG element; its height follows from the number of bars.
 */
export function barChart(bars: readonly Bar[], label: string, width = 420): string {
  const names = bars.map(({ name }) =>
    name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name,
  );
  const left = 10 + LETTER * Math.max(1, ...names.map((name) => name.length));
  const finite = bars.map(({ value }) => (Number.isFinite(value) ? Math.max(0, value) : 0));
  const most = Math.max(0, ...finite);
  const length = scaleLinear([0, most === 0 ? 1 : most], [0, Math.max(20, width - left - TEXTS)]);
  const rows = bars.map(({ value, text }, i) => {
    const [middle, long] = [ROW * i + ROW / 2, length(finite[i] as number)];
    return [
      `<text x="${at(left - 8)}" y="${middle}" dy=".34em" text-anchor="end">${escapeHtml(names[i] as string)}</text>`,
      `<rect x="${at(left)}" y="${middle - 7}" width="${at(Math.max(1, long))}" height="14" rx="2" fill="${seriesColour(0)}"/>`,
      `<text x="${at(left + Math.max(1, long) + 6)}" y="${middle}" dy=".34em" fill="var(--ink, #1d2127)">${escapeHtml(text ?? String(Number(value.toPrecision(3))))}</text>`,
    ].join("");
  });
  return svg(width, Math.max(ROW, ROW * bars.length), label, rows.join(""));
}
