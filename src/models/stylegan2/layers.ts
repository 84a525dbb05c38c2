import {
  add,
  clip,
  conv,
  leakyRelu,
  matmul,
  mul,
  reciprocal,
  reduceMean,
  reshape,
  sqrt,
  square,
} from "../../graph/ops/index.ts";
import { scope, type Value } from "../../graph/value.ts";
import { LEAKY_SLOPE } from "../../nn/layers.ts";
import type { Parameters } from "../../nn/parameters.ts";

/** Gain of leaky ReLU layers. */
export const GAIN: number = Math.SQRT2;

/** Keeps the slope of square roots finite. */
export const TINY = 1e-8;

/** `1 / sqrt(x)`. */
export function inverseRoot(x: Value): Value {
  return reciprocal(sqrt(add(x, TINY)));
}

/** Rows [N, C] scaled to a mean square of 1. */
export function normalize(x: Value): Value {
  return mul(x, inverseRoot(reduceMean(square(x), { axes: [1], keepdims: true })));
}

/** What a fully connected layer does beside its product. */
export interface DenseOptions {
  /** Weights learn this many times as fast as others. @default 1 */
  readonly rate?: number;
  /** Value that biases start from. @default 0 */
  readonly bias?: number;
  /** Leaky ReLU with its gain. @default false */
  readonly active?: boolean;
}

/**
 * Fully connected layer with equalised learning rate, [N, in] to [N, out]: weights start as N(0, 1 / rate^2) and are used times `rate / sqrt(in)`,
 * so that a step of Adam changes all layers alike.
 *
 * @see Karras et al. 2018, "Progressive Growing of GANs", arXiv:1710.10196
 */
export function dense(
  p: Parameters,
  name: string,
  x: Value,
  out: number,
  { rate = 1, bias = 0, active = false }: DenseOptions = {},
): Value {
  const at = p.at(name);
  const inputs = x.shape[1] as number;
  const weight = at.get("weight", [out, inputs], 1 / rate);
  const offset = at.get("bias", [out], 0, bias);
  // A leaky ReLU passes positive factors on, so its gain can be taken before it, where it costs less.
  const gain = active ? GAIN : 1;
  return scope(name, () => {
    const scaled = mul(x, (gain * rate) / Math.sqrt(inputs));
    const y = add(matmul(scaled, weight, { transB: true }), mul(offset, gain * rate));
    return active ? leakyRelu(y, LEAKY_SLOPE) : y;
  });
}

/** What a convolution layer of the discriminator does. */
export interface ConvolutionOptions {
  readonly kernel: 1 | 3;
  /** Step between outputs; images are filtered and padded before. @default 1 */
  readonly stride?: 1 | 2;
  /** Bias and leaky ReLU. @default true */
  readonly active?: boolean;
  /** Factor behind everything. @default 1 */
  readonly gain?: number;
  /** Limit of the result before `gain`; 0 for none. */
  readonly clamp: number;
}

/** Convolution with equalised learning rate, bias, leaky ReLU and its gain, [N, C, H, W] to [N, channels, H', W']. */
export function convolution(
  p: Parameters,
  name: string,
  x: Value,
  channels: number,
  { kernel, stride = 1, active = true, gain = 1, clamp }: ConvolutionOptions,
): Value {
  const at = p.at(name);
  const inputs = x.shape[1] as number;
  const weight = at.get("weight", [channels, inputs, kernel, kernel], 1);
  const bias = active ? at.get("bias", [channels], 0) : undefined;
  const factor = active ? gain * GAIN : gain;
  return scope(name, () => {
    const scaled = mul(weight, factor / Math.sqrt(inputs * kernel * kernel));
    const pads = stride === 1 ? (kernel - 1) / 2 : 0;
    const y = conv(x, scaled, { stride, pads });
    if (bias === undefined) return y;
    const sum = add(y, reshape(mul(bias, factor), [1, channels, 1, 1]));
    return limit(leakyRelu(sum, LEAKY_SLOPE), clamp * gain);
  });
}

/** `x` limited to +- `clamp`; 0 does not limit it. */
export function limit(x: Value, clamp: number): Value {
  return clamp === 0 ? x : clip(x, -clamp, clamp);
}
