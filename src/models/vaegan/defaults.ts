import type { FamilyDefaults, FamilyFacts } from "../family.ts";
import { defaults as r3gan } from "../r3gan/defaults.ts";
import { BETA } from "../vae/defaults.ts";

/**
 * The recipe and networks of R3GAN, relativistic loss with R1 and R2 in every step, with an encoder beside them. `reconstruction` weighs errors
 * against the adversarial loss in G.
 */
export function defaults(facts: FamilyFacts): FamilyDefaults {
  const adversarial = r3gan(facts);
  return {
    ...adversarial,
    extra: { reconstruction: 1 },
    objective: { ...adversarial.objective, beta: BETA },
  };
}
