import type { Image } from "../../media/image.ts";

/** Weights of red, green and blue in grey (ITU-R BT.601). */
const LUMA = [0.299, 0.587, 0.114] as const;

/**
 * How sharp a picture is: the standard deviation of the Laplacian of its grey values, 0 for one colour. Edges raise it, and so does noise.
 *
 * @returns In grey values, 0..255; 0 if it is smaller than 3 x 3 pixels.
 * @see Pech-Pacheco et al. 2000, "Diatom autofocusing in brightfield microscopy: a comparative study", ICPR
 */
export function sharpnessOf({ width, height, data }: Image): number {
  const grey = new Float64Array(width * height);
  for (const [i] of grey.entries())
    grey[i] = LUMA.reduce((sum, luma, c) => sum + luma * (data[3 * i + c] as number), 0);
  const at = (x: number, y: number): number => grey[y * width + x] as number;
  let [sum, squares, count] = [0, 0, 0];
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const edge = at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1) - 4 * at(x, y);
      sum += edge;
      squares += edge * edge;
      count++;
    }
  }
  if (count === 0) return 0;
  return Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
}
