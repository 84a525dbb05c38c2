import * as ops from "../../src/graph/ops/index.ts";
import type { Value } from "../../src/graph/value.ts";
import { biasedLeakyRelu, convLayer, LEAKY_GAIN, linearLayer } from "../../src/nn/layers.ts";
import type { Parameters } from "../../src/nn/parameters.ts";

/** Length of a picture's features. */
const FEATURES = 64;

/** Channels of the convolutions of 3 x 3; the second, fourth and fifth halve the picture. */
const LAYERS = [
  { channels: 32, stride: 1 },
  { channels: 32, stride: 2 },
  { channels: 64, stride: 1 },
  { channels: 64, stride: 2 },
  { channels: 64, stride: 2 },
] as const;

/**
 * A small convolutional classifier.
 *
 * @param images [N, 1, 28, 28] in 0..1.
 * @returns `features` [N, 64], what the last layer sees, and `logits` [N, classes].
 */
export function classifier(
  p: Parameters,
  images: Value,
  classes: number,
): { features: Value; logits: Value } {
  let x = ops.mul(ops.sub(images, 0.5), 2);
  for (const [i, { channels, stride }] of LAYERS.entries()) {
    x = convLayer(p, `conv${i}`, x, channels, { kernel: 3, stride, gain: LEAKY_GAIN });
    x = biasedLeakyRelu(p, `bias${i}`, x);
  }
  const flat = ops.reshape(x, [x.shape[0] as number, -1]);
  const hidden = linearLayer(p, "features", flat, FEATURES, LEAKY_GAIN);
  const features = ops.leakyRelu(ops.add(hidden, p.get("features-bias", [FEATURES], 0)));
  return { features, logits: linearLayer(p, "logits", features, classes) };
}
