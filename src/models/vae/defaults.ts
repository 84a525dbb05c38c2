import type { FamilyDefaults, FamilyFacts } from "../family.ts";
import { defaults as r3gan } from "../r3gan/defaults.ts";

/**
 * Weight of the divergence. The bound, 1, counts every pixel value as independent of the others, which makes errors too dear: new pictures look better, and
 * reconstructions hardly worse, with more.
 */
export const BETA = 4;

/** The networks and batch of R3GAN, so that both can be compared, and Adam as for VAEs everywhere. The bound is trained on pictures as they are. */
export function defaults(facts: FamilyFacts): FamilyDefaults {
  return {
    ...r3gan(facts),
    objective: {
      loss: "relativistic",
      penalty: "none",
      penaltyEvery: 1,
      mixing: 0,
      pathLength: 0,
      beta: BETA,
      freeBits: 0,
    },
    learningRate: [1e-3, 1e-4],
    beta1: 0.9,
    beta2: [0.999, 0.999],
    gamma: () => [0, 0],
    augment: "none",
    augmentP: [0, 0],
  };
}
