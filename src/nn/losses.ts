import { neg, reduceMean, softplus, sub } from "../graph/ops/index.ts";
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
