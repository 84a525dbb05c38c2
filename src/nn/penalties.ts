import { GradientError } from "../base/errors.ts";
import { gradients } from "../graph/gradients.ts";
import { add, reduceSum, sqrt, square, sub } from "../graph/ops/index.ts";
import { here, topologicalOrder, type Value } from "../graph/value.ts";

/**
 * Squared gradient norm of each image: `|| d D(x_n) / d x_n ||^2`, summed over all pixels. R1 takes it at real images, R2 at
 * generated ones; both weigh its mean by gamma / 2.
 *
 * @param logits D(x), shape [N, 1].
 * @param images x, shape [N, ...]: the images before augmentation, so that the gradient flows through it.
 * @returns [N].
 * @throws {GradientError} if the logits do not depend on the images: their gradient would be zero, and the penalty gone without a word.
 * @see Mescheder, Geiger, Nowozin 2018, "Which Training Methods for GANs do actually Converge?", arXiv:1801.04406
 */
export function squaredGradientNorm(logits: Value, images: Value): Value {
  if (!topologicalOrder([logits]).includes(images)) {
    throw new GradientError(
      `${here("squaredGradientNorm")}: the logits do not depend on the ${images.op} value given as images, expected the very value that the discriminator was given. A reshape of a reshape is another value.`,
    );
  }
  const [gradient] = gradients(reduceSum(logits), [images]); // [N, ...]
  return reduceSum(square(gradient as Value), { axes: images.shape.slice(1).map((_, i) => i + 1) });
}

/** Kinds of gradient penalties: zero-centred at real and generated images, at real ones only, one-centred between them, none. */
export const PENALTY_NAMES = ["r1r2", "r1", "wgan-gp", "none"] as const;

/** Kind of gradient penalty. */
export type PenaltyName = (typeof PENALTY_NAMES)[number];

/** Keeps the slope of the square root finite where a gradient vanishes. */
const TINY = 1e-12;

/**
 * Distance of gradient norms from 1, squared: `(|| d D(x_n) / d x_n || - 1)^2`, taken at points between real and generated images.
 *
 * @param squaredNorms [N], from `squaredGradientNorm`.
 * @returns [N].
 * @see Gulrajani et al. 2017, "Improved Training of Wasserstein GANs", arXiv:1704.00028
 */
export function oneCentred(squaredNorms: Value): Value {
  return square(sub(sqrt(add(squaredNorms, TINY)), 1));
}
