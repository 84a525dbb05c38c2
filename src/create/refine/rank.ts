import { Random } from "../../base/random.ts";
import type { Latent } from "../generator.ts";
import type { Calibration } from "./calibration.ts";
import type { Critic, Start } from "./critic.ts";

/** Angle between a seed's z and its variations [radians]: large enough for another picture, small enough to stay in its neighbourhood. */
const ANGLE = Math.PI / 4;

/** Variation `attempt` of a seed: first itself, then `cos a z + sin a e` with fresh normal e, which is as normal as z. */
function variationOf({ seed, latent }: Start, attempt: number): Latent {
  if (attempt === 0) return latent;
  const random = new Random(seed).split("variation").split(attempt);
  const fresh = random.fillNormal(new Float32Array(latent.z.length));
  const [cos, sin] = [Math.cos(ANGLE), Math.sin(ANGLE)];
  return { ...latent, z: latent.z.map((x, i) => cos * x + sin * (fresh[i] as number)) };
}

/**
 * Ranking: of `rounds` variations of a seed's picture, itself among them, the one with the highest logit. The best of independent candidates would be
 * much alike from seed to seed; variations keep to the seed's own part of the latent space, and with it the variety of the seeds.
 */
export async function rank(
  starts: readonly Start[],
  critic: Critic,
  _: Calibration,
  rounds: number,
): Promise<Latent[]> {
  const attempts = Array.from({ length: rounds }, (_, i) => i);
  const candidates = starts.flatMap((start) => attempts.map((n) => variationOf(start, n)));
  const logits = await critic.logits(candidates);
  return starts.map(({ latent }, place) => {
    let best = { latent, logit: Number.NEGATIVE_INFINITY };
    for (const n of attempts) {
      const logit = logits[place * rounds + n] as number;
      if (logit > best.logit) best = { latent: candidates[place * rounds + n] as Latent, logit };
    }
    return best.latent;
  });
}
