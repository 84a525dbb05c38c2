/** @file Bands of a power spectrum: mel bands, pitch classes, loudness. */
import { ANALYSIS_RATE } from "./spectra.ts";

/** Weights of bins that add up to a value: bin `first + i` has the weight `weights[i]`. */
interface Band {
  readonly first: number;
  readonly weights: Float32Array;
}

const mel = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
const hertz = (m: number): number => 700 * (10 ** (m / 2595) - 1);

/**
 * Triangular bands whose centres lie evenly on the mel scale, `2595 log10(1 + f / 700)`.
 *
 * @param size Samples of a frame.
 * @param count Number of bands.
 * @param range Lowest and highest frequency [Hz].
 */
export function melBands(size: number, count: number, range: readonly [number, number]): Band[] {
  const [low, high] = range.map(mel) as [number, number];
  const edge = (k: number): number => hertz(low + ((high - low) * k) / (count + 1));
  const bin = ANALYSIS_RATE / size;
  return Array.from({ length: count }, (_, k) => {
    // Narrow bands at low frequencies still get the bin next to their centre.
    const centre = edge(k + 1);
    const [left, right] = [Math.min(edge(k), centre - bin), Math.max(edge(k + 2), centre + bin)];
    const first = Math.max(0, Math.ceil(left / bin));
    const last = Math.min(size / 2, Math.floor(right / bin));
    const weights = new Float32Array(last - first + 1).map((_, i) => {
      const f = (first + i) * bin;
      return Math.max(
        0,
        f < centre ? (f - left) / (centre - left) : (right - f) / (right - centre),
      );
    });
    return { first, weights };
  });
}

/** Writes the power in each band to `out` from `offset` on. */
export function applyBands(
  bands: readonly Band[],
  power: Float32Array,
  out: Float32Array,
  offset: number,
): void {
  for (let b = 0; b < bands.length; b++) {
    const { first, weights } = bands[b] as Band;
    let sum = 0;
    for (let i = 0; i < weights.length; i++) {
      sum += (weights[i] as number) * (power[first + i] as number);
    }
    out[offset + b] = sum;
  }
}

/** Range in which notes are looked for [Hz]: below, bins are wider than semitones; above are mostly overtones. */
const NOTES = [100, 3500] as const;

/**
 * Pitch class (0 is C, 11 is B, with A at 440 Hz) of each bin of a spectrum, or -1 outside of the range of notes.
 *
 * @param size Samples of a frame.
 */
export function pitchClasses(size: number): Int8Array {
  return new Int8Array(size / 2 + 1).map((_, k) => {
    const f = (k * ANALYSIS_RATE) / size;
    if (f < NOTES[0] || f > NOTES[1]) return -1;
    return (((Math.round(12 * Math.log2(f / 440)) + 9) % 12) + 12) % 12;
  });
}

/** Squared gain of a biquad filter at a frequency [Hz], for coefficients at 48 kHz. */
function gain(b: readonly number[], a: readonly number[], f: number): number {
  const w = (2 * Math.PI * f) / 48_000;
  const square = (c: readonly number[]): number => {
    const re = c.reduce((sum, x, i) => sum + x * Math.cos(i * w), 0);
    const im = c.reduce((sum, x, i) => sum + x * Math.sin(i * w), 0);
    return re * re + im * im;
  };
  return square(b) / square(a);
}

/**
 * Weight of each bin for loudness: the two filters of the K-weighting, a high shelf for the head and a high-pass (ITU-R BS.1770-5, tables 1 and 2).
 *
 * @param size Samples of a frame.
 */
export function loudnessWeights(size: number): Float32Array {
  return new Float32Array(size / 2 + 1).map((_, k) => {
    const f = (k * ANALYSIS_RATE) / size;
    const shelf = gain(
      [1.53512485958697, -2.69169618940638, 1.19839281085285],
      [1, -1.69065929318241, 0.73248077421585],
      f,
    );
    return shelf * gain([1, -2, 1], [1, -1.99004745483398, 0.99007225036621], f);
  });
}
