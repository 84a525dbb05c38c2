/** @file What is drawn over the art: outlines and veils, which a picture and a PDF draw alike. */
import type { Rgb } from "../../media/image.ts";
import { PAGE_WIDTH, type Page } from "./page.ts";

/** A filled outline. */
export interface Shape {
  readonly kind: "shape";
  /** Data of an SVG path in units of the page; where outlines overlap they leave a hole (even-odd) if `holes` is set. */
  readonly path: string;
  readonly holes?: boolean;
  readonly fill: Rgb;
}

/** A colour across the page whose opacity changes from top to bottom. */
export interface Veil {
  readonly kind: "veil";
  readonly colour: Rgb;
  /** Heights in parts of the page, rising from 0 to 1, and the opacity there. */
  readonly stops: readonly { readonly at: number; readonly opacity: number }[];
}

/** One thing that is drawn; later ones lie above. */
export type Mark = Shape | Veil;

/** Marks as an SVG file of the given width [pixels]. */
export function svgOf(page: Page, marks: readonly Mark[], width: number, height: number): string {
  const parts = marks.map((mark, i) => {
    if (mark.kind === "shape") {
      const rule = mark.holes ? ` fill-rule="evenodd"` : "";
      return `<path d="${mark.path}" fill="${css(mark.fill)}"${rule}/>`;
    }
    const stops = mark.stops.map(
      ({ at, opacity }) =>
        `<stop offset="${at.toFixed(4)}" stop-color="${css(mark.colour)}" stop-opacity="${opacity.toFixed(3)}"/>`,
    );
    return `<linearGradient id="g${i}" x1="0" y1="0" x2="0" y2="1">${stops.join("")}</linearGradient><rect width="${PAGE_WIDTH}" height="${page.tall.toFixed(3)}" fill="url(#g${i})"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${PAGE_WIDTH} ${page.tall.toFixed(3)}" preserveAspectRatio="none">${parts.join("")}</svg>`;
}

function css([red, green, blue]: Rgb): string {
  return `rgb(${red},${green},${blue})`;
}
