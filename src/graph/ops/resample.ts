import { ShapeError } from "../../base/errors.ts";
import { formatShape } from "../../base/shape.ts";
import { here, makeValue, type ResampleAttrs, type Value } from "../value.ts";
import { matmul } from "./contract.ts";
import { constantOf } from "./create.ts";
import { requireImages } from "./require.ts";

/**
 * Separable FIR filter and decimation: `y[i] = sum_t taps[t] x[factor i + t - pad]` along height and width, zeros outside.
 *
 * @param x Images [N, C, H, W] with H and W divisible by `factor`.
 * @returns [N, C, H / factor, W / factor].
 * @throws {ShapeError} if a side is not divisible.
 */
export function downsample(x: Value, attrs: ResampleAttrs): Value {
  const [n, c, h, w] = requireImages("Downsample", x);
  if (h % attrs.factor !== 0 || w % attrs.factor !== 0) {
    throw new ShapeError(
      `${here("Downsample")}: input has shape ${formatShape(x.shape)}, expected height and width divisible by ${attrs.factor}.`,
    );
  }
  return makeValue("Downsample", [x], attrs, [n, c, h / attrs.factor, w / attrs.factor], x.dtype);
}

/** The adjoint of `downsample`: `y[j] = sum_i taps[j - factor i + pad] x[i]`, [N, C, H, W] to [N, C, factor H, factor W]. */
export function upsample(x: Value, attrs: ResampleAttrs): Value {
  const [n, c, h, w] = requireImages("Upsample", x);
  return makeValue("Upsample", [x], attrs, [n, c, h * attrs.factor, w * attrs.factor], x.dtype);
}

/** Half the resolution through the binomial filter [1, 3, 3, 1] / 8, the resampling of StyleGAN2 (arXiv:1912.04958) and R3GAN. */
export function downsampleFir(x: Value): Value {
  return downsample(x, { factor: 2, taps: [1 / 8, 3 / 8, 3 / 8, 1 / 8], pad: 1 });
}

/** Twice the resolution through the binomial filter [1, 3, 3, 1] / 4; brightness is kept. */
export function upsampleFir(x: Value): Value {
  return upsample(x, { factor: 2, taps: [1 / 4, 3 / 4, 3 / 4, 1 / 4], pad: 1 });
}

/** Mean over windows of `size` x `size` pixels that do not overlap. */
export function averagePool(x: Value, size: number): Value {
  return downsample(x, { factor: size, taps: new Array<number>(size).fill(1 / size), pad: 0 });
}

/** Every pixel repeated `factor` times along both axes. */
export function resizeNearest(x: Value, factor: number): Value {
  return upsample(x, { factor, taps: new Array<number>(factor).fill(1), pad: 0 });
}

/** Weights [from, to] of one-dimensional linear interpolation with pixel centres at half positions, edges repeated. */
function linearWeights(from: number, to: number): Float32Array {
  const weights = new Float32Array(from * to);
  for (let j = 0; j < to; j++) {
    const position = Math.min(Math.max(((j + 0.5) * from) / to - 0.5, 0), from - 1);
    const low = Math.floor(position);
    const high = Math.min(low + 1, from - 1);
    weights[low * to + j] = (weights[low * to + j] as number) + 1 - (position - low);
    weights[high * to + j] = (weights[high * to + j] as number) + position - low;
  }
  return weights;
}

/** Bilinear resize [N, C, H, W] to [N, C, height, width] (half-pixel centres, no anti-aliasing), as two products with constant matrices. */
export function resizeBilinear(x: Value, height: number, width: number): Value {
  const [, , h, w] = requireImages("ResizeBilinear", x);
  const wide = matmul(x, constantOf([w, width], linearWeights(w, width)));
  return matmul(constantOf([h, height], linearWeights(h, height)), wide, { transA: true });
}
