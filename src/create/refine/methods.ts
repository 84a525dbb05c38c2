import { ConfigError } from "../../base/errors.ts";
import { nearestKey } from "../../base/spelling.ts";
import type { Latent } from "../generator.ts";
import type { Calibration } from "./calibration.ts";
import type { Critic, Start } from "./critic.ts";
import { langevin } from "./langevin.ts";
import { rank } from "./rank.ts";
import { reject } from "./reject.ts";

/** Latents of the second pass for those of the first, in their order; each depends on its own start alone. */
export type Method = (
  starts: readonly Start[],
  critic: Critic,
  calibration: Calibration,
  rounds: number,
) => Promise<Latent[]>;

const METHODS = { rank, reject, langevin } as const satisfies Readonly<Record<string, Method>>;

/** How the second pass works: rejection sampling, Langevin dynamics, or the best of several. */
export type RefineMethod = keyof typeof METHODS;

/** Names of the methods. */
export const REFINE_METHODS = Object.keys(METHODS) as readonly RefineMethod[];

/** How the discriminator works for the picture. */
export interface RefineOptions {
  /**
   * `rank` keeps the best of several variations of a picture, `reject` draws new z until the discriminator accepts one, `langevin` moves z to where pictures look
   * more real.
   *
   * @default "rank"
   */
  readonly method?: RefineMethod;
  /** How much work a picture is worth, 1 to 1000: candidates (`reject`: on average), or steps. More is stronger. @default 4, langevin 20 */
  readonly rounds?: number;
}

const ROUNDS: Readonly<Record<RefineMethod, number>> = { reject: 4, langevin: 20, rank: 4 };

const MAX_ROUNDS = 1000;

/**
 * Options with what they leave open filled in.
 *
 * @throws {ConfigError} if the method is unknown or the rounds are out of range.
 */
export function parseRefine(options: RefineOptions): Required<RefineOptions> {
  const { method = "rank" } = options;
  if (!REFINE_METHODS.includes(method)) {
    throw new ConfigError(`refine: "${method}" is unknown${nearestKey(method, REFINE_METHODS)}.`);
  }
  const { rounds = ROUNDS[method] } = options;
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > MAX_ROUNDS) {
    throw new ConfigError(
      `rounds: got ${rounds}, expected a whole number from 1 to ${MAX_ROUNDS}; 2 to 50 is usual.`,
    );
  }
  return { method, rounds };
}

/** The function of a method. */
export function methodOf(method: RefineMethod): Method {
  return METHODS[method];
}
