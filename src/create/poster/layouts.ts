/** @file Where art and text stand on a poster. Heights are parts of the page's height unless they are in units. */

import type { Size } from "../../base/size.ts";
import type { Image } from "../../media/image.ts";
import type { FontName } from "../../media/type/fonts.node.ts";
import type { Piece } from "./compose.ts";
import { PAGE_WIDTH, type Page } from "./page.ts";
import type { TreatmentName } from "./treatments.ts";

/** One way to lay a poster out. */
export interface Layout {
  readonly name: string;
  /** Pictures that it takes: neighbours on a path through the latent space. */
  readonly pictures: (page: Page, picture: Size) => number;
  readonly pieces: (page: Page, pictures: readonly Image[]) => Piece[];
  /** Outline of the plain ground around windows that show the art; the text stands on it. Without one the art fills the page. */
  readonly ground?: (page: Page) => string;
  readonly title: {
    readonly face: Exclude<FontName, "credits">;
    readonly kind: "even" | "block";
    readonly tracking: number;
    /** The part of the height where title and tagline stand. Credits below take some of it if they need it. */
    readonly zone: readonly [top: number, bottom: number];
    readonly anchor: "top" | "middle" | "bottom";
    /** Largest width, in parts of the page's. */
    readonly width: number;
  };
  /** Where the tagline stands: at the top of the page, or above or below the title. */
  readonly tagline: "top" | "above" | "below";
  readonly treatments: readonly TreatmentName[];
}

/** Wide pages are set in smaller type than their width suggests: this is 1 for the shape of a film poster, 2:3. */
export function typeScale({ tall }: Page): number {
  return Math.sqrt(tall / 1500);
}

/** A page that is this many times as long as a picture, or less, is covered by one, cut off a little at its sides. */
const CUT = 1.1;

/** Pictures as wide as the page (or as high, where it is wide) that overlap by about a third cover it. */
const towerOf = ({ tall }: Page, { width, height }: Size): number => {
  const upright = tall >= PAGE_WIDTH;
  const page = upright ? tall / PAGE_WIDTH : PAGE_WIDTH / tall;
  const ratio = page / (upright ? height / width : width / height);
  return ratio <= CUT ? 1 : Math.ceil((ratio - 0.35) / 0.65);
};

const whole = ({ tall }: Page, pictures: readonly Image[]): Piece[] => [
  { x: 0, y: 0, width: PAGE_WIDTH, height: tall, pictures },
];

const path = (x: number, y: number, w: number, h: number): string =>
  `M${x} ${y}H${x + w}V${y + h}H${x}Z`;

const sheet = ({ tall }: Page): string => path(0, 0, PAGE_WIDTH, tall);

/** Art goes on a little behind the ground, for treatments blur what lies at its edges [units]. */
const BLEED = 9;

const bled = <T extends Omit<Piece, "pictures">>(box: T): T => ({
  ...box,
  x: box.x - BLEED,
  y: box.y - BLEED,
  width: box.width + 2 * BLEED,
  height: box.height + 2 * BLEED,
});

/** A box in the upper part of the page, as wide and high as its margins leave, and not higher than `ratio` times its width. */
function window(page: Page, bottom: number, ratio: number): Omit<Piece, "pictures"> {
  const margin = 62 * typeScale(page);
  const height = bottom * page.tall - margin;
  const width = PAGE_WIDTH - 2 * margin;
  const high = Math.min(height, ratio * width);
  const wide = Math.min(width, high * Math.max(1, 1 / ratio) * (page.tall < PAGE_WIDTH ? 2.2 : 9));
  return { x: (PAGE_WIDTH - wide) / 2, y: margin, width: wide, height: high };
}

function disc({ tall }: Page): { x: number; y: number; r: number } {
  const r = Math.min(0.4 * PAGE_WIDTH, 0.29 * tall);
  return { x: PAGE_WIDTH / 2, y: 0.365 * tall, r };
}

const SLICES = 5;

function slices(page: Page): Omit<Piece, "pictures">[] {
  const box = window(page, 0.64, 9);
  const gap = 0.022 * box.width;
  const width = (box.width - gap * (SLICES - 1)) / SLICES;
  return Array.from({ length: SLICES }, (_, i) => {
    // Outer slices hang lower than those within.
    const drop = 0.05 * box.height * Math.abs(i - (SLICES - 1) / 2);
    return { x: box.x + i * (width + gap), y: box.y + drop, width, height: box.height - 2 * drop };
  });
}

/** Every layout. */
export const LAYOUTS: readonly Layout[] = [
  {
    name: "low title",
    pictures: towerOf,
    pieces: whole,
    title: {
      face: "display",
      kind: "block",
      tracking: 0,
      zone: [0.6, 0.97],
      anchor: "bottom",
      width: 0.88,
    },
    tagline: "top",
    treatments: ["screenprint", "painted", "duotone", "halftone"],
  },
  {
    name: "disc",
    pictures: () => 1,
    pieces: (page, pictures) => {
      const { x, y, r } = disc(page);
      return [bled({ x: x - r, y: y - r, width: 2 * r, height: 2 * r, pictures })];
    },
    ground: (page) => {
      const { x, y, r } = disc(page);
      return `${sheet(page)}M${x - r} ${y}A${r} ${r} 0 1 0 ${x + r} ${y}A${r} ${r} 0 1 0 ${x - r} ${y}Z`;
    },
    title: {
      face: "display",
      kind: "block",
      tracking: 0,
      zone: [0.69, 0.95],
      anchor: "middle",
      width: 0.8,
    },
    tagline: "above",
    treatments: ["screenprint", "halftone", "painted"],
  },
  {
    name: "mirror",
    pictures: () => 1,
    pieces: ({ tall }, pictures) => [
      { x: 0, y: 0, width: PAGE_WIDTH, height: tall / 2, pictures },
      { x: 0, y: tall / 2, width: PAGE_WIDTH, height: tall / 2, pictures, flip: true },
    ],
    title: {
      face: "serif",
      kind: "even",
      tracking: 0.2,
      zone: [0.4, 0.6],
      anchor: "middle",
      width: 0.84,
    },
    tagline: "below",
    treatments: ["painted", "screenprint", "duotone"],
  },
  {
    name: "frame",
    pictures: () => 1,
    pieces: (page, pictures) => [bled({ ...window(page, 0.655, 1.1), pictures })],
    ground: (page) => {
      const { x, y, width, height } = window(page, 0.655, 1.1);
      return sheet(page) + path(x, y, width, height);
    },
    title: {
      face: "display",
      kind: "block",
      tracking: 0,
      zone: [0.68, 0.96],
      anchor: "middle",
      width: 0.876,
    },
    tagline: "below",
    treatments: ["halftone", "screenprint", "painted"],
  },
  {
    name: "high title",
    pictures: towerOf,
    pieces: whole,
    title: {
      face: "display",
      kind: "block",
      tracking: 0,
      zone: [0.045, 0.4],
      anchor: "top",
      width: 0.88,
    },
    tagline: "below",
    treatments: ["screenprint", "painted", "halftone"],
  },
  {
    name: "slices",
    pictures: () => SLICES,
    pieces: (page, pictures) =>
      slices(page).map((box, i) => bled({ ...box, pictures: pictures.slice(i, i + 1) })),
    ground: (page) =>
      sheet(page) +
      slices(page)
        .map(({ x, y, width, height }) => path(x, y, width, height))
        .join(""),
    title: {
      face: "serif",
      kind: "even",
      tracking: 0.12,
      zone: [0.67, 0.96],
      anchor: "middle",
      width: 0.84,
    },
    tagline: "below",
    treatments: ["painted", "screenprint", "duotone"],
  },
  {
    name: "arch",
    pictures: () => 1,
    pieces: (page, pictures) => [bled({ ...arch(page), pictures })],
    ground: (page) => {
      const { x, y, width, height } = arch(page);
      const r = width / 2;
      return `${sheet(page)}M${x} ${y + height}V${y + r}A${r} ${r} 0 0 1 ${x + width} ${y + r}V${y + height}Z`;
    },
    title: {
      face: "serif",
      kind: "even",
      tracking: 0.1,
      zone: [0.69, 0.96],
      anchor: "middle",
      width: 0.82,
    },
    tagline: "below",
    treatments: ["screenprint", "painted", "halftone"],
  },
];

function arch(page: Page): Omit<Piece, "pictures"> {
  const height = 0.6 * page.tall;
  const width = Math.min(0.68 * PAGE_WIDTH, 0.85 * height);
  return { x: (PAGE_WIDTH - width) / 2, y: 0.07 * page.tall, width, height };
}
