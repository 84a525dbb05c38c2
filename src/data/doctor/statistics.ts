import type { Count, Histogram, SizeReport, StorageReport } from "./report.ts";

/** Upright size [pixels]. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/** How a picture is stored. */
export interface Storage {
  /** By libvips' names, as the colour space is. */
  readonly format: string;
  readonly space: string;
  /** Bits of a channel. */
  readonly depth: number;
  readonly alpha: boolean;
  readonly profile: boolean;
  readonly animated: boolean;
  readonly rotated: boolean;
}

/** Bounds of the ranges of the shorter side [pixels]. */
const SIDES = [32, 64, 128, 256, 512, 1024, 2048] as const;

/** Bounds of the ranges of width / height. Training takes one crop from 1/1.3 to 1.3, up to three beyond. */
const ASPECTS = [1 / 3, 1 / 2, 1 / 1.3, 0.95, 1.05, 1.3, 2, 3] as const;

/** Most sizes that are listed. */
const COMMON_SIZES = 10;

/** How often each name occurs, most frequent first. */
export function countsOf(names: readonly string[]): Count[] {
  return sumsOf(names.map((name) => ({ name, count: 1 })));
}

/** Counts of the same name together, most frequent first. */
export function sumsOf(counts: readonly Count[]): Count[] {
  const sums = new Map<string, number>();
  for (const { name, count } of counts) sums.set(name, (sums.get(name) ?? 0) + count);
  return [...sums]
    .map(([name, count]) => ({ name, count }))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
}

/** Where training takes more than one crop of a picture, and where they do not reach from end to end any more: its aspect ratio as a multiple of the crop's. */
const SEVERAL_CROPS = 1.3;
const MOST_CROPS = 3;

/** How many times as long a picture is as what training takes of it. */
const lengthBeside = (picture: Size, crop: Size): number => {
  const ratio = (picture.width * crop.height) / (picture.height * crop.width);
  return Math.max(ratio, 1 / ratio);
};

/**
 * Sizes and aspect ratios; null if there are no pictures.
 *
 * @param crop What training takes of a picture.
 */
export function sizesOf(pictures: readonly Size[], crop: Size): SizeReport | null {
  const sides = Uint32Array.from(pictures, ({ width, height }) => Math.min(width, height)).sort();
  const [shortest, median, longest] = [sides[0], sides[sides.length >> 1], sides.at(-1)];
  if (shortest === undefined || median === undefined || longest === undefined) return null;
  const lengths = pictures.map((picture) => lengthBeside(picture, crop));
  const sizes = countsOf(pictures.map(({ width, height }) => `${width}x${height}`));
  return {
    common: sizes.slice(0, COMMON_SIZES).map(({ name, count }) => {
      const [width = 0, height = 0] = name.split("x").map(Number);
      return { width, height, count };
    }),
    shortest,
    median,
    longest,
    shortSide: histogram([...sides], SIDES),
    aspect: histogram(
      pictures.map(({ width, height }) => width / height),
      ASPECTS,
    ),
    cut: {
      several: lengths.filter((x) => x >= SEVERAL_CROPS && x < MOST_CROPS).length,
      partly: lengths.filter((x) => x >= MOST_CROPS).length,
    },
  };
}

/** Formats and colours of the pictures. */
export function storageOf(pictures: readonly Storage[]): StorageReport {
  const having = (has: (picture: Storage) => boolean): number => pictures.filter(has).length;
  return {
    formats: countsOf(pictures.map(({ format }) => (format === "heif" ? "avif" : format))),
    spaces: countsOf(pictures.map(({ space }) => space)),
    depths: countsOf(pictures.map(({ depth }) => String(depth))),
    alpha: having(({ alpha }) => alpha),
    profiles: having(({ profile }) => profile),
    animated: having(({ animated }) => animated),
    rotated: having(({ rotated }) => rotated),
  };
}

function histogram(values: readonly number[], edges: readonly number[]): Histogram {
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (const value of values) {
    const above = edges.findIndex((edge) => value < edge);
    const range = above < 0 ? edges.length : above;
    counts[range] = (counts[range] ?? 0) + 1;
  }
  return { edges: [...edges], counts };
}
