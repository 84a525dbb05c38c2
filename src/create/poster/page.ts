import { ConfigError } from "../../base/errors.ts";

/** A sheet. Everything on it is placed in units of a thousandth of its width. */
export interface Page {
  /** Size [pixels]. */
  readonly width: number;
  readonly height: number;
  /** Dots per inch. */
  readonly dpi: number;
  /** Height in units; the width is 1000. */
  readonly tall: number;
}

/** Width of every page in its own units. */
export const PAGE_WIDTH = 1000;

/** ISO 216 [millimetres]. */
const PAPERS: Readonly<Record<string, readonly [number, number]>> = {
  A0: [841, 1189],
  A1: [594, 841],
  A2: [420, 594],
  A3: [297, 420],
  A4: [210, 297],
  A5: [148, 210],
  A6: [105, 148],
};

const INCH: Readonly<Record<string, number>> = { in: 1, cm: 2.54, mm: 25.4 };

/** Most and fewest pixels of a side, and most pixels of a page: A0 at 300 dpi has 140 million. */
const MAX_SIDE = 30_000;
const MIN_SIDE = 64;
const MAX_PIXELS = 2.5e8;

/** Longest side divided by the shorter one, at most. */
const MAX_RATIO = 3;

/**
 * @param size `27x40in`, `50x70cm`, `600x900mm`, `A3`, or pixels: `1080x1620`.
 * @param dpi Dots per inch; of a size in pixels it says only how large it is printed.
 * @throws {ConfigError} if it is no size, or too small, too large or too narrow.
 */
export function parsePage(size: string, dpi: number): Page {
  if (!(dpi >= 30 && dpi <= 1200)) {
    throw new ConfigError(`dpi: got ${dpi}, expected 30 to 1200; 300 is usual for print.`);
  }
  const [width, height] = pixelsOf(size.trim(), dpi);
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  const shown = `${width}x${height} pixels`;
  if (!(short >= MIN_SIDE)) {
    throw new ConfigError(
      `size: "${size}" is too small (${shown}), expected ${MIN_SIDE} or more a side.`,
    );
  }
  if (long > MAX_SIDE || width * height > MAX_PIXELS) {
    throw new ConfigError(
      `size: "${size}" at ${dpi} dpi is too large (${shown}), expected at most ${MAX_SIDE} a side and ${MAX_PIXELS / 1e6} million in all. Ask for fewer dots per inch.`,
    );
  }
  if (long > MAX_RATIO * short) {
    throw new ConfigError(
      `size: "${size}" is too narrow (${shown}), expected at most ${MAX_RATIO} times as long as wide.`,
    );
  }
  return { width, height, dpi, tall: (PAGE_WIDTH * height) / width };
}

function pixelsOf(size: string, dpi: number): [number, number] {
  const paper = PAPERS[size.toUpperCase()];
  if (paper !== undefined) return inches(paper[0] / 25.4, paper[1] / 25.4, dpi);
  const [, w, h, unit] =
    /^(\d+(?:\.\d+)?)\s*[x×]\s*(\d+(?:\.\d+)?)\s*(in|cm|mm|px)?$/iu.exec(size) ?? [];
  const [width, height] = [Number(w), Number(h)];
  const perInch = INCH[unit?.toLowerCase() ?? ""];
  if (perInch !== undefined) return inches(width / perInch, height / perInch, dpi);
  if (!Number.isInteger(width) || !Number.isInteger(height)) {
    throw new ConfigError(
      `size: "${size}" is no size, expected one such as 27x40in, 50x70cm, A3, or pixels: 1080x1620.`,
    );
  }
  return [width, height];
}

function inches(width: number, height: number, dpi: number): [number, number] {
  return [Math.round(width * dpi), Math.round(height * dpi)];
}
