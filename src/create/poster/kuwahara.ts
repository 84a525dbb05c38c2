import type { Field } from "./rows.ts";

/**
 * The Kuwahara filter: each pixel becomes the mean of that of the four squares around it whose brightness varies least. It flattens what is
 * noisy and keeps edges sharp, so that a picture looks painted.
 *
 * @param radius Side of a square less one [pixels].
 * @see Kuwahara et al. 1976, "Processing of RI-angiocardiographic images"
 */
export function kuwahara(field: Field, radius: number): Field {
  const { width, height } = field;
  const sums = [0, 1, 2].map((c) => table(field, (i) => field.data[3 * i + c] as number));
  const bright = (i: number): number =>
    0.3 * (field.data[3 * i] as number) +
    0.59 * (field.data[3 * i + 1] as number) +
    0.11 * (field.data[3 * i + 2] as number);
  const first = table(field, bright);
  const second = table(field, (i) => bright(i) ** 2);
  const data = new Float32Array(field.data.length);
  const stride = width + 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let least = Number.POSITIVE_INFINITY;
      for (let quarter = 0; quarter < 4; quarter++) {
        const left = Math.max(0, quarter % 2 === 0 ? x - radius : x);
        const top = Math.max(0, quarter < 2 ? y - radius : y);
        const right = Math.min(width, (quarter % 2 === 0 ? x : x + radius) + 1);
        const bottom = Math.min(height, (quarter < 2 ? y : y + radius) + 1);
        const a = top * stride + left;
        const b = top * stride + right;
        const c = bottom * stride + left;
        const d = bottom * stride + right;
        const share = 1 / ((right - left) * (bottom - top));
        const mean = share * boxSum(first, a, b, c, d);
        const variance = share * boxSum(second, a, b, c, d) - mean * mean;
        if (variance >= least) continue;
        least = variance;
        const to = 3 * (y * width + x);
        for (let k = 0; k < 3; k++)
          data[to + k] = share * boxSum(sums[k] as Float64Array, a, b, c, d);
      }
    }
  }
  return { width, height, channels: 3, data };
}

/** Sum within a box, from the table's values at its corners: top left, top right, bottom left, bottom right. */
function boxSum(t: Float64Array, a: number, b: number, c: number, d: number): number {
  return (t[d] as number) - (t[c] as number) - (t[b] as number) + (t[a] as number);
}

/** Summed area table, [H + 1, W + 1]. */
function table({ width, height }: Field, value: (i: number) => number): Float64Array {
  const stride = width + 1;
  const sums = new Float64Array(stride * (height + 1));
  for (let y = 0; y < height; y++) {
    let row = 0;
    for (let x = 0; x < width; x++) {
      row += value(y * width + x);
      sums[(y + 1) * stride + x + 1] = (sums[y * stride + x + 1] as number) + row;
    }
  }
  return sums;
}
