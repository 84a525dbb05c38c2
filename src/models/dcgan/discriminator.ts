import { add, conv, matmul, mul, reduceSum, reshape } from "../../graph/ops/index.ts";
import { scope, type Value } from "../../graph/value.ts";
import { biasedLeakyRelu } from "../../nn/layers.ts";
import { spectralNorm } from "../../nn/normalisation.ts";
import type { Parameters } from "../../nn/parameters.ts";
import { type Architecture, stageName } from "../family.ts";
import { WEIGHT_STD } from "./generator.ts";

/**
 * The discriminator of DCGAN: the generator's mirror image, 4x4 convolutions of stride 2 and leaky ReLU, then a linear layer; classes by projection
 * (Miyato, Koyama 2018, arXiv:1802.05637).
 *
 * In place of batch normalisation it has spectral normalisation of all weights. Real and generated images go through it as one batch, whose statistics
 * would tell which is which, and a gradient penalty looks at each image by itself, which batch normalisation does not allow (Gulrajani et al. 2017,
 * arXiv:1704.00028, section 4).
 */
export function discriminator(
  p: Parameters,
  architecture: Architecture,
  images: Value,
  c?: Value,
): Value {
  return scope("discriminator", () => {
    const { widths } = architecture;
    const weightOf = (name: string, shape: readonly number[]): Value =>
      spectralNorm(p, `${name}/norm`, p.get(name, shape, WEIGHT_STD));
    const layer = (name: string, x: Value, width: number, kernel: 3 | 4): Value => {
      const weight = weightOf(name, [width, x.shape[1] as number, kernel, kernel]);
      const y = scope(name, () => conv(x, weight, { stride: kernel - 2, pads: 1 }));
      return biasedLeakyRelu(p, `${name}/bias`, y);
    };
    let x = layer("rgb", images, widths.at(-1) as number, 3);
    for (let i = widths.length - 2; i >= 0; i--)
      x = layer(`conv${stageName(architecture, i)}`, x, widths[i] as number, 4);
    const size = x.shape.slice(1).reduce((a, b) => a * b, 1);
    const features = reshape(x, [-1, size]);
    const logits = matmul(features, weightOf("linear", [1, size]), { transB: true });
    if (c === undefined) return logits;
    const embedding = matmul(c, weightOf("embedding", [c.shape[1] as number, size]));
    return add(logits, reduceSum(mul(features, embedding), { axes: [1], keepdims: true }));
  });
}
