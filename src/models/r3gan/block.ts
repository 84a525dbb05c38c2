import { add } from "../../graph/ops/index.ts";
import { scope, type Value } from "../../graph/value.ts";
import { biasedLeakyRelu, convLayer, LEAKY_GAIN } from "../../nn/layers.ts";
import type { Parameters } from "../../nn/parameters.ts";
import type { Architecture } from "../family.ts";

/**
 * Residual block: 1x1 to the wide inside, bias and leaky ReLU, grouped 3x3, bias and leaky ReLU, 1x1 back, plus the input.
 *
 * The last convolution starts at zero, the others at gain `sqrt(2 / 1.04) L^(-1/4)` with L blocks in the network, so the network
 * starts as an identity whose variance does not grow with depth (Zhang et al. 2019, "Fixup", arXiv:1901.09321).
 */
export function residualBlock(p: Parameters, architecture: Architecture, x: Value): Value {
  const { expansion, groupSize, blocks, widths } = architecture;
  const channels = x.shape[1] as number;
  const inside = channels * expansion;
  const group = groupSize === 0 ? 1 : Math.max(1, inside / groupSize);
  const gain = LEAKY_GAIN * (blocks * widths.length) ** -0.25;
  let y = convLayer(p, "conv1", x, inside, { gain });
  y = biasedLeakyRelu(p, "bias1", y);
  y = convLayer(p, "conv2", y, inside, { kernel: 3, group, gain });
  y = biasedLeakyRelu(p, "bias2", y);
  y = convLayer(p, "conv3", y, channels, { gain: 0 });
  return add(x, y);
}

/** The residual blocks of one stage. */
export function residualBlocks(p: Parameters, architecture: Architecture, x: Value): Value {
  let y = x;
  for (let i = 0; i < architecture.blocks; i++) {
    y = scope(`block${i}`, () => residualBlock(p.at(`block${i}`), architecture, y));
  }
  return y;
}
