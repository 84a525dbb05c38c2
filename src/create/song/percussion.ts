import { BANDS } from "./curves.ts";

/** Reach of the medians: moments to each side (0.1 s), and bands to each side. */
const [ACROSS_TIME, ACROSS_BANDS] = [8, 8];

/** Power of the parts of a song at each moment. */
export interface Parts {
  readonly harmonic: Float32Array;
  readonly percussive: Float32Array;
}

/**
 * Splits the power in mel bands into what lasts and what hits: tones are ridges along time, hits are ridges across frequencies, so the median along
 * one direction keeps one kind and removes the other. Each point is shared by `H^2 / (H^2 + P^2)`.
 *
 * @param bands Power, [moments, BANDS].
 * @see Fitzgerald 2010, "Harmonic/Percussive Separation using Median Filtering", DAFx
 */
export function splitParts(bands: Float32Array): Parts {
  const length = bands.length / BANDS;
  const harmonic = new Float32Array(length);
  const percussive = new Float32Array(length);
  const size = new Float32Array(bands.length);
  for (let i = 0; i < bands.length; i++) size[i] = Math.sqrt(bands[i] as number);
  const lasting = new Float32Array(bands.length);
  for (let b = 0; b < BANDS; b++) medianAlong(size, b, BANDS, length, ACROSS_TIME, lasting);
  const hitting = new Float32Array(bands.length);
  for (let t = 0; t < length; t++) medianAlong(size, t * BANDS, 1, BANDS, ACROSS_BANDS, hitting);
  for (let i = 0; i < bands.length; i++) {
    const [h, p] = [(lasting[i] as number) ** 2, (hitting[i] as number) ** 2];
    if (h + p === 0) continue;
    const t = Math.floor(i / BANDS);
    const power = bands[i] as number;
    harmonic[t] = (harmonic[t] as number) + (power * h) / (h + p);
    percussive[t] = (percussive[t] as number) + (power * p) / (h + p);
  }
  return { harmonic, percussive };
}

/** Running median of every `stride`-th number from `first` on; at both ends the window is cut off. A sorted window is kept and repaired at each step. */
function medianAlong(
  data: Float32Array,
  first: number,
  stride: number,
  count: number,
  reach: number,
  out: Float32Array,
): void {
  const sorted = new Float32Array(2 * reach + 1);
  let held = 0;
  const insert = (x: number): void => {
    let at = held++;
    for (; at > 0 && (sorted[at - 1] as number) > x; at--) sorted[at] = sorted[at - 1] as number;
    sorted[at] = x;
  };
  const remove = (x: number): void => {
    let at = 0;
    while (at < held - 1 && sorted[at] !== x) at++;
    sorted.copyWithin(at, at + 1, held--);
  };
  for (let i = 0; i < Math.min(reach, count); i++) insert(data[first + i * stride] as number);
  for (let i = 0; i < count; i++) {
    if (i > reach) remove(data[first + (i - reach - 1) * stride] as number);
    if (i + reach < count) insert(data[first + (i + reach) * stride] as number);
    out[first + i * stride] = sorted[held >> 1] as number;
  }
}
