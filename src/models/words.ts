import { formatSize } from "../base/size.ts";
import type { Architecture, Medium } from "./family.ts";
import { barsOf } from "./music/shape.ts";
import { FAMILY_NAMES, mediumOf } from "./registry.ts";

/** What the examples of a medium are called. */
export interface Nouns {
  readonly one: string;
  readonly many: string;
  /** Unit of the speed at which they are shown to networks. */
  readonly speed: string;
}

/** A family and the size of one example. */
export type Shape = Pick<Architecture, "family" | "width" | "height">;

const NOUNS: Readonly<Record<Medium, Nouns>> = {
  pictures: { one: "picture", many: "pictures", speed: "img/s" },
  clips: { one: "clip", many: "clips", speed: "clips/s" },
  music: { one: "segment", many: "segments", speed: "segments/s" },
  sounds: { one: "sound", many: "sounds", speed: "sounds/s" },
};

const SIZES: Readonly<Record<Medium, (shape: Shape) => string>> = {
  pictures: (shape) => `${formatSize(shape)} pixels`,
  clips: (shape) => `${formatSize(shape)} pixels`,
  music: (shape) => `${barsOf(shape)} bars of ${shape.width} pitches`,
  sounds: ({ width, height }) => `${width} columns of ${height} bands`,
};

/** What a family is trained on and makes, in words; of a family that this Ganbox does not know, "examples". */
export function nounsOf(family: string): Nouns {
  if (FAMILY_NAMES.includes(family)) return NOUNS[mediumOf(family)];
  return { one: "example", many: "examples", speed: "examples/s" };
}

/** How large one of them is, in words: "64x64 pixels", "4 bars of 72 pitches". */
export function describeSize(shape: Shape): string {
  const { family } = shape;
  return FAMILY_NAMES.includes(family) ? SIZES[mediumOf(family)](shape) : formatSize(shape);
}
