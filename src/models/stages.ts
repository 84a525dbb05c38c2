import { ConfigError } from "../base/errors.ts";
import { formatSize, resolutionOf, type Size } from "../base/size.ts";

/** Sides of a first feature map [pixels]. */
const STARTS = [3, 4, 5, 6, 7] as const;

/** Fewest and most stages of a network. */
const [LEAST, MOST] = [2, 9] as const;

/** Sizes that a message names: squares as they are usual, others with sides of up to so many pixels. */
const USUAL_SQUARES = [28, 32, 48, 64, 96, 128, 192, 256, 512] as const;
const LARGEST_SIDE = 1024;

const isStart = (side: number): boolean => (STARTS as readonly number[]).includes(side);

/**
 * Stages of a network that makes pictures of a size: the fewest that turn a first feature map of 3 to 7 pixels a side into it by doubling.
 *
 * @throws {ConfigError} if there is none; it names sizes near by.
 */
export function stagesOf({ width, height }: Size): number {
  for (let stages = LEAST; stages <= MOST; stages++) {
    const scale = 2 ** (stages - 1);
    if (isStart(width / scale) && isStart(height / scale)) return stages;
  }
  const near = sizesNear({ width, height }).map(resolutionOf).join(" or ");
  throw new ConfigError(
    `resolution: ${resolutionOf({ width, height })} cannot be reached by doubling a start of 3 to 7 pixels a side, expected for example ${near}.`,
  );
}

/** The two possible sizes that are nearest; squares for a square. */
function sizesNear({ width, height }: Size): Size[] {
  const possible =
    width === height ? USUAL_SQUARES.map((side) => ({ width: side, height: side })) : rectangles();
  const distance = (size: Size): number =>
    Math.abs(size.width - width) + Math.abs(size.height - height);
  return possible.sort((a, b) => distance(a) - distance(b)).slice(0, 2);
}

/** All sizes that networks can have, with sides that are multiples of 4. */
function rectangles(): Size[] {
  const found = new Map<string, Size>();
  for (let scale = 4; scale <= 2 ** (MOST - 1); scale *= 2)
    for (const a of STARTS)
      for (const b of STARTS) {
        const size = { width: a * scale, height: b * scale };
        if (Math.max(size.width, size.height) <= LARGEST_SIDE) found.set(formatSize(size), size);
      }
  return [...found.values()];
}
