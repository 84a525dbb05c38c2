/** @file When something begins to sound. */
import { BANDS, CURVE_RATE } from "./curves.ts";

/** A moment at which something begins. */
export interface Onset {
  /** [s] */
  readonly time: number;
  /** 0 to 1, of the strongest of the song. */
  readonly strength: number;
}

/** How strongly quiet sounds are lifted before differences are taken. */
const COMPRESSION = 1000;

/** The rise is strongest while a sound is still entering the window: its beginning lies this much after the window's middle [s]. Measured on clicks. */
const WINDOW_LEAD = 0.0115;

/** Rise, added up over the bands, that is nothing but the grain of an even sound. */
const LEAST_RISE = 1;

/** Moments at each end whose windows reach over it. */
const HALF_WINDOW = 3;

/** Peak picking: reach of the local maximum and of the local mean [s], and least time between onsets [s]. */
const REACH = { maximum: 0.035, mean: 0.25, gap: 0.05 } as const;

/** How far a peak must stand above the local mean, in standard deviations of the curve. */
const THRESHOLD = 0.35;

/** The time [s] of a value of the onset curve. */
export function onsetTime(index: number): number {
  return Math.max(0, index / CURVE_RATE + WINDOW_LEAD);
}

/**
 * Onset strength: the rise of the compressed mel spectrum, `sum_b max(0, C[t, b] - C[t - 1, b])` with `C = log(1 + 1000 P / max P)`, scaled to a
 * largest value of 1 (spectral flux; Bello et al. 2005, "A Tutorial on Onset Detection in Music Signals"; Boeck and Widmer 2013).
 *
 * @param bands Power in mel bands, [moments, BANDS].
 * @returns One value a moment; all 0 in silence.
 */
export function onsetCurve(bands: Float32Array): Float32Array {
  const length = bands.length / BANDS;
  let most = 0;
  for (const x of bands) most = Math.max(most, x);
  const curve = new Float32Array(length);
  if (most < 1e-10) return curve;
  const level = (i: number): number => Math.log1p((COMPRESSION * (bands[i] as number)) / most);
  const before = new Float32Array(BANDS);
  let peak = 0;
  for (let t = 0; t < length; t++) {
    let rise = 0;
    for (let b = 0; b < BANDS; b++) {
      const now = level(t * BANDS + b);
      rise += Math.max(0, now - (before[b] as number));
      before[b] = now;
    }
    // Windows that reach over an end see where the sound was cut.
    if (t < HALF_WINDOW || t >= length - HALF_WINDOW) continue;
    curve[t] = rise;
    peak = Math.max(peak, rise);
  }
  return curve.map((x) => (peak < LEAST_RISE ? 0 : x / peak));
}

/**
 * The peaks of an onset curve: values that are the largest nearby and clearly above the mean nearby.
 *
 * @see Boeck, Krebs, Schedl 2012, "Evaluating the Online Capabilities of Onset Detection Methods", ISMIR
 */
export function pickOnsets(curve: Float32Array): Onset[] {
  const reach = Math.round(REACH.maximum * CURVE_RATE);
  const wide = Math.round(REACH.mean * CURVE_RATE);
  const mean = curve.reduce((sum, x) => sum + x, 0) / curve.length;
  const deviation = Math.sqrt(curve.reduce((sum, x) => sum + (x - mean) ** 2, 0) / curve.length);
  const onsets: Onset[] = [];
  for (let t = 0; t < curve.length; t++) {
    const value = curve[t] as number;
    if (value <= 0.01) continue;
    let isPeak = true;
    for (let s = Math.max(0, t - reach); s <= t + reach && isPeak; s++) {
      isPeak = (curve[s] ?? 0) < value || (s >= t && curve[s] === value);
    }
    if (!isPeak) continue;
    let [sum, count] = [0, 0];
    for (let s = Math.max(0, t - wide); s <= Math.min(curve.length - 1, t + wide); s++, count++) {
      sum += curve[s] as number;
    }
    if (value < sum / count + THRESHOLD * deviation) continue;
    const time = onsetTime(t + vertex(curve, t));
    if (time - (onsets.at(-1)?.time ?? -1) >= REACH.gap) onsets.push({ time, strength: value });
  }
  return onsets;
}

/** Where between its neighbours a peak lies, -0.5 to 0.5: the vertex of the parabola through the three. */
export function vertex(curve: Float32Array, t: number): number {
  const [left = 0, here = 0, right = 0] = [curve[t - 1], curve[t], curve[t + 1]];
  const bend = left - 2 * here + right;
  return bend >= 0 ? 0 : Math.max(-0.5, Math.min(0.5, (left - right) / (2 * bend)));
}
