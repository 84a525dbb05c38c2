import type { FamilyDefaults, FamilyFacts } from "../family.ts";

/**
 * How pictures stand for sounds: sample rate [Hz], samples that a column looks at, and samples from one column to the next. 64 columns are 0.93 s. Chosen by what
 * is left of real sounds behind pictures of 64x96 (docs/sounds.md).
 */
export const SOUND = { sampleRate: 22_050, window: 1024, hop: 320 } as const;

/** Channels a stage: those of the largest, doubling downwards to a limit. */
function widthsOf({ preset, stages }: FamilyFacts): number[] {
  const [top, most] = preset === "large" ? [32, 512] : [16, 128];
  return Array.from({ length: stages }, (_, i) => Math.min(most, top * 2 ** (stages - 1 - i)));
}

/**
 * FastGAN's recipe: a sound library is some hundred files. Sounds are varied where they are read; pictures are moved and parts of them are cut out, never mirrored or
 * turned: time and pitch have a direction.
 */
export function defaults(facts: FamilyFacts): FamilyDefaults {
  return {
    widths: widthsOf(facts),
    latent: 64,
    blocks: 1,
    expansion: 1,
    groupSize: 0,
    extra: SOUND,
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
    learningRate: [6e-4, 1e-4],
    beta1: 0.5,
    beta2: [0.999, 0.999],
    gamma: (batch) => {
      const start = (8 * (facts.resolution / 64) ** 3) / batch;
      return [start, start / 10];
    },
    augment: "fixed",
    augmentP: [0.5, 0.5],
    augmentations: ["translate", "cutout"],
  };
}
