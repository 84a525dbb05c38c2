import type { FamilyDefaults, FamilyFacts } from "../family.ts";

/** Music takes small steps: a batch of 16, and penalties in every second one. */
export function defaults({ preset }: FamilyFacts): FamilyDefaults {
  const large = preset === "large";
  return {
    widths: large ? [512, 384] : [256, 192],
    latent: 128,
    blocks: large ? 2 : 1,
    expansion: 1,
    groupSize: 64,
    batch: 16,
    objective: {
      loss: "relativistic",
      penalty: "r1r2",
      penaltyEvery: 4,
      mixing: 0,
      pathLength: 0,
      beta: 0,
      freeBits: 0,
    },
    learningRate: [5e-4, 1e-4],
    beta1: 0,
    beta2: [0.9, 0.99],
    gamma: () => [1, 0.1],
    augment: "none",
    augmentP: [0, 0],
    augmentations: ["translate"],
  };
}
