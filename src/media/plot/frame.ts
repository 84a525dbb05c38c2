/** @file What every plot shares: the axes around a rectangle, and the scales into it. Plots are SVG texts, made without a browser. */
import { scaleLinear, scaleLog } from "d3-scale";
import { escapeHtml } from "../page.ts";
import { seriesColour } from "./palette.ts";

/** How a plot looks. */
export interface PlotOptions {
  /** Width [pixels of the SVG]. @default 420 */
  readonly width?: number;
  /** Height [pixels of the SVG]. @default 240 */
  readonly height?: number;
  /** What the plot shows, for those who cannot see it. */
  readonly label: string;
  /** What the horizontal axis measures. */
  readonly xLabel?: string;
  /** What the vertical axis measures. */
  readonly yLabel?: string;
  /** Logarithmic vertical axis; values of 0 and below are left out. @default false */
  readonly yLog?: boolean;
  /** Values that the vertical axis must show. */
  readonly yShow?: readonly number[];
}

/** The inner rectangle of a plot and how values come into it. */
export interface Frame {
  /** Edges of the rectangle [pixels]. */
  readonly left: number;
  /** Right edge [pixels]. */
  readonly right: number;
  /** Upper edge [pixels]. */
  readonly top: number;
  /** Lower edge [pixels]. */
  readonly bottom: number;
  /** Horizontal place of a value [pixels]. */
  readonly x: (value: number) => number;
  /** Vertical place of a value [pixels]. */
  readonly y: (value: number) => number;
}

const MUTED = "var(--muted, #68707b)";
const GRID = "var(--grid, #ececee)";
const AXIS = "var(--line, #d0d2d6)";

const MARGIN = { left: 48, right: 14, top: 12, bottom: 26 } as const;

/** Room for a line of text [pixels]. */
const LINE = 18;

/** A number for an axis: `0.001`, `2.5k`, `1e-6`. */
function tickText(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1e9 || size < 1e-3) return Number(value.toPrecision(3)).toExponential();
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(3))}k`;
  return String(Number(value.toPrecision(4)));
}

/** A coordinate, short. */
export function at(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** The smallest and largest finite value; a range of its own where there is none or only one. */
function extent(values: readonly number[], log: boolean): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value) || (log && value <= 0)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return log ? [0.1, 10] : [0, 1];
  if (low < high) return [low, high];
  if (log) return [low / 2, high * 2];
  return low === 0 ? [0, 1] : [low - Math.abs(low) / 2, high + Math.abs(high) / 2];
}

/** Logarithmic axes of more decades than this name powers of ten only. */
const FINE_DECADES = 1.5;

/** The powers of ten of a logarithmic axis, or finer ticks where it has few. */
function logTicks(ticks: readonly number[], [low, high]: readonly number[]): readonly number[] {
  const decades = Math.log10((high as number) / (low as number));
  if (decades <= FINE_DECADES) return ticks.filter((_, i) => i % Math.ceil(ticks.length / 5) === 0);
  const tens = ticks.filter((tick) => Number.isInteger(Math.round(Math.log10(tick) * 1e9) / 1e9));
  return tens.filter((_, i) => i % Math.ceil(tens.length / 6) === 0);
}

/**
 * A plot with axes.
 *
 * @param xs Values that the horizontal axis must hold.
 * @param ys Values that the vertical axis must hold.
 * @param draw What is in it, as SVG.
 * @param keys Names of the series, shown above the rectangle where there are two or more.
 * @returns An SVG element that takes its colours from the page, if that has any.
 */
export function plot(
  xs: readonly number[],
  ys: readonly number[],
  options: PlotOptions,
  draw: (frame: Frame) => string,
  keys: readonly string[] = [],
): string {
  const { width = 420, height = 240, label, xLabel, yLabel, yLog = false } = options;
  const key = legend(keys.length > 1 ? keys : [], MARGIN.left, width - MARGIN.right);
  const top = MARGIN.top + Math.max(key.lines, yLabel === undefined ? 0 : 1) * LINE;
  const bottom = height - MARGIN.bottom - (xLabel === undefined ? 0 : LINE - 4);
  const [left, right] = [MARGIN.left, width - MARGIN.right];
  const x = scaleLinear(extent(xs, false), [left, right]);
  const y = (yLog ? scaleLog : scaleLinear)(extent([...ys, ...(options.yShow ?? [])], yLog), [
    bottom,
    top,
  ]).nice();
  const yTicks = yLog ? logTicks(y.ticks(), y.domain()) : y.ticks(5);
  const parts = [
    ...yTicks.map((tick) => {
      const place = at(y(tick));
      return `<path d="M${left} ${place}H${right}" stroke="${GRID}"/><text x="${left - 7}" y="${place}" dy=".32em" text-anchor="end">${tickText(tick)}</text>`;
    }),
    `<path d="M${left} ${at(bottom)}H${right}" stroke="${AXIS}"/>`,
    ...x
      .ticks(Math.max(2, Math.floor(width / 75)))
      .map(
        (tick) =>
          `<text x="${at(x(tick))}" y="${at(bottom + LINE)}" text-anchor="middle">${tickText(tick)}</text>`,
      ),
    xLabel === undefined
      ? ""
      : `<text x="${right}" y="${height - 4}" text-anchor="end">${escapeHtml(xLabel)}</text>`,
    yLabel === undefined || key.lines > 0 ? "" : `<text x="2" y="12">${escapeHtml(yLabel)}</text>`,
    key.svg,
    draw({ left, right, top, bottom, x, y }),
  ];
  return svg(width, height, label, parts.join(""));
}

/** Width of a letter of a legend [pixels], about. */
const LETTER = 6.2;

/** Names of series with their colours, in as many lines as they need. */
function legend(
  keys: readonly string[],
  left: number,
  right: number,
): { readonly svg: string; readonly lines: number } {
  let [place, line] = [left, 0];
  const parts = keys.map((key, i) => {
    const width = 15 + LETTER * key.length;
    if (place > left && place + width > right) [place, line] = [left, line + 1];
    const y = line * LINE;
    const dot = `<rect x="${at(place)}" y="${y + 5}" width="10" height="3" rx="1.5" fill="${seriesColour(i)}"/>`;
    const text = `<text x="${at(place + 15)}" y="${y + 10}">${escapeHtml(key)}</text>`;
    place += width + 16;
    return dot + text;
  });
  return { svg: parts.join(""), lines: keys.length === 0 ? 0 : line + 1 };
}

/** An SVG element with text of the size and colour of axes. */
export function svg(width: number, height: number, label: string, content: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeHtml(label)}" font-family="system-ui, sans-serif" font-size="11" fill="${MUTED}">${content}</svg>`;
}

/** A plot that stands by itself, on white paper: variables of pages are replaced by the light colours that stand behind them, since few viewers know them. */
export function standaloneSvg(plotted: string): string {
  return plotted
    .replace(/var\([^,]+, ([^)]+)\)/g, "$1")
    .replace(">", '><rect width="100%" height="100%" fill="#fff"/>');
}
