import { adversarialPhases } from "../adversarial.ts";
import type { Family } from "../family.ts";
import { defaults } from "./defaults.ts";
import { discriminator } from "./discriminator.ts";
import { generator } from "./generator.ts";
import { mapping } from "./mapping.ts";
import { pathLengthPhases } from "./path-length.ts";
import { mixedImages } from "./styles.ts";
import { synthesis } from "./synthesis.ts";

/** StyleGAN2 (Karras et al. 2019, "Analyzing and Improving the Image Quality of StyleGAN", arXiv:1912.04958), with adaptive augmentation. */
export const stylegan2: Family = {
  name: "stylegan2",
  summary: "styles that can be mixed, truncated and edited; starts from published networks",
  generator,
  mapping,
  synthesis,
  // In use, a picture is judged by itself: what is beside it must not matter.
  discriminator: (p, architecture, images, c) => discriminator(p, architecture, images, c, 1),
  phases: (objective) => [
    ...adversarialPhases(
      {
        generator,
        fakes: mixedImages,
        judge: (...inputs) => ({ logits: discriminator(...inputs) }),
        judgeBoth: (...inputs) => ({ logits: discriminator(...inputs) }),
      },
      objective,
    ),
    ...pathLengthPhases(objective),
  ],
  defaults,
};
