import type { FamilyDefaults, FamilyFacts } from "../family.ts";

/** Channels a stage: those of the largest, doubling downwards to a limit. */
function widthsOf({ preset, resolution, stages }: FamilyFacts): number[] {
  const large = preset === "large";
  const top = (resolution > 64 ? 16 : 32) * (large ? 2 : 1);
  return Array.from({ length: stages }, (_, i) =>
    Math.min(large ? 512 : 256, top * 2 ** (stages - 1 - i)),
  );
}

/** A relativistic loss with penalties every few steps; translations, colours and cutouts in half of the pictures (after DiffAugment, arXiv:2006.10738). */
export function defaults(facts: FamilyFacts): FamilyDefaults {
  return {
    widths: widthsOf(facts),
    latent: 128,
    blocks: 1,
    expansion: 1,
    groupSize: 0,
    batch: 8,
    objective: {
      loss: "relativistic",
      penalty: "r1r2",
      penaltyEvery: 4,
      mixing: 0,
      pathLength: 0,
      beta: 0,
      freeBits: 0,
    },
    learningRate: [6e-4, 1e-4],
    beta1: 0.5,
    beta2: [0.999, 0.999],
    gamma: (batch) => {
      const start = (8 * (facts.resolution / 64) ** 3) / batch;
      return [start, start / 10];
    },
    augment: "fixed",
    augmentP: [0.5, 0.5],
    augmentations: ["translate", "color", "cutout"],
  };
}
