import { gradients } from "../graph/gradients.ts";
import { reduceSum, square } from "../graph/ops/index.ts";
import type { Value } from "../graph/value.ts";

/**
 * Squared gradient norm of each image: `|| d D(x_n) / d x_n ||^2`, summed over all pixels. R1 takes it at real images, R2 at
 * generated ones; both weigh its mean by gamma / 2.
 *
 * @param logits D(x), shape [N, 1].
 * @param images x, shape [N, C, H, W]: the images before augmentation, so that the gradient flows through it.
 * @returns [N].
 * @see Mescheder, Geiger, Nowozin 2018, "Which Training Methods for GANs do actually Converge?", arXiv:1801.04406
 */
export function squaredGradientNorm(logits: Value, images: Value): Value {
  const [gradient] = gradients(reduceSum(logits), [images]); // [N, C, H, W]
  return reduceSum(square(gradient as Value), { axes: [1, 2, 3] });
}
