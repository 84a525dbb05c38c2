import {
  add,
  div,
  matmul,
  mul,
  reduceMean,
  reduceSum,
  reshape,
  sqrt,
  square,
  stopGradient,
  sub,
} from "../graph/ops/index.ts";
import { scope, type Value } from "../graph/value.ts";
import type { Parameters } from "./parameters.ts";

/** Keeps the divisor above 0 where all values are the same; PyTorch's and TensorFlow's value. */
const EPSILON = 1e-5;

/** Share of the newest batch in the running statistics: PyTorch's value. */
const MOMENTUM = 0.1;

/** Shape that lines a number a channel up with the second axis of `x`. */
const alongChannels = (x: Value): number[] => x.shape.map((size, axis) => (axis === 1 ? size : 1));

/** `y scale + shift`, both a number a channel; they start at 1 and 0. */
function affine(p: Parameters, y: Value): Value {
  const channels = y.shape[1] as number;
  const scale = reshape(p.get("scale", [channels], 0, 1), alongChannels(y));
  const shift = reshape(p.get("shift", [channels], 0), alongChannels(y));
  return add(mul(y, scale), shift);
}

/**
 * Batch normalisation: `(x - mean) / sqrt(variance + 1e-5) scale + shift`, a mean and a variance a channel. In training they are those of the batch,
 * and the running ones move a tenth of the way to them (the variance with `n - 1`, as in PyTorch); otherwise they are the running ones.
 *
 * Pictures of one batch depend on each other through it, so no gradient penalty on single pictures may be taken through it.
 *
 * @param x [N, C, ...]; more than one number a channel in training.
 * @see Ioffe, Szegedy 2015, "Batch Normalization", arXiv:1502.03167
 */
export function batchNorm(p: Parameters, name: string, x: Value): Value {
  const channels = x.shape[1] as number;
  const own = p.at(name);
  const runningMean = own.buffer("mean", [channels]);
  const runningVariance = own.buffer("variance", [channels], { mean: 1 });
  const shape = alongChannels(x);
  return scope(name, () => {
    if (!p.training) {
      const deviation = sqrt(add(runningVariance, EPSILON));
      const centred = sub(x, reshape(runningMean, shape));
      return affine(own, div(centred, reshape(deviation, shape)));
    }
    const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
    const mean = reduceMean(x, { axes, keepdims: true });
    const centred = sub(x, mean);
    const variance = reduceMean(square(centred), { axes, keepdims: true });
    const n = axes.reduce((count, axis) => count * (x.shape[axis] as number), 1);
    const unbiased = mul(reshape(variance, [channels]), n / Math.max(1, n - 1));
    const towards = (from: Value, to: Value): Value => add(from, mul(sub(to, from), MOMENTUM));
    own.update("mean", towards(runningMean, reshape(mean, [channels])));
    own.update("variance", towards(runningVariance, unbiased));
    return affine(own, div(centred, sqrt(add(variance, EPSILON))));
  });
}

/** Keeps the divisor of a vector of zeros above 0. */
const TINY = 1e-12;

/** `x / || x ||`. */
const unit = (x: Value): Value => div(x, sqrt(add(reduceSum(square(x)), TINY)));

/**
 * Spectral normalisation of the kernels of a convolution or the weights of a linear layer: `W / sigma`, sigma the largest singular value of W as a
 * matrix [O, rest], estimated by one step of power iteration from the vector that the last training step left (a buffer). Each picture is judged by
 * itself, so gradient penalties on single pictures hold.
 *
 * @param weight [O, ...].
 * @see Miyato et al. 2018, "Spectral Normalization for Generative Adversarial Networks", arXiv:1802.05957
 */
export function spectralNorm(p: Parameters, name: string, weight: Value): Value {
  const rows = weight.shape[0] as number;
  const start = p.buffer(name, [1, rows], { std: 1 });
  return scope(name, () => {
    const matrix = reshape(weight, [rows, weight.shape.slice(1).reduce((a, b) => a * b, 1)]);
    const fixed = stopGradient(matrix);
    const right = unit(matmul(start, fixed)); // [1, rest]
    const left = unit(matmul(right, fixed, { transB: true })); // [1, rows]
    p.update(name, left);
    const sigma = matmul(matmul(left, matrix), right, { transB: true }); // [1, 1]
    return div(weight, reshape(sigma, []));
  });
}
