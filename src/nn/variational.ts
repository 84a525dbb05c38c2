import {
  add,
  exp,
  log,
  maximum,
  mul,
  reduceMean,
  reduceSum,
  square,
  sub,
} from "../graph/ops/index.ts";
import type { Value } from "../graph/value.ts";

/** A normal distribution of codes for each of N pictures, its numbers independent: mean and log variance [N, latent]. */
export interface Posterior {
  readonly mean: Value;
  readonly logVariance: Value;
}

/**
 * A code drawn from each distribution, differentiable in it: `mean + e^(logVariance / 2) noise`.
 *
 * @param noise [N, latent], standard normal.
 * @see Kingma, Welling 2013, "Auto-Encoding Variational Bayes", arXiv:1312.6114
 */
export function sampleCode({ mean, logVariance }: Posterior, noise: Value): Value {
  return add(mean, mul(exp(mul(logVariance, 0.5)), noise));
}

/**
 * Divergence of the distributions from the standard normal one [nats], a number of the code each, averaged over the pictures: `KL_j = mean_n (mean^2 +
 * e^logVariance - 1 - logVariance) / 2`.
 *
 * @returns [latent]; its sum is that of whole codes.
 * @see Kingma, Welling 2013, arXiv:1312.6114, appendix B
 */
export function divergence({ mean, logVariance }: Posterior): Value {
  const twice = sub(sub(add(square(mean), exp(logVariance)), 1), logVariance);
  return mul(reduceMean(twice, { axes: [0] }), 0.5);
}

/**
 * What a divergence costs where each number of a code has some for free: `sum_j max(KL_j, freeBits)`. Below that nothing pulls a number to the normal
 * distribution, so none is given up at the start of training.
 *
 * @param divergences KL_j, [latent].
 * @param freeBits In nats; 0 is the plain sum.
 * @see Kingma et al. 2016, "Improving Variational Inference with Inverse Autoregressive Flow", arXiv:1606.04934, appendix C.8
 */
export function chargedDivergence(divergences: Value, freeBits: number): Value {
  return reduceSum(freeBits === 0 ? divergences : maximum(divergences, freeBits));
}

/** Smallest variance of a likelihood: below one step of 8-bit pixels [(2/255)^2 = 6e-5] there is nothing to learn. */
const LEAST_VARIANCE = 1e-5;

/**
 * Negative log likelihood under a normal distribution whose one variance is the best for the batch, a number each, without its constant: `log(mean (x
 * - y)^2) / 2`. The weight of an error thereby follows from how large errors still are, and nothing is left to set by hand.
 *
 * @param error Mean squared error, a scalar.
 * @see Rybkin, Daniilidis, Levine 2020, "Simple and Effective VAE Training with Calibrated Decoders", arXiv:2006.13202
 */
export function calibratedError(error: Value): Value {
  return mul(log(add(error, LEAST_VARIANCE)), 0.5);
}

/** Mean squared difference, a scalar. */
export function meanSquaredError(x: Value, y: Value): Value {
  return reduceMean(square(sub(x, y)));
}
