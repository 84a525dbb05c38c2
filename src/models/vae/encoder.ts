import { add, matmul, mul, reshape } from "../../graph/ops/index.ts";
import { scope, type Value } from "../../graph/value.ts";
import { linearLayer } from "../../nn/layers.ts";
import type { Parameters } from "../../nn/parameters.ts";
import type { Posterior } from "../../nn/variational.ts";
import type { Architecture } from "../family.ts";
import { featureMaps } from "../r3gan/discriminator.ts";

/** Means start at about a tenth of the noise around them. */
const MEAN_GAIN = 0.1;

/**
 * Images [N, channels, H, W] to the distribution of their codes: the residual stages of R3GAN's discriminator, then a linear layer each from all pixels of
 * the last feature map to mean and log variance. A class shifts both.
 *
 * At the start codes say almost nothing and follow the normal distribution: they learn what matters most first. Codes that were spread out at once
 * would be those of a random projection, which takes long to unlearn. For the same reason the linear layers have weights of ordinary size times `1 /
 * sqrt(inputs)` (Karras et al. 2018, arXiv:1710.10196, section 4.1): with thousands of inputs, a step of Adam on the weights themselves would throw
 * every code far away.
 */
export function encoder(
  p: Parameters,
  architecture: Architecture,
  images: Value,
  c?: Value,
): Posterior {
  return scope("encoder", () => {
    const last = featureMaps(p, architecture, images)[0] as Value;
    const size = last.shape.slice(1).reduce((a, b) => a * b, 1);
    const features = reshape(last, [-1, size]);
    const { latent } = architecture;
    const head = (name: string, gain: number): Value => {
      const own = p.at(name);
      const weight = mul(own.get("weight", [size, latent], gain), 1 / Math.sqrt(size));
      const y = add(matmul(features, weight), own.get("bias", [latent], 0));
      return c === undefined ? y : add(y, linearLayer(own, "classes", c, latent, 0));
    };
    return { mean: head("mean", MEAN_GAIN), logVariance: head("logVariance", 0) };
  });
}
