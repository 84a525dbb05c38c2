import { add, type ConvOptions, conv, leakyRelu, matmul, reshape } from "../graph/ops/index.ts";
import { scope, type Value } from "../graph/value.ts";
import type { Parameters } from "./parameters.ts";

/** Slope of leaky ReLU for negative inputs, as in StyleGAN2 and R3GAN. */
export const LEAKY_SLOPE = 0.2;

/** Gain that keeps the variance through a leaky ReLU: `sqrt(2 / (1 + slope^2))` (He et al. 2015, arXiv:1502.01852). */
export const LEAKY_GAIN: number = Math.sqrt(2 / (1 + LEAKY_SLOPE ** 2));

/** Geometry and starting scale of a convolution layer. */
export interface ConvLayerOptions extends Pick<ConvOptions, "group" | "stride" | "pads"> {
  /** Kernel side, or height and width, in pixels. @default 1 */
  readonly kernel?: number | readonly [number, number];
  /** Weights start as N(0, (gain / sqrt(fan_in))^2); 0 starts at zero. @default 1 */
  readonly gain?: number;
}

/** Convolution without bias, [N, C, H, W] to [N, channels, H, W]; odd kernels keep the size. */
export function convLayer(
  p: Parameters,
  name: string,
  x: Value,
  channels: number,
  options: ConvLayerOptions = {},
): Value {
  const { kernel = 1, gain = 1, group = 1, stride = 1 } = options;
  const [kh, kw] = typeof kernel === "number" ? [kernel, kernel] : kernel;
  const [top, left] = [(kh - 1) >> 1, (kw - 1) >> 1];
  const { pads = [top, left, top, left] } = options;
  const inputs = (x.shape[1] as number) / group;
  const fanIn = inputs * kh * kw;
  const weight = p.get(name, [channels, inputs, kh, kw], gain / Math.sqrt(fanIn));
  return scope(name, () => conv(x, weight, { group, stride, pads }));
}

/** Fully connected layer without bias, [N, in] to [N, out]. */
export function linearLayer(p: Parameters, name: string, x: Value, out: number, gain = 1): Value {
  const inputs = x.shape[1] as number;
  const weight = p.get(name, [inputs, out], gain / Math.sqrt(inputs));
  return scope(name, () => matmul(x, weight));
}

/** Bias a channel, then leaky ReLU. Biases start at 0. */
export function biasedLeakyRelu(p: Parameters, name: string, x: Value): Value {
  const channels = x.shape[1] as number;
  const bias = p.get(name, [channels], 0);
  return scope(name, () => leakyRelu(add(x, reshape(bias, [1, channels, 1, 1])), LEAKY_SLOPE));
}
