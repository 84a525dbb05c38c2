import { escapeHtml } from "../page.ts";
import { at, type Frame, type PlotOptions, plot } from "./frame.ts";
import { seriesColour } from "./palette.ts";

/** Points of one colour. */
export interface Cloud {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** What each point is, told where the pointer rests; as many as there are points. */
  readonly titles?: readonly string[];
}

/** Number of points from which on dots are small and pale. */
const MANY = 500;

/**
 * A scatter plot. Points that are not finite are left out.
 *
 * @returns An SVG element.
 */
export function scatterPlot(clouds: readonly Cloud[], options: PlotOptions): string {
  const shown = ([x, y]: readonly [number, number]): boolean =>
    Number.isFinite(x) && Number.isFinite(y) && (options.yLog !== true || y > 0);
  const points = clouds.flatMap((cloud) => cloud.points.filter(shown));
  const many = points.length > MANY;
  const draw = (frame: Frame): string =>
    clouds
      .map(({ points: own, titles }, i) => {
        const dots = own.map((point, n) => {
          if (!shown(point)) return "";
          const title = titles?.[n];
          const inside = title === undefined ? "" : `<title>${escapeHtml(title)}</title>`;
          return `<circle cx="${at(frame.x(point[0]))}" cy="${at(frame.y(point[1]))}" r="${many ? 1.6 : 2.8}">${inside}</circle>`;
        });
        return `<g fill="${seriesColour(i)}" fill-opacity="${many ? 0.55 : 0.8}">${dots.join("")}</g>`;
      })
      .join("");
  return plot(
    points.map(([x]) => x),
    points.map(([, y]) => y),
    options,
    draw,
    clouds.map(({ name }) => name),
  );
}
