import { add, mul, reduceSum } from "../../graph/ops/index.ts";
import type { Value } from "../../graph/value.ts";
import {
  calibratedError,
  chargedDivergence,
  divergence,
  meanSquaredError,
  type Posterior,
  sampleCode,
} from "../../nn/variational.ts";
import type { Objective } from "../family.ts";
import type { PhaseContext } from "../phase-context.ts";
import { encoder } from "./encoder.ts";
import { generator } from "./generator.ts";

/** Images with the distribution of their codes, and one code drawn for each. */
interface Encoded {
  readonly posterior: Posterior;
  /** [n, latent]. */
  readonly code: Value;
}

/**
 * The codes of images.
 *
 * @param images [n, channels, H, W], some of a pass.
 * @param c One-hot classes [n, classes] of these, for conditional models.
 */
export function encodeImages(context: PhaseContext, images: Value, c: Value | undefined): Encoded {
  const { architecture, networks } = context;
  const posterior = encoder(networks.E, architecture, images, c);
  const noise = context.random("code", posterior.mean.shape, "normal");
  return { posterior, code: sampleCode(posterior, noise) };
}

/**
 * The evidence lower bound, negative and per pixel value: `log(error) / 2 + beta / (channels H W) sum_j max(KL_j, freeBits)`.
 *
 * With `error` the mean squared error of pixels and beta = 1 this is the bound under a normal likelihood of the best variance. A larger beta makes
 * codes more like the normal distribution that new pictures are drawn from, and reconstructions less exact.
 *
 * @param error Mean squared error of the reconstructions, a scalar.
 * @see Higgins et al. 2017, "beta-VAE", ICLR 2017
 */
export function boundObjective(
  { architecture, objective }: PhaseContext,
  posterior: Posterior,
  error: Value,
): Objective {
  const divergences = divergence(posterior);
  const charged = chargedDivergence(divergences, objective.freeBits);
  const { channels, height, width } = architecture;
  const weight = objective.beta / (channels * height * width);
  return {
    loss: add(calibratedError(error), mul(charged, weight)),
    reports: { divergence: reduceSum(divergences) },
  };
}

/** The one phase of a VAE: encoder and decoder go down the bound together. */
export function vaeObjective(context: PhaseContext): Objective {
  const { architecture, networks, c } = context;
  const images = context.augment(context.real, "augment");
  const { posterior, code } = encodeImages(context, images, c);
  const reconstruction = meanSquaredError(images, generator(networks.G, architecture, code, c));
  const { loss, reports } = boundObjective(context, posterior, reconstruction);
  return { loss, reports: { ...reports, reconstruction } };
}
