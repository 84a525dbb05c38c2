import { ConfigError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";

/** How probabilities become notes. */
export type Binarise =
  /** On from a probability of `at`. @default at 0.5 */
  | { readonly method: "threshold"; readonly at?: number }
  /** On with its probability, by a coin for each cell. */
  | { readonly method: "bernoulli"; readonly seed: number }
  /** A note begins at `on` and lasts while its probability stays at `off` or above: fewer broken notes. @default on 0.6, off 0.3 */
  | { readonly method: "hysteresis"; readonly on?: number; readonly off?: number };

/**
 * Probabilities to notes.
 *
 * @param probabilities Shape [parts, steps, pitches], 0 to 1; what is below or above counts as 0 or 1, NaN as 0.
 * @param pitches Length of the last axis: time runs along the one before.
 * @param steps Length of the axis of time.
 * @returns The same shape, 0 or 1.
 * @throws {ConfigError} if a threshold is out of range or the sizes do not fit.
 */
export function binarise(
  probabilities: Float32Array,
  { steps, pitches }: { readonly steps: number; readonly pitches: number },
  how: Binarise = { method: "hysteresis" },
): Uint8Array {
  if (probabilities.length % (steps * pitches) !== 0) {
    throw new ConfigError(
      `binarise: got ${probabilities.length} probabilities, expected a multiple of ${steps} steps x ${pitches} pitches.`,
    );
  }
  switch (how.method) {
    case "threshold": {
      const at = checked("at", how.at ?? 0.5);
      return Uint8Array.from(probabilities, (p) => Number(p >= at));
    }
    case "bernoulli": {
      const random = new Random(how.seed).split("bernoulli");
      return Uint8Array.from(probabilities, (p) => Number(random.uniform() < p));
    }
    case "hysteresis":
      return hysteresis(
        probabilities,
        steps,
        pitches,
        checked("on", how.on ?? 0.6),
        checked("off", how.off ?? 0.3),
      );
  }
}

function hysteresis(
  probabilities: Float32Array,
  steps: number,
  pitches: number,
  on: number,
  off: number,
): Uint8Array {
  if (off > on) {
    throw new ConfigError(
      `binarise: off is ${off}, expected at most on (${on}): notes would never end where they begin.`,
    );
  }
  const out = new Uint8Array(probabilities.length);
  for (let i = 0; i < out.length; i++) {
    const step = Math.floor(i / pitches) % steps;
    const sounding = step > 0 && out[i - pitches] === 1;
    out[i] = Number((probabilities[i] as number) >= (sounding ? off : on));
  }
  return out;
}

function checked(what: string, value: number): number {
  if (value > 0 && value <= 1) return value;
  throw new ConfigError(`binarise: ${what} is ${value}, expected a number above 0, up to 1.`);
}
