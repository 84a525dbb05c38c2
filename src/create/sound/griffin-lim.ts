import type { Random } from "../../base/random.ts";
import type { Spectrum, Stft } from "../../media/spectrogram/stft.ts";

/** Part of the last step that is taken again (Perraudin et al. propose 0.99). */
const MOMENTUM = 0.99;

/** Steps: more change little (docs/sounds.md). */
const STEPS = 32;

/**
 * A sound whose spectrum has given magnitudes, as nearly as any sound can: phases begin at random, and each step takes those of the sound that is nearest so far,
 * with some of the step before (the fast Griffin-Lim algorithm).
 *
 * @param magnitudes [frames, bins].
 * @param random Decides the phases at the start.
 * @see Perraudin, Balazs, Soendergaard 2013, "A fast Griffin-Lim algorithm", WASPAA
 */
export function griffinLim(
  stft: Stft,
  magnitudes: Float64Array,
  random: Random,
  steps = STEPS,
): Float64Array {
  let now = stft.empty();
  let before = stft.empty();
  const guess = stft.empty();
  for (let i = 0; i < magnitudes.length; i++) {
    const phase = 2 * Math.PI * random.uniform();
    guess.re[i] = (magnitudes[i] as number) * Math.cos(phase);
    guess.im[i] = (magnitudes[i] as number) * Math.sin(phase);
  }
  for (let step = 0; step < steps; step++) {
    [now, before] = [stft.forward(stft.inverse(guess), before), now];
    const momentum = step === 0 ? 0 : MOMENTUM;
    for (let i = 0; i < magnitudes.length; i++) {
      const re = extrapolated(now.re[i] as number, before.re[i] as number, momentum);
      const im = extrapolated(now.im[i] as number, before.im[i] as number, momentum);
      setMagnitude(guess, i, re, im, magnitudes[i] as number);
    }
  }
  return stft.inverse(guess);
}

const extrapolated = (now: number, before: number, momentum: number): number =>
  now + momentum * (now - before);

/** Gives the direction of a number the wanted length. */
function setMagnitude(out: Spectrum, i: number, re: number, im: number, wanted: number): void {
  const length = Math.sqrt(re * re + im * im);
  const scale = length < 1e-12 ? 0 : wanted / length;
  out.re[i] = length < 1e-12 ? wanted : re * scale;
  out.im[i] = im * scale;
}
