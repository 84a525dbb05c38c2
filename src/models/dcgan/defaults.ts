import { AUGMENTATIONS } from "../../nn/augment.ts";
import type { FamilyDefaults, FamilyFacts } from "../family.ts";

/** Channels a stage, doubling downwards. Small: from 32 at 64 pixels and below (16 above) to 256. Large: from 64 to 1024, as published at 64 pixels. */
function widthsOf({ preset, resolution, stages }: FamilyFacts): number[] {
  const top = preset === "large" ? 64 : resolution > 64 ? 16 : 32;
  const most = preset === "large" ? 1024 : 256;
  return Array.from({ length: stages }, (_, i) => Math.min(most, top * 2 ** (stages - 1 - i)));
}

/** Below this many pictures the discriminator learns them by heart without adaptive augmentation. */
const SMALL_DATA = 5000;

/** The recipe of DCGAN: Adam with 2e-4, 0.5 and 0.999, the non-saturating loss without a penalty. Gamma is that of R3GAN, for those who ask for R1. */
export function defaults(facts: FamilyFacts): FamilyDefaults {
  const { resolution, pictures } = facts;
  return {
    widths: widthsOf(facts),
    latent: 100,
    blocks: 1,
    expansion: 1,
    groupSize: 0,
    batch: 64,
    objective: {
      loss: "nonsaturating",
      penalty: "none",
      penaltyEvery: 1,
      mixing: 0,
      pathLength: 0,
      beta: 0,
      freeBits: 0,
    },
    learningRate: [2e-4, 2e-4],
    beta1: 0.5,
    beta2: [0.999, 0.999],
    gamma: (batch) => {
      const gamma = (2 * (resolution / 64) ** 3 * 32) / batch;
      return [gamma, gamma];
    },
    augment: pictures < SMALL_DATA ? "adaptive" : "none",
    augmentP: [0, 0],
    augmentations: AUGMENTATIONS.filter((kind) => kind !== "rotate90"),
  };
}
