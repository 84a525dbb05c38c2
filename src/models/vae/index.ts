import type { Family } from "../family.ts";
import { defaults } from "./defaults.ts";
import { encoder } from "./encoder.ts";
import { generator } from "./generator.ts";
import { vaeObjective } from "./objective.ts";

/** Variational autoencoder (Kingma, Welling 2013, arXiv:1312.6114) with the networks of R3GAN; its decoder is the generator. */
export const vae: Family = {
  name: "vae",
  summary: "codes of real pictures and smooth ways between them; trains fast, pictures are soft",
  generator,
  encoder,
  phases: () => [{ name: "G", trains: ["E", "G"], objective: vaeObjective }],
  defaults,
};
