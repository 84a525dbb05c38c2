import {
  add,
  averagePool,
  mul,
  reduceMean,
  reduceSum,
  reshape,
  transpose,
} from "../../graph/ops/index.ts";
import { scope, type Value } from "../../graph/value.ts";
import { biasedLeakyRelu, convLayer, LEAKY_GAIN, linearLayer } from "../../nn/layers.ts";
import type { Parameters } from "../../nn/parameters.ts";
import type { Judgement } from "../adversarial.ts";
import { type Architecture, stageName, startSize } from "../family.ts";

/** 2x2 pixels to channels, [N, C, H, W] to [N, 4 C, H / 2, W / 2]: half the side with nothing lost. */
function pixelsToChannels(x: Value): Value {
  const [n, channels, height, width] = x.shape as [number, number, number, number];
  const split = reshape(x, [n, channels, height / 2, 2, width / 2, 2]);
  return reshape(transpose(split, [0, 1, 3, 5, 2, 4]), [n, 4 * channels, height / 2, width / 2]);
}

/** Convolution, bias and leaky ReLU. */
function layer(p: Parameters, name: string, x: Value, channels: number, kernel = 3): Value {
  const wide = convLayer(p, name, x, channels, { kernel, gain: LEAKY_GAIN });
  return biasedLeakyRelu(p, `${name}.bias`, wide);
}

/** Half the side: the mean of a way with two convolutions and a way with one. */
function downBlock(p: Parameters, x: Value, channels: number): Value {
  const width = x.shape[1] as number;
  const main = layer(p, "conv2", averagePool(layer(p, "conv1", x, width), 2), channels);
  const direct = layer(p, "direct", averagePool(x, 2), channels, 1);
  return mul(add(main, direct), Math.SQRT1_2);
}

/**
 * The discriminator of FastGAN, without batch normalisation (which would let the pictures of a batch see each other): it
 * judges overlapping parts of the picture, and its feature maps of an eighth and a quarter of the side are what the self-supervised task reads.
 *
 * @returns Logits [N, K] of K parts, feature maps `whole` and `part`.
 * @see Liu et al. 2021, arXiv:2101.04775
 */
export function judge(
  p: Parameters,
  architecture: Architecture,
  images: Value,
  c?: Value,
): Judgement {
  return scope("discriminator", () => {
    const { widths } = architecture;
    const last = widths.length - 2;
    let x = layer(p, "pixels", pixelsToChannels(images), widths[last] as number);
    let part = x;
    for (let i = last - 1; i >= 1; i--) {
      const stage = `b${stageName(architecture, i)}`;
      part = x;
      x = scope(stage, () => downBlock(p.at(stage), part, widths[i] as number));
    }
    const whole = x;
    const channels = whole.shape[1] as number;
    const seen = layer(p, "finish", whole, channels, 1);
    const { height, width } = startSize(architecture);
    const map = convLayer(p, "logits", seen, 1, { kernel: [height, width], pads: 0 });
    const logits = reshape(map, [images.shape[0] as number, -1]);
    const features = { whole, part };
    if (c === undefined) return { logits, features };
    // Projection (Miyato, Koyama 2018, arXiv:1802.05637): how well the pooled features agree with the class.
    const pooled = reduceMean(seen, { axes: [2, 3] });
    const agreement = mul(pooled, linearLayer(p, "embedding", c, channels));
    return { logits: add(logits, reduceSum(agreement, { axes: [1], keepdims: true })), features };
  });
}
