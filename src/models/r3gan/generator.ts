import { concat, mul, reshape, upsampleFir } from "../../graph/ops/index.ts";
import { scope, type Value } from "../../graph/value.ts";
import { convLayer, linearLayer } from "../../nn/layers.ts";
import type { Parameters } from "../../nn/parameters.ts";
import { type Architecture, stageName, startSize } from "../family.ts";
import { residualBlocks } from "./block.ts";

/** Length of the class embedding that is put behind z. */
const EMBEDDING = 64;

/** z (and class) to the first feature map: a learned picture per channel, scaled by a linear function of z. */
function start(p: Parameters, architecture: Architecture, z: Value): Value {
  const channels = architecture.widths[0] as number;
  const { height, width } = startSize(architecture);
  const basis = p.get("basis", [1, channels, height, width], 1);
  const scale = linearLayer(p, "linear", z, channels);
  return mul(basis, reshape(scale, [-1, channels, 1, 1]));
}

/**
 * Images [N, channels, H, W] from the first feature map [N, widths[0], h, w]: each stage doubles the resolution and adds residual blocks.
 */
export function stages(p: Parameters, architecture: Architecture, first: Value): Value {
  let x = first;
  for (const [i, width] of architecture.widths.entries()) {
    const stage = `b${stageName(architecture, i)}`;
    x = scope(stage, () => {
      let y = x;
      if (i > 0) {
        if (y.shape[1] !== width) y = convLayer(p.at(stage), "transition", y, width);
        y = upsampleFir(y);
      }
      return residualBlocks(p.at(stage), architecture, y);
    });
  }
  return convLayer(p, "rgb", x, architecture.channels);
}

/**
 * The generator of R3GAN: residual stages from a learned start.
 *
 * @see Huang et al. 2024, arXiv:2501.05441
 */
export function generator(p: Parameters, architecture: Architecture, z: Value, c?: Value): Value {
  return scope("generator", () => {
    const latent = c === undefined ? z : concat([z, linearLayer(p, "embedding", c, EMBEDDING)], 1);
    return stages(p, architecture, start(p.at("start"), architecture, latent));
  });
}
