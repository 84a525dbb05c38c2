import { constantOf, convTranspose, matmul, transpose } from "../../graph/ops/index.ts";
import type { Value } from "../../graph/value.ts";

/** The binomial filter of StyleGAN2, sum 1. */
const TAPS = [1 / 8, 3 / 8, 3 / 8, 1 / 8] as const;

/** Matrix [to, from] of the filter: `y[i] = gain sum_t taps[t] x[i + t - pad]`, zeros outside. */
function filterMatrix(from: number, to: number, pad: number, gain: number): Value {
  const matrix = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    for (const [t, tap] of TAPS.entries()) {
      const at = i + t - pad;
      if (at >= 0 && at < from) matrix[i * from + at] = gain * tap;
    }
  }
  return constantOf([to, from], matrix);
}

/** Both axes of images through the filter, [N, C, H, W] to [N, C, ...to]. */
function filter(x: Value, to: readonly [number, number], pad: number, gain = 1): Value {
  const [, , height, width] = x.shape as [number, number, number, number];
  const rows = filterMatrix(height, to[0], pad, gain);
  const columns =
    height === width && to[0] === to[1] ? rows : filterMatrix(width, to[1], pad, gain);
  return matmul(rows, matmul(x, columns, { transB: true }));
}

/**
 * Convolution with twice the resolution: zeros between pixels, the kernels, then the binomial filter, [N, C, H, W] to [N, O, 2 H, 2 W].
 *
 * @param weight Kernels [O, C, 3, 3].
 */
export function convUp(x: Value, weight: Value): Value {
  const wide = convTranspose(x, transpose(weight, [1, 0, 2, 3]), { stride: 2 }); // [N, O, 2 H + 1, 2 W + 1]
  const [, , height, width] = x.shape as [number, number, number, number];
  return filter(wide, [2 * height, 2 * width], 1, 2);
}

/** Images [N, C, H, W] through the binomial filter, [N, C, H + 1, W + 1]: a 3x3 convolution with stride 2 then halves the resolution. */
export function beforeStride(x: Value): Value {
  const [, , height, width] = x.shape as [number, number, number, number];
  return filter(x, [height + 1, width + 1], 2);
}
