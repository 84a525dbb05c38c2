import type { FamilyDefaults, FamilyFacts } from "../family.ts";
import { defaults as fastgan } from "../fastgan/defaults.ts";

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
    ...fastgan(facts),
    widths: widthsOf(facts),
    latent: 64,
    extra: SOUND,
    batch: 16,
    augmentations: ["translate", "cutout"],
  };
}
