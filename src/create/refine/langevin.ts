import { Random } from "../../base/random.ts";
import type { Latent } from "../generator.ts";
import type { Calibration } from "./calibration.ts";
import type { Critic, Slope, Start } from "./critic.ts";

/** Size of a step, as the variance of its noise; z has variance 1. */
const STEP = 0.2;

/** A place of a chain. */
interface Place {
  readonly z: Float32Array;
  /** `|z|^2 / 2 - slope d(G(z))`: minus the log density that is to be sampled, up to a constant. */
  readonly energy: number;
  /** Where a step without noise leads: `z - STEP / 2 dE/dz`. */
  readonly drift: Float32Array;
}

function placeOf(z: Float32Array, { logit, gradient }: Slope, slope: number): Place {
  let squares = 0;
  for (const x of z) squares += x * x;
  return {
    z,
    energy: squares / 2 - slope * logit,
    drift: z.map((x, i) => x - (STEP / 2) * (x - slope * (gradient[i] as number))),
  };
}

/** Log density, up to a constant, of a step from `from` to `to`. */
function logStep(from: Place, to: Place): number {
  let squares = 0;
  for (const [i, x] of to.z.entries()) squares += (x - (from.drift[i] as number)) ** 2;
  return -squares / (2 * STEP);
}

/**
 * Langevin dynamics in the latent space, on the density `p(z) exp(slope d(G(z)))`: the latents whose pictures are distributed like real ones, if the calibrated
 * discriminator is right. From a seed's own z, `z' = z - STEP / 2 dE/dz + sqrt(STEP) noise`; a step is taken with the probability of Metropolis and Hastings, so
 * that chains neither leave nor distort that density.
 *
 * @param rounds Steps of each chain; a step costs three to four times as much as a picture.
 * @see Che et al. 2020, "Your GAN is Secretly an Energy-based Model and You Should Use Discriminator Driven Latent Sampling", arXiv:2003.06060
 * @see Roberts, Tweedie 1996, "Exponential convergence of Langevin distributions and their discrete approximations", for the acceptance
 */
export async function langevin(
  starts: readonly Start[],
  critic: Critic,
  { slope }: Calibration,
  rounds: number,
): Promise<Latent[]> {
  const placesAt = async (zs: readonly Float32Array[]): Promise<Place[]> => {
    const latents = zs.map((z, i) => ({ z, class: (starts[i] as Start).latent.class }));
    const slopes = await critic.slopes(latents);
    return zs.map((z, i) => placeOf(z, slopes[i] as Slope, slope));
  };
  const places = await placesAt(starts.map(({ latent }) => latent.z));
  for (let round = 0; round < rounds; round++) {
    const randoms = starts.map(({ seed }) => new Random(seed).split("langevin").split(round));
    const proposals = await placesAt(
      places.map(({ drift }, i) => {
        const noise = (randoms[i] as Random).fillNormal(new Float32Array(drift.length));
        return drift.map((x, k) => x + Math.sqrt(STEP) * (noise[k] as number));
      }),
    );
    for (const [i, to] of proposals.entries()) {
      const from = places[i] as Place;
      const gain = from.energy - to.energy + logStep(to, from) - logStep(from, to);
      if (Math.log((randoms[i] as Random).uniform()) < gain) places[i] = to;
    }
  }
  return places.map(({ z }, i) => ({ z, class: (starts[i] as Start).latent.class }));
}
