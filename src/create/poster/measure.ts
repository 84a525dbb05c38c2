/** @file How well text can be read on a picture, and how a picture is balanced. */
import type { Image, Rgb } from "../../media/image.ts";
import type { TextBox } from "../../media/type/lockup.ts";
import { contrastRatio, luminance } from "./colour.ts";
import type { Veil } from "./drawing.ts";
import { PAGE_WIDTH, type Page } from "./page.ts";

/** Share of the pixels under a text that may have less contrast than what is reported. */
const WORST = 0.03;

/** Relative luminance of every pixel, [H, W]. */
export interface Luminances {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** Relative luminance of every pixel of a picture. */
export function luminancesOf({ width, height, data }: Image): Luminances {
  const values = new Float32Array(width * height);
  for (let i = 0; i < values.length; i++)
    values[i] = luminance(
      data[3 * i] as number,
      data[3 * i + 1] as number,
      data[3 * i + 2] as number,
    );
  return { width, height, data: values };
}

/** The part of a picture of the page that a text covers, pixel by pixel. */
function under(page: Page, all: Luminances, box: TextBox): Float32Array[] {
  const scale = all.width / PAGE_WIDTH;
  const down = all.height / page.tall;
  const [left, right] = [Math.floor(box.x * scale), Math.ceil((box.x + box.width) * scale)];
  const [top, bottom] = [Math.floor(box.y * down), Math.ceil((box.y + box.height) * down)];
  const rows: Float32Array[] = [];
  for (let y = Math.max(0, top); y < Math.min(all.height, Math.max(bottom, top + 1)); y++)
    rows.push(
      all.data.subarray(
        y * all.width + Math.max(0, left),
        y * all.width + Math.min(all.width, right),
      ),
    );
  return rows;
}

/** Contrast of a colour with what is under a text, WCAG's 1 to 21: that of the worst pixels but three in a hundred. */
export function contrastUnder(page: Page, all: Luminances, box: TextBox, colour: Rgb): number {
  const own = luminance(...colour);
  const rows = under(page, all, box);
  const ratios = new Float32Array(rows.reduce((sum, row) => sum + row.length, 0));
  let count = 0;
  for (const row of rows) for (const value of row) ratios[count++] = contrastRatio(value, own);
  ratios.sort();
  return ratios[Math.floor(WORST * ratios.length)] ?? 1;
}

/** How restless a part of a picture is: mean step of luminance from pixel to pixel. */
export function edgeEnergy(page: Page, all: Luminances, box: TextBox): number {
  let [sum, count] = [0, 0];
  const rows = under(page, all, box);
  for (const [y, row] of rows.entries()) {
    for (let x = 1; x < row.length; x++) {
      const value = row[x] as number;
      sum +=
        Math.abs(value - (row[x - 1] as number)) + Math.abs(value - (rows[y - 1]?.[x] ?? value));
      count++;
    }
  }
  return count === 0 ? 0 : sum / count;
}

/** How near what stands out lies to a third of the height: 1 at one of the thirds, 0 at the edges. */
export function thirds(all: Luminances): number {
  const { width, height, data } = all;
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  let [weights, moments] = [1e-9, 0];
  for (let y = 0; y < height; y++) {
    let weight = 0;
    for (let x = 0; x < width; x++) weight += ((data[y * width + x] as number) - mean) ** 2;
    weights += weight;
    moments += weight * ((y + 0.5) / height);
  }
  const centre = moments / weights;
  return 1 - 3 * Math.min(Math.abs(centre - 1 / 3), Math.abs(centre - 2 / 3));
}

/** Spread of luminance: its standard deviation. A picture without contrast makes no poster. */
export function spread({ data }: Luminances): number {
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  return Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length);
}

/** A picture beneath a veil. */
export function veiled({ width, height, data }: Image, { colour, stops }: Veil): Image {
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    const at = (y + 0.5) / height;
    const next = stops.findIndex((stop) => stop.at >= at);
    const [p, q] = [stops[next - 1] ?? stops.at(next === -1 ? -1 : 0), stops.at(next)];
    const [from, to] = [p?.at ?? 0, q?.at ?? 0];
    const t = to > from ? (at - from) / (to - from) : 0;
    const opacity = (p?.opacity ?? 0) + t * ((q?.opacity ?? 0) - (p?.opacity ?? 0));
    for (let i = 3 * y * width; i < 3 * (y + 1) * width; i++) {
      const value = data[i] as number;
      out[i] = Math.round(value + opacity * ((colour[i % 3] as number) - value));
    }
  }
  return { width, height, data: out };
}
