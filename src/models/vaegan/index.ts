import type { Family } from "../family.ts";
import { discriminator } from "../r3gan/discriminator.ts";
import { encoder } from "../vae/encoder.ts";
import { generator } from "../vae/generator.ts";
import { defaults } from "./defaults.ts";
import { phases } from "./objective.ts";

/** VAE-GAN (Larsen et al. 2016, "Autoencoding beyond pixels using a learned similarity metric", arXiv:1512.09300) with the networks of R3GAN. */
export const vaegan: Family = {
  name: "vaegan",
  summary: "codes of real pictures as a VAE has, and sharp pictures as a GAN makes",
  generator,
  discriminator,
  encoder,
  phases,
  defaults,
};
