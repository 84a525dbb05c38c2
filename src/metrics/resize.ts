import type { Size } from "../base/size.ts";

/** Reach of the cubic kernel [pixels of the larger scale]. */
const SUPPORT = 2;

/** The pixels that one pixel of the result is made of. */
interface Taps {
  readonly first: number;
  /** Sum to 1. */
  readonly weights: Float64Array;
}

/**
 * Resizes pictures to squares with the cubic kernel (a = -0.5), widened to the scale when they become smaller, so that nothing aliases: what Pillow does
 * and clean-fid asks for. The result is not rounded.
 *
 * @see Parmar, Zhang, Zhu 2022, "On Aliased Resizing and Surprising Subtleties in GAN Evaluation", arXiv:2104.11222
 */
export class Resizer {
  readonly #from: Size;
  readonly #to: number;
  readonly #columns: readonly Taps[];
  readonly #lines: readonly Taps[];
  readonly #rows: Float64Array;

  /**
   * @param from Size of the pictures.
   * @param to Side of the results [pixels].
   */
  constructor(from: Size, to: number) {
    const tapsAlong = (side: number): Taps[] =>
      Array.from({ length: to }, (_, i) => tapsOf(i, side, to));
    this.#from = from;
    this.#to = to;
    this.#columns = tapsAlong(from.width);
    this.#lines = tapsAlong(from.height);
    this.#rows = new Float64Array(from.height * to);
  }

  /**
   * Resizes one channel.
   *
   * @param plane Shape [height, width], 0..255.
   * @param out Where to write [to, to], clipped to 0..255.
   */
  resize(plane: ArrayLike<number>, out: Float32Array): void {
    const { width, height } = this.#from;
    const [to, rows] = [this.#to, this.#rows];
    for (const [x, { first, weights }] of this.#columns.entries()) {
      for (let y = 0; y < height; y++) {
        let sum = 0;
        for (let t = 0, at = y * width + first; t < weights.length; t++, at++)
          sum += (weights[t] as number) * (plane[at] as number);
        rows[y * to + x] = sum;
      }
    }
    for (const [y, { first, weights }] of this.#lines.entries()) {
      for (let x = 0; x < to; x++) {
        let sum = 0;
        for (let t = 0, at = first * to + x; t < weights.length; t++, at += to)
          sum += (weights[t] as number) * (rows[at] as number);
        out[y * to + x] = sum < 0 ? 0 : sum > 255 ? 255 : sum;
      }
    }
  }
}

function tapsOf(index: number, from: number, to: number): Taps {
  if (from === to) return { first: index, weights: Float64Array.of(1) };
  const scale = Math.max(1, from / to);
  const centre = ((index + 0.5) * from) / to;
  const first = Math.max(0, Math.floor(centre - SUPPORT * scale + 0.5));
  const end = Math.min(from, Math.floor(centre + SUPPORT * scale + 0.5));
  const weights = Float64Array.from({ length: end - first }, (_, t) =>
    cubic((first + t + 0.5 - centre) / scale),
  );
  const sum = weights.reduce((a, b) => a + b, 0);
  return { first, weights: weights.map((w) => w / sum) };
}

/** Keys' cubic kernel with a = -0.5. */
function cubic(distance: number): number {
  const x = Math.abs(distance);
  const a = -0.5;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((x - 5) * x + 8) * x * a - 4 * a : 0;
}
