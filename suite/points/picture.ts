import type { Image, Rgb } from "../../src/media/image.ts";
import { GOOD_DISTANCE, type Mixture, nearestMode } from "./mixture.ts";

/** Side of a picture [pixels]. */
const SIDE = 480;
/** Space around the outermost modes, as a part of their distance from the centre. */
const MARGIN = 0.2;
/** How much of the paper a point covers. */
const OPACITY = 0.35;
/** Radius of a point [pixels]. */
const RADIUS = 1.6;

const GOOD: Rgb = [24, 86, 168];
const BAD: Rgb = [214, 48, 32];

function dot({ width, height, data }: Image, x: number, y: number, colour: Rgb): void {
  for (let row = Math.floor(y - RADIUS); row <= y + RADIUS; row++) {
    for (let column = Math.floor(x - RADIUS); column <= x + RADIUS; column++) {
      if (row < 0 || column < 0 || row >= height || column >= width) continue;
      if (Math.hypot(column + 0.5 - x, row + 0.5 - y) > RADIUS) continue;
      const at = 3 * (row * width + column);
      for (let c = 0; c < 3; c++) {
        const paper = data[at + c] as number;
        data[at + c] = Math.round(paper + OPACITY * ((colour[c] as number) - paper));
      }
    }
  }
}

/** A scatter plot of points [count, 2]: blue within three sigma of a mode, red outside. The y axis points up. */
export function scatterPlot(mixture: Mixture, points: Float32Array): Image {
  const data = new Uint8Array(SIDE * SIDE * 3).fill(255);
  const image = { width: SIDE, height: SIDE, data };
  const extent = Math.max(...mixture.centres.flat().map(Math.abs)) * (1 + MARGIN);
  const pixel = (v: number): number => ((v / extent + 1) / 2) * SIDE;
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = [points[i] as number, points[i + 1] as number];
    const good = nearestMode(mixture, x, y).distance < GOOD_DISTANCE;
    dot(image, pixel(x), pixel(-y), good ? GOOD : BAD);
  }
  return image;
}
