import type { Image } from "../../src/media/image.ts";

/** Peak signal-to-noise ratio of two pictures of one size over all colours [dB]. */
export function psnr(a: Image, b: Image): number {
  let sum = 0;
  for (const [i, x] of a.data.entries()) sum += (x - (b.data[i] as number)) ** 2;
  return 10 * Math.log10((255 ** 2 * a.data.length) / sum);
}

/** Reach and width of the window that structural similarity looks through [pixels]. */
const [REACH, SIGMA] = [5, 1.5];

/** Keep quotients finite where a picture is flat: (0.01 255)^2 and (0.03 255)^2. */
const [C1, C2] = [6.5025, 58.5225];

/**
 * Structural similarity of the brightness of two pictures of one size, 1 for equal ones: the mean over all windows of 11 x 11 pixels that lie within.
 *
 * @see Wang, Bovik, Sheikh, Simoncelli 2004, "Image Quality Assessment: From Error Visibility to Structural Similarity"
 */
export function ssim(a: Image, b: Image): number {
  const { width, height } = a;
  const [x, y] = [luma(a), luma(b)];
  const product = (p: Float64Array, q: Float64Array): Float64Array =>
    p.map((value, i) => value * (q[i] as number));
  const [mx, my, xx, yy, xy] = [x, y, product(x, x), product(y, y), product(x, y)].map((plane) =>
    smoothed(plane, width, height),
  ) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
  let sum = 0;
  for (const [i, m] of mx.entries()) {
    const n = my[i] as number;
    const both = (xy[i] as number) - m * n;
    const alone = (xx[i] as number) - m * m + (yy[i] as number) - n * n;
    sum += ((2 * m * n + C1) * (2 * both + C2)) / ((m * m + n * n + C1) * (alone + C2));
  }
  return sum / mx.length;
}

function luma({ width, height, data }: Image): Float64Array {
  return Float64Array.from(
    { length: width * height },
    (_, i) =>
      0.299 * (data[3 * i] as number) +
      0.587 * (data[3 * i + 1] as number) +
      0.114 * (data[3 * i + 2] as number),
  );
}

/** Through the Gaussian window, [H, W] to [H - 2 REACH, W - 2 REACH]. */
function smoothed(plane: Float64Array, width: number, height: number): Float64Array {
  const taps = Array.from({ length: 2 * REACH + 1 }, (_, i) =>
    Math.exp(-((i - REACH) ** 2) / (2 * SIGMA ** 2)),
  );
  const total = taps.reduce((sum, tap) => sum + tap, 0);
  const [inner, rows] = [width - 2 * REACH, height - 2 * REACH];
  const across = new Float64Array(inner * height);
  const out = new Float64Array(inner * rows);
  for (const [t, tap] of taps.entries())
    for (let y = 0; y < height; y++)
      for (let x = 0; x < inner; x++)
        (across[y * inner + x] as number) += (tap / total) * (plane[y * width + x + t] as number);
  for (const [t, tap] of taps.entries())
    for (let i = 0; i < out.length; i++)
      (out[i] as number) += (tap / total) * (across[i + t * inner] as number);
  return out;
}
