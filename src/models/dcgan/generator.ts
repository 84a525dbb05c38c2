import {
  add,
  concat,
  conv,
  convTranspose,
  matmul,
  relu,
  reshape,
  tanh,
} from "../../graph/ops/index.ts";
import { scope, type Value } from "../../graph/value.ts";
import { batchNorm } from "../../nn/normalisation.ts";
import type { Parameters } from "../../nn/parameters.ts";
import { type Architecture, stageName, startSize } from "../family.ts";

/** Standard deviation that all weights start with, as in the paper. */
export const WEIGHT_STD = 0.02;

/**
 * The generator of DCGAN: a linear layer to the first feature map, 4x4 transposed convolutions of stride 2, batch normalisation and ReLU behind each,
 * tanh at the end.
 *
 * The last transposed convolution goes to the last of `widths`, and a 3x3 convolution from there to colours, as in Miyato et al. 2018
 * (arXiv:1802.05957, table 3); Radford et al. go to colours at once, which leaves each pixel to two rows and columns of the kernel. Classes are put
 * behind z.
 *
 * @see Radford, Metz, Chintala 2015, "Unsupervised Representation Learning with Deep Convolutional GANs", arXiv:1511.06434
 */
export function generator(p: Parameters, architecture: Architecture, z: Value, c?: Value): Value {
  return scope("generator", () => {
    const { widths, channels } = architecture;
    const [first, last] = [widths[0] as number, widths.at(-1) as number];
    const { height, width: columns } = startSize(architecture);
    const latent = c === undefined ? z : concat([z, c], 1);
    const start = p.get("start", [latent.shape[1] as number, first * height * columns], WEIGHT_STD);
    let x = reshape(matmul(latent, start), [-1, first, height, columns]);
    x = relu(batchNorm(p, `norm${stageName(architecture, 0)}`, x));
    for (const [i, width] of widths.entries()) {
      if (i === 0) continue;
      const side = stageName(architecture, i);
      const weight = p.get(`conv${side}`, [x.shape[1] as number, width, 4, 4], WEIGHT_STD);
      x = scope(`conv${side}`, () => convTranspose(x, weight, { stride: 2, pads: 1 }));
      x = relu(batchNorm(p, `norm${side}`, x));
    }
    const rgb = p.get("rgb", [channels, last, 3, 3], WEIGHT_STD);
    const bias = p.get("bias", [channels], 0);
    return scope("rgb", () =>
      tanh(add(conv(x, rgb, { pads: 1 }), reshape(bias, [1, channels, 1, 1]))),
    );
  });
}
