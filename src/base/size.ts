/** @file Width and height of pictures, and how people write them: 64, or "96x64". */
import { ConfigError } from "./errors.ts";

/** Width and height [pixels]. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A size as people write it: the side of a square, or width x height such as "96x64". */
export type Resolution = number | string;

/**
 * The size that a resolution means.
 *
 * @throws {ConfigError} if it is neither a whole number nor two of them.
 */
export function sizeOfResolution(resolution: Resolution): Size {
  const [, width, height = width] = /^([1-9]\d*)(?:x([1-9]\d*))?$/.exec(`${resolution}`) ?? [];
  if (width !== undefined && height !== undefined)
    return { width: Number(width), height: Number(height) };
  throw new ConfigError(
    `resolution: got ${resolution}, expected the side of a square such as 64, or width x height such as 96x64.`,
  );
}

/** A size as it is written shortest: 64 for a square, "96x64" for others. */
export function resolutionOf({ width, height }: Size): Resolution {
  return width === height ? width : `${width}x${height}`;
}

/** Width and height as text: "64x64". */
export function formatSize({ width, height }: Size): string {
  return `${width}x${height}`;
}

/** Whether two sizes are the same. */
export function sameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}
