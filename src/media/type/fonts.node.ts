/** @file The fonts that come with Ganbox, and fonts that users bring. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { MediaError } from "../../base/errors.ts";
import { Face } from "./face.ts";

const FILES = {
  /** Heavy and very narrow, for titles. */
  display: "sofia-sans-extra-condensed-800.ttf",
  /** Very narrow, for credits. */
  credits: "sofia-sans-extra-condensed-400.ttf",
  serif: "eb-garamond-500.ttf",
} as const;

/** Names of the fonts that come with Ganbox. All have Latin, Greek and Cyrillic letters. */
export type FontName = keyof typeof FILES;

const loaded = new Map<FontName, Face>();

/** A font that comes with Ganbox. */
export function bundledFace(name: FontName): Face {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const file = fileURLToPath(new URL(`../../../assets/fonts/${FILES[name]}`, import.meta.url));
  const face = readFace(file);
  loaded.set(name, face);
  return face;
}

/**
 * A font from a file: TTF, OTF, TTC (its first), WOFF or WOFF2.
 *
 * @throws {MediaError} if it cannot be read.
 */
export function readFace(path: string): Face {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new MediaError(
      `${path}: the font cannot be read (${(cause as Error).message}), expected a TTF, OTF, WOFF or WOFF2 file. Check the path.`,
      { cause },
    );
  }
  return Face.decode(bytes, path);
}
