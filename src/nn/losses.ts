import { add, mul, neg, reduceMean, relu, softplus, square, sub } from "../graph/ops/index.ts";
import type { Value } from "../graph/value.ts";

/**
 * Relativistic pairing loss: `mean softplus(-(better - worse))`. The discriminator wants D(x) above D(G(z)) for each pair, the
 * generator the reverse.
 *
 * @param better Logits [N, 1] that should be higher.
 * @param worse Logits [N, 1], paired with `better` by index.
 * @returns Scalar loss.
 * @see Huang et al. 2024, "The GAN is dead; long live the GAN!", arXiv:2501.05441; Jolicoeur-Martineau 2018, arXiv:1807.00734
 */
export function relativisticLoss(better: Value, worse: Value): Value {
  return reduceMean(softplus(neg(sub(better, worse))));
}

/** What discriminator and generator minimise, from logits [N, 1]. */
export interface AdversarialLoss {
  readonly discriminator: (real: Value, fake: Value) => Value;
  /** @param real Made only by the losses that compare with real images. */
  readonly generator: (fake: Value, real: () => Value) => Value;
}

/** Names of the adversarial losses. */
export const LOSS_NAMES = [
  "relativistic",
  "nonsaturating",
  "hinge",
  "leastsquares",
  "wasserstein",
] as const;

/** Name of an adversarial loss. */
export type LossName = (typeof LOSS_NAMES)[number];

/** The adversarial losses, R and F the logits of real and generated images, G's images in the second line of each. */
export const adversarialLosses: Readonly<Record<LossName, AdversarialLoss>> = {
  // mean softplus(-(R - F)); mean softplus(-(F - R)). Huang et al. 2024, arXiv:2501.05441
  relativistic: {
    discriminator: relativisticLoss,
    generator: (fake, real) => relativisticLoss(fake, real()),
  },
  // mean softplus(-R) + mean softplus(F); mean softplus(-F). Goodfellow et al. 2014, arXiv:1406.2661
  nonsaturating: {
    discriminator: (real, fake) => add(reduceMean(softplus(neg(real))), reduceMean(softplus(fake))),
    generator: (fake) => reduceMean(softplus(neg(fake))),
  },
  // mean max(0, 1 - R) + mean max(0, 1 + F); -mean F. Lim, Ye 2017, "Geometric GAN", arXiv:1705.02894
  hinge: {
    discriminator: (real, fake) =>
      add(reduceMean(relu(sub(1, real))), reduceMean(relu(add(1, fake)))),
    generator: (fake) => neg(reduceMean(fake)),
  },
  // mean (R - 1)^2 / 2 + mean F^2 / 2; mean (F - 1)^2 / 2. Mao et al. 2016, arXiv:1611.04076
  leastsquares: {
    discriminator: (real, fake) =>
      mul(add(reduceMean(square(sub(real, 1))), reduceMean(square(fake))), 0.5),
    generator: (fake) => mul(reduceMean(square(sub(fake, 1))), 0.5),
  },
  // mean F - mean R; -mean F. Arjovsky, Chintala, Bottou 2017, arXiv:1701.07875
  wasserstein: {
    discriminator: (real, fake) => sub(reduceMean(fake), reduceMean(real)),
    generator: (fake) => neg(reduceMean(fake)),
  },
};
