import { add, concat, mul, reduceMean, sub } from "../../graph/ops/index.ts";
import { scope, type Value } from "../../graph/value.ts";
import type { Parameters } from "../../nn/parameters.ts";
import type { Architecture } from "../family.ts";
import { dense, normalize } from "./layers.ts";
import { settingsOf } from "./settings.ts";

/** Learning rate of the mapping networks, as a multiple of the others'. */
export const MAPPING_RATE = 0.01;

/** Part of a batch's mean that goes into the mean of w. */
const AVERAGE_RATE = 1 - 0.995;

/**
 * The mapping network: z [N, latent], and a class's embedding, to w [N, W], in which directions are less entangled than in z; and the running mean of
 * w [W] in training, which truncation goes towards.
 *
 * @see Karras et al. 2018, "A Style-Based Generator Architecture for Generative Adversarial Networks", arXiv:1812.04948
 */
export function mapping(
  p: Parameters,
  architecture: Architecture,
  z: Value,
  c?: Value,
): { readonly w: Value; readonly average: Value } {
  const at = p.at("mapping");
  const { styles, mappingLayers } = settingsOf(architecture);
  return scope("mapping", () => {
    let x = normalize(z);
    if (c !== undefined) x = concat([x, normalize(dense(at, "embed", c, styles))], 1);
    for (let i = 0; i < mappingLayers; i++)
      x = dense(at, `fc${i}`, x, styles, { rate: MAPPING_RATE, active: true });
    const average = at.buffer("w_avg", [styles]);
    const change = sub(reduceMean(x, { axes: [0] }), average);
    at.update("w_avg", add(average, mul(change, AVERAGE_RATE)));
    return { w: x, average };
  });
}
