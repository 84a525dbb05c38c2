import { AUGMENTATIONS } from "../../nn/augment.ts";
import type { FamilyDefaults, FamilyFacts } from "../family.ts";

/** Channels a stage. Small: 32 at 64 pixels and below (16 above), doubling downwards to 256. Large: as published, up to 512. */
function widthsOf({ preset, resolution, stages }: FamilyFacts): number[] {
  return Array.from({ length: stages }, (_, i) => {
    const halvings = stages - 1 - i;
    if (preset === "small") return Math.min(256, (resolution > 64 ? 16 : 32) * 2 ** halvings);
    const base = resolution < 512 ? 16384 : 32768;
    return Math.min(512, 2 ** Math.floor(Math.log2(base / (resolution / 2 ** halvings))));
  });
}

/** Below this many pictures the small networks take small steps: in the same time they take twice as many. */
const FEW_PICTURES = 2000;

/**
 * The recipe of StyleGAN2 with adaptive augmentation, with networks for small machines unless the large preset is asked for.
 *
 * Gamma is `0.0002 resolution^2 / batch` and the learning rate 0.0025 (0.002 from 1024 pixels), the rules of the published code. The path length
 * penalty is left to the large preset, as the published configuration for 32 pixels has none.
 *
 * @see Karras et al. 2020, "Training Generative Adversarial Networks with Limited Data", arXiv:2006.06676
 */
export function defaults(facts: FamilyFacts): FamilyDefaults {
  const { preset, resolution, pictures } = facts;
  const large = preset === "large";
  const styles = large ? 512 : 128;
  const rate = resolution >= 1024 ? 0.002 : 0.0025;
  const layers = large ? 8 : 2;
  return {
    widths: widthsOf(facts),
    latent: styles,
    blocks: 1,
    expansion: 1,
    groupSize: 0,
    extra: { styles, mappingLayers: layers, classLayers: layers, clamp: 0, group: 4 },
    batch: !large && pictures < FEW_PICTURES ? 16 : 32,
    objective: {
      loss: "nonsaturating",
      penalty: "r1",
      penaltyEvery: 16,
      mixing: 0.9,
      pathLength: large ? 2 : 0,
      beta: 0,
      freeBits: 0,
    },
    learningRate: [rate, rate],
    beta1: 0,
    beta2: [0.99, 0.99],
    gamma: (batch) => {
      const gamma = (0.0002 * resolution ** 2) / batch;
      return [gamma, gamma];
    },
    augment: "adaptive",
    augmentP: [0, 0.3],
    augmentations: AUGMENTATIONS.filter((kind) => kind !== "rotate90"),
  };
}
