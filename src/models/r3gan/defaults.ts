import { AUGMENTATIONS } from "../../nn/augment.ts";
import type { FamilyDefaults, FamilyFacts } from "../family.ts";

/** Channels a stage. Small: 32 at 64 pixels and below (16 above), doubling downwards to 256. Large: as published, 768 up to 32 pixels. */
function widthsOf({ preset, resolution, stages }: FamilyFacts): number[] {
  return Array.from({ length: stages }, (_, i) => {
    const side = resolution / 2 ** (stages - 1 - i);
    if (preset === "large")
      return side <= 32 ? 768 : Math.max(48, (768 * 32) / 2 ** Math.ceil(Math.log2(side)));
    const top = resolution > 64 ? 16 : 32;
    return Math.min(256, top * 2 ** (stages - 1 - i));
  });
}

/** Below this many pictures the discriminator learns them by heart without adaptive augmentation. */
const SMALL_DATA = 5000;

/** Below this many pictures the small networks take small steps: in the same time they take twice as many. */
const FEW_PICTURES = 2000;

/** Images a step at which a gamma of 2 at 64 pixels holds: as published for the large networks, as tried for the small ones. */
const REFERENCE_BATCH = { small: 32, large: 256 } as const;

/**
 * The recipe of R3GAN, with networks for small machines unless the large preset is asked for.
 *
 * Gamma starts at `2 (resolution / 64)^3 reference / batch` and ends at a tenth: the power of the resolution is a curve through R3GAN's published
 * values at 64 and 256 pixels; that it goes with 1 / batch is StyleGAN2-ADA's rule for R1.
 *
 * @see Karras et al. 2020, "Training Generative Adversarial Networks with Limited Data", arXiv:2006.06676, and its published code
 * @see Huang et al. 2024, "The GAN is dead; long live the GAN!", arXiv:2501.05441
 */
export function defaults(facts: FamilyFacts): FamilyDefaults {
  const { preset, resolution, pictures } = facts;
  const large = preset === "large";
  return {
    widths: widthsOf(facts),
    latent: 64,
    blocks: large ? 2 : 1,
    expansion: large ? 2 : 1,
    groupSize: large ? 16 : 64,
    batch: !large && pictures < FEW_PICTURES ? 16 : REFERENCE_BATCH[preset],
    objective: {
      loss: "relativistic",
      penalty: "r1r2",
      penaltyEvery: 1,
      mixing: 0,
      pathLength: 0,
      beta: 0,
      freeBits: 0,
    },
    learningRate: [2e-4, 5e-5],
    beta1: 0,
    beta2: [0.9, 0.99],
    gamma: (batch) => {
      const start = (2 * (resolution / 64) ** 3 * REFERENCE_BATCH[preset]) / batch;
      return [start, start / 10];
    },
    augment: pictures < SMALL_DATA ? "adaptive" : "scheduled",
    augmentP: [0, 0.3],
    augmentations: AUGMENTATIONS.filter((kind) => kind !== "rotate90"),
  };
}
