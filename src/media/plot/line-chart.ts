import { at, type Frame, type PlotOptions, plot } from "./frame.ts";
import { seriesColour } from "./palette.ts";

/** Values along a line. */
export interface Series {
  readonly name: string;
  /** From left to right. Where y is no finite number the line has a gap. */
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Marks every point, and tells its values where the pointer rests. @default false */
  readonly marked?: boolean;
}

/** Points of a line that a chart can show: more become means, with the range of what they stand for behind them. */
const MOST_POINTS = 240;

/** Neighbouring points as one. */
interface Bucket {
  readonly x: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Means and ranges of equally many neighbours; points that are not finite end the bucket and stay a gap. */
function buckets(points: Series["points"], shown: (y: number) => boolean): (Bucket | undefined)[] {
  const size = Math.ceil(points.length / MOST_POINTS);
  const result: (Bucket | undefined)[] = [];
  for (let first = 0; first < points.length; first += size) {
    const all = points.slice(first, first + size);
    const some = all.filter(([, y]) => shown(y));
    if (some.length === 0) {
      result.push(undefined);
      continue;
    }
    const ys = some.map(([, y]) => y);
    result.push({
      x: some.reduce((sum, [x]) => sum + x, 0) / some.length,
      mean: ys.reduce((sum, y) => sum + y, 0) / ys.length,
      low: Math.min(...ys),
      high: Math.max(...ys),
    });
  }
  return result;
}

/** The unbroken stretches of a line. */
function stretches(line: readonly (Bucket | undefined)[]): Bucket[][] {
  const result: Bucket[][] = [[]];
  for (const bucket of line) {
    if (bucket === undefined) result.push([]);
    else result.at(-1)?.push(bucket);
  }
  return result.filter((stretch) => stretch.length > 0);
}

function path(frame: Frame, line: readonly Bucket[], value: (bucket: Bucket) => number): string {
  return line.map((bucket) => `${at(frame.x(bucket.x))} ${at(frame.y(value(bucket)))}`).join("L");
}

function drawLine(frame: Frame, line: readonly Bucket[], colour: string, ranges: boolean): string {
  const mean = path(frame, line, (bucket) => bucket.mean);
  const back = path(frame, [...line].reverse(), (bucket) => bucket.low);
  const range = ranges
    ? `<path d="M${path(frame, line, (bucket) => bucket.high)}L${back}Z" fill="${colour}" opacity=".16"/>`
    : "";
  // A stretch of one point is a dot.
  return `${range}<path d="M${mean}${line.length === 1 ? "h0" : ""}" fill="none" stroke="${colour}" stroke-width="1.6" stroke-linejoin="round" stroke-linecap="round"/>`;
}

/**
 * A chart of lines.
 *
 * Lines of many points are drawn as means of neighbours on a pale band of their range, so a noisy loss is readable and nothing is hidden.
 *
 * @returns An SVG element.
 */
export function lineChart(series: readonly Series[], options: PlotOptions): string {
  const shown = (y: number): boolean => Number.isFinite(y) && (options.yLog !== true || y > 0);
  const lines = series.map(({ points }) => buckets(points, shown));
  const xs = series.flatMap(({ points }) => points.map(([x]) => x));
  const values = lines.flatMap((line) => line.flatMap((b) => (b ? [b.low, b.high] : [])));
  const draw = (frame: Frame): string =>
    lines
      .map((line, i) => {
        const { points, marked, name } = series[i] as Series;
        const colour = seriesColour(i);
        const ranges = points.length > MOST_POINTS;
        const drawn = stretches(line).map((part) => drawLine(frame, part, colour, ranges));
        const dots = marked === true ? points.filter(([, y]) => shown(y)) : [];
        return [
          ...drawn,
          ...dots.map(([x, y]) => {
            const text = `<title>${name.replace(/[&<>]/g, "")} ${Number(y.toPrecision(4))} at ${Number(x.toPrecision(4))}</title>`;
            return `<circle cx="${at(frame.x(x))}" cy="${at(frame.y(y))}" r="2.6" fill="${colour}">${text}</circle>`;
          }),
        ].join("");
      })
      .join("");
  return plot(
    xs,
    values,
    options,
    draw,
    series.map(({ name }) => name),
  );
}
