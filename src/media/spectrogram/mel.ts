/** @file Mel bands of a spectrum, and a spectrum that has given bands. */
import { LOWEST_HZ, type SoundFormat } from "./format.ts";

const mel = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
const hertz = (m: number): number => 700 * (10 ** (m / 2595) - 1);

/** Steps of the inversion: more change nothing that is heard (docs/sounds.md). */
const STEPS = 100;

/** Keeps quotients finite. */
const TINY = 1e-20;

/** Triangular bands whose centres lie evenly on the mel scale, `2595 log10(1 + f / 700)`; the weights of a band add up to 1. */
export class MelBands {
  readonly #bins: number;
  /** Band b has the weights `#weights[b]` from bin `#first[b]` on. */
  readonly #first: readonly number[];
  readonly #weights: readonly Float64Array[];
  /** Sum of the weights of a bin over all bands. */
  readonly #share: Float64Array;

  /** @param bins Bins of a spectrum, from 0 to half of the sample rate. */
  constructor({ sampleRate, bands }: Pick<SoundFormat, "sampleRate" | "bands">, bins: number) {
    this.#bins = bins;
    const width = sampleRate / 2 / (bins - 1);
    const [low, high] = [mel(LOWEST_HZ), mel(sampleRate / 2)];
    const edge = (k: number): number => hertz(low + ((high - low) * k) / (bands + 1));
    const first: number[] = [];
    const weights: Float64Array[] = [];
    for (let b = 0; b < bands; b++) {
      // Narrow bands at low frequencies still get the bins next to their centre.
      const centre = edge(b + 1);
      const [left, right] = [
        Math.min(edge(b), centre - width),
        Math.max(edge(b + 2), centre + width),
      ];
      const from = Math.max(0, Math.ceil(left / width));
      const to = Math.min(bins - 1, Math.floor(right / width));
      const triangle = new Float64Array(to - from + 1).map((_, i) => {
        const f = (from + i) * width;
        return Math.max(
          0,
          f < centre ? (f - left) / (centre - left) : (right - f) / (right - centre),
        );
      });
      const sum = triangle.reduce((a, w) => a + w, 0);
      first.push(from);
      weights.push(triangle.map((w) => w / sum));
    }
    this.#first = first;
    this.#weights = weights;
    this.#share = new Float64Array(bins);
    this.#spread(new Float64Array(bands).fill(1), this.#share);
  }

  /** Number of bands. */
  get count(): number {
    return this.#first.length;
  }

  /** Weighted mean of a spectrum in each band: `out[b] = sum_k w[b, k] spectrum[k]`. */
  apply(spectrum: Float64Array, out: Float64Array): void {
    for (let b = 0; b < this.count; b++) {
      const weights = this.#weights[b] as Float64Array;
      const first = this.#first[b] as number;
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i]! * spectrum[first + i]!;
      out[b] = sum;
    }
  }

  #spread(values: Float64Array, out: Float64Array): void {
    out.fill(0);
    for (let b = 0; b < this.count; b++) {
      const weights = this.#weights[b] as Float64Array;
      const first = this.#first[b] as number;
      for (let i = 0; i < weights.length; i++) out[first + i]! += weights[i]! * values[b]!;
    }
  }

  /**
   * A spectrum without negative values whose bands come close to `wanted`, by the steps `x *= W^T (m / W x) / W^T 1`, which lessen the Kullback-Leibler divergence
   * of `W x` from m. It weighs quiet bands as they are heard, where least squares only sees the loud ones.
   *
   * @see Lee, Seung 2001, "Algorithms for Non-negative Matrix Factorization", NIPS 13
   */
  invert(wanted: Float64Array): Float64Array {
    const spectrum = new Float64Array(this.#bins);
    const quotient = new Float64Array(this.count);
    const factor = new Float64Array(this.#bins);
    this.#spread(wanted, spectrum);
    const divide = (): void => {
      for (let k = 0; k < this.#bins; k++) {
        const share = this.#share[k] as number;
        factor[k] = share < TINY ? 0 : (factor[k] as number) / share;
      }
    };
    factor.set(spectrum);
    divide();
    spectrum.set(factor);
    for (let step = 0; step < STEPS; step++) {
      this.apply(spectrum, quotient);
      for (let b = 0; b < this.count; b++)
        quotient[b] = (wanted[b] as number) / Math.max(TINY, quotient[b] as number);
      this.#spread(quotient, factor);
      divide();
      for (let k = 0; k < this.#bins; k++) spectrum[k]! *= factor[k]!;
    }
    return spectrum;
  }
}
