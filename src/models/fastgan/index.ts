import { adversarialPhases } from "../adversarial.ts";
import type { Family } from "../family.ts";
import { defaults } from "./defaults.ts";
import { judge } from "./discriminator.ts";
import { generator } from "./generator.ts";
import { reconstructionTask } from "./reconstruct.ts";

/** FastGAN (Liu et al. 2021, "Towards Faster and Stabilized GAN Training for High-fidelity Few-shot Image Synthesis", arXiv:2101.04775). */
export const fastgan: Family = {
  name: "fastgan",
  summary: "good pictures early, from a hundred to two thousand of them",
  generator,
  discriminator: (...inputs) => judge(...inputs).logits,
  phases: (objective) =>
    adversarialPhases({ generator, judge, task: reconstructionTask }, objective),
  defaults,
};
