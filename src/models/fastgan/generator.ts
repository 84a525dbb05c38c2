import {
  averagePool,
  concat,
  leakyRelu,
  mul,
  reshape,
  sigmoid,
  tanh,
} from "../../graph/ops/index.ts";
import { scope, type Value } from "../../graph/value.ts";
import { convLayer, linearLayer } from "../../nn/layers.ts";
import { batchNorm } from "../../nn/normalisation.ts";
import type { Parameters } from "../../nn/parameters.ts";
import { type Architecture, stageName, startSize } from "../family.ts";
import { gated, gatedConv, gatedDoubledConv } from "./block.ts";

/** Length of the class embedding that is put behind z. */
const EMBEDDING = 64;

/** Stages from a feature map to the one whose channels it excites. */
const REACH = 3;

/** Least side of the pooled feature map that an excitation looks at. */
const POOLED = 4;

/** The largest factor that makes a feature map smaller, and no side less than `POOLED`. */
function poolingOf(height: number, width: number): number {
  let factor = Math.max(1, Math.floor(Math.min(height, width) / POOLED));
  while (height % factor !== 0 || width % factor !== 0) factor--;
  return factor;
}

/** z (and class) to the first feature map [N, C, h, w]. */
function start(p: Parameters, architecture: Architecture, z: Value): Value {
  const channels = architecture.widths[0] as number;
  const { height, width } = startSize(architecture);
  const wide = linearLayer(p, "linear", z, 2 * channels * height * width);
  return gated(batchNorm(p, "norm", reshape(wide, [-1, 2 * channels, height, width])));
}

/**
 * Skip-layer excitation: a small feature map decides how much of each channel of a large one is kept,
 * `high * sigmoid(conv1x1(leakyRelu(convWhole(pool(low)))))`, where the first convolution sees the whole pooled map.
 */
function excite(p: Parameters, low: Value, high: Value): Value {
  const channels = high.shape[1] as number;
  const [, , lowHeight, lowWidth] = low.shape as [number, number, number, number];
  const pooled = averagePool(low, poolingOf(lowHeight, lowWidth));
  const [, , height, width] = pooled.shape as [number, number, number, number];
  const kernel = [height, width] as const;
  const seen = leakyRelu(convLayer(p, "conv1", pooled, channels, { kernel, pads: 0 }), 0.1);
  return mul(high, sigmoid(convLayer(p, "conv2", seen, channels)));
}

/**
 * The generator of FastGAN: each stage doubles the resolution by a gated convolution, every second stage adds another one, and small feature
 * maps gate the channels of those three stages above.
 *
 * @see Liu et al. 2021, "Towards Faster and Stabilized GAN Training for High-fidelity Few-shot Image Synthesis", arXiv:2101.04775
 */
export function generator(p: Parameters, architecture: Architecture, z: Value, c?: Value): Value {
  return scope("generator", () => {
    const latent = c === undefined ? z : concat([z, linearLayer(p, "embedding", c, EMBEDDING)], 1);
    const maps = [start(p.at("start"), architecture, latent)];
    for (const [i, width] of architecture.widths.entries()) {
      if (i === 0) continue;
      const stage = `b${stageName(architecture, i)}`;
      const at = p.at(stage);
      const x = scope(stage, () => {
        let y = gatedDoubledConv(at, "conv1", maps[i - 1] as Value, width);
        if (i % 2 === 1) y = gatedConv(at, "conv2", y, width);
        const low = maps[i - REACH];
        return low === undefined ? y : excite(at.at("excite"), low, y);
      });
      maps.push(x);
    }
    return tanh(convLayer(p, "rgb", maps.at(-1) as Value, architecture.channels, { kernel: 3 }));
  });
}
