import { adversarialPhases } from "../adversarial.ts";
import type { Family } from "../family.ts";
import { defaults } from "./defaults.ts";
import { discriminator } from "./discriminator.ts";
import { generator } from "./generator.ts";

/** R3GAN (Huang et al. 2024, "The GAN is dead; long live the GAN! A Modern GAN Baseline", arXiv:2501.05441). */
export const r3gan: Family = {
  name: "r3gan",
  summary: "the best quality from a thousand pictures on, and a stable training",
  generator,
  discriminator,
  phases: (objective) =>
    adversarialPhases(
      { generator, judge: (...inputs) => ({ logits: discriminator(...inputs) }) },
      objective,
    ),
  defaults,
};
