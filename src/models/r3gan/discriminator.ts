import { downsampleFir, mul, reduceSum } from "../../graph/ops/index.ts";
import { scope, type Value } from "../../graph/value.ts";
import { convLayer, linearLayer } from "../../nn/layers.ts";
import type { Parameters } from "../../nn/parameters.ts";
import { type Architecture, stageName, startSize } from "../family.ts";
import { residualBlocks } from "./block.ts";

/**
 * The last feature map to logits [N, 1]: one learned weight a pixel and channel, then a linear layer; classes by projection.
 *
 * @param c What is known about the images, [N, K].
 */
export function finish(p: Parameters, architecture: Architecture, x: Value, c?: Value): Value {
  const channels = architecture.widths[0] as number;
  const { height, width } = startSize(architecture);
  const basis = p.get("basis", [1, channels, height, width], 1 / Math.sqrt(height * width));
  const features = reduceSum(mul(x, basis), { axes: [2, 3] }); // [N, C]
  if (c === undefined) return linearLayer(p, "linear", features, 1);
  const projected = linearLayer(p, "linear", features, channels);
  return reduceSum(mul(projected, linearLayer(p, "embedding", c, channels)), {
    axes: [1],
    keepdims: true,
  });
}

/**
 * Feature maps of images: [N, widths[i], h, w] of each stage behind its residual blocks, in the order of `widths`.
 *
 * @param images [N, planes, H, W].
 */
export function featureMaps(p: Parameters, architecture: Architecture, images: Value): Value[] {
  const { widths } = architecture;
  const maps: Value[] = [];
  let x = convLayer(p, "rgb", images, widths.at(-1) as number);
  for (let i = widths.length - 1; i >= 0; i--) {
    const stage = `b${stageName(architecture, i)}`;
    x = scope(stage, () => {
      const y = residualBlocks(p.at(stage), architecture, x);
      maps.unshift(y);
      if (i === 0) return y;
      const width = widths[i - 1] as number;
      const half = downsampleFir(y);
      return half.shape[1] === width ? half : convLayer(p.at(stage), "transition", half, width);
    });
  }
  return maps;
}

/** The discriminator of R3GAN: the generator's mirror image. */
export function discriminator(
  p: Parameters,
  architecture: Architecture,
  images: Value,
  c?: Value,
): Value {
  return scope("discriminator", () => {
    const [last] = featureMaps(p, architecture, images);
    return scope("finish", () => finish(p.at("finish"), architecture, last as Value, c));
  });
}
