import { Random } from "../../base/random.ts";
import type { Latent } from "../generator.ts";
import { acceptanceBound, type Calibration } from "./calibration.ts";
import type { Critic, Start } from "./critic.ts";

/** Candidates of a seed at most, as a multiple of the mean number: about one in 3,000 seeds needs more. */
const PATIENCE = 8;

/** Candidates that are judged together at least: those of the few seeds that are left fill a run of the networks. */
const TOGETHER = 16;

/** A picture that is still looked for. */
interface Search {
  readonly start: Start;
  readonly index: number;
  readonly bound: number;
  best: { readonly logit: number; readonly latent: Latent };
}

/** Candidate `attempt` of a seed: first what it stands for, then fresh z of the same class. */
function candidateOf({ seed, latent }: Start, attempt: number): Latent {
  if (attempt === 0) return latent;
  const random = new Random(seed).split("candidate").split(attempt);
  return { ...latent, z: random.fillNormal(new Float32Array(latent.z.length)) };
}

/**
 * Rejection sampling: candidates of a seed are drawn until one is accepted, with probability `min(1, exp(slope d - bound))`. Accepted pictures are distributed
 * like `p(generated) p(real) / p(generated)`, with ratios above the bound cut off. Where the seed's own picture is accepted, it stays.
 *
 * @param rounds Candidates of a seed on average: one in `rounds` is accepted.
 * @see Azadi et al. 2018, "Discriminator Rejection Sampling", arXiv:1810.06758
 */
export async function reject(
  starts: readonly Start[],
  critic: Critic,
  calibration: Calibration,
  rounds: number,
): Promise<Latent[]> {
  const bounds = new Map<number, number>();
  for (const { latent } of starts) {
    if (!bounds.has(latent.class))
      bounds.set(latent.class, acceptanceBound(calibration, latent.class, 1 / rounds));
  }
  const found = starts.map(({ latent }) => latent);
  let open = starts.map((start, index): Search => {
    const { latent } = start;
    const bound = bounds.get(latent.class) as number;
    return { start, index, bound, best: { logit: Number.NEGATIVE_INFINITY, latent } };
  });
  const most = PATIENCE * rounds;
  for (let attempt = 0; attempt < most && open.length > 0; ) {
    const ahead = Math.min(most - attempt, Math.max(1, Math.floor(TOGETHER / open.length)));
    const attempts = Array.from({ length: ahead }, (_, i) => attempt + i);
    const candidates = open.flatMap(({ start }) => attempts.map((n) => candidateOf(start, n)));
    const logits = await critic.logits(candidates);
    open = open.filter((search, place) => {
      for (const [i, n] of attempts.entries()) {
        const at = place * ahead + i;
        const [latent, logit] = [candidates[at] as Latent, logits[at] as number];
        const chance = new Random(search.start.seed).split("accept").split(n).uniform();
        if (Math.log(chance) < calibration.slope * logit - search.bound) {
          found[search.index] = latent;
          return false;
        }
        if (logit > search.best.logit) search.best = { logit, latent };
      }
      return true;
    });
    attempt += ahead;
  }
  for (const { index, best } of open) found[index] = best.latent;
  return found;
}
