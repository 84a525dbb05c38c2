import { adversarialPhases } from "../adversarial.ts";
import type { Family } from "../family.ts";
import { defaults } from "./defaults.ts";
import { discriminator } from "./discriminator.ts";
import { generator } from "./generator.ts";

/** DCGAN (Radford, Metz, Chintala 2015, "Unsupervised Representation Learning with Deep Convolutional GANs", arXiv:1511.06434). */
export const dcgan: Family = {
  name: "dcgan",
  summary: "the classic, small and fast; the losses and penalties of the literature side by side",
  generator,
  discriminator,
  phases: (objective) =>
    adversarialPhases(
      { generator, judge: (...inputs) => ({ logits: discriminator(...inputs) }) },
      objective,
    ),
  defaults,
};
