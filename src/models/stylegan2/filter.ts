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

/** Both axes of square images through the filter, [N, C, from, from] to [N, C, to, to]. */
function filter(x: Value, to: number, pad: number, gain = 1): Value {
  const matrix = filterMatrix(x.shape[2] as number, to, pad, gain);
  return matmul(matrix, matmul(x, matrix, { transB: true }));
}

/**
 * Convolution with twice the resolution: zeros between pixels, the kernels, then the binomial filter, [N, C, R, R] to [N, O, 2 R, 2 R].
 *
 * @param weight Kernels [O, C, 3, 3].
 */
export function convUp(x: Value, weight: Value): Value {
  const wide = convTranspose(x, transpose(weight, [1, 0, 2, 3]), { stride: 2 }); // [N, O, 2 R + 1, 2 R + 1]
  return filter(wide, 2 * (x.shape[2] as number), 1, 2);
}

/** Images [N, C, R, R] through the binomial filter, [N, C, R + 1, R + 1]: a 3x3 convolution with stride 2 then halves the resolution. */
export function beforeStride(x: Value): Value {
  return filter(x, (x.shape[2] as number) + 1, 2);
}
