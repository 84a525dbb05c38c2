/** @file The short-time Fourier transform of a whole sound, and the sound that comes closest to one. */
import FFT from "fft.js";
import type { SoundFormat } from "./format.ts";

/** Real and imaginary parts, [frames, bins] each. */
export interface Spectrum {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** Where the squared windows add up to less than this, a sample is taken for silence. */
const LEAST_WEIGHT = 1e-6;

/**
 * Fourier transforms of overlapping parts of a sound of fixed length. Column t looks at `window` samples around sample `(t + 1/2) hop`, weighted by a Hann
 * window; before the start and after the end is silence.
 */
export class Stft {
  /** Frequencies of a column, from 0 to half of the sample rate. */
  readonly bins: number;
  readonly #format: Pick<SoundFormat, "window" | "hop" | "frames">;
  readonly #size: number;
  readonly #fft: InstanceType<typeof FFT>;
  readonly #window: Float64Array;
  readonly #real: number[];
  readonly #complex: number[];
  readonly #result: number[];
  /** For each sample: sum of the squared windows over it. */
  readonly #weight: Float64Array;

  constructor(format: Pick<SoundFormat, "window" | "hop" | "frames">) {
    this.#format = format;
    const { window, hop, frames } = format;
    this.#size = 2 ** Math.ceil(Math.log2(window));
    this.bins = this.#size / 2 + 1;
    this.#fft = new FFT(this.#size);
    this.#window = new Float64Array(window).map(
      (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (n + 0.5)) / window),
    );
    this.#real = Array.from({ length: this.#size }, () => 0);
    this.#complex = this.#fft.createComplexArray();
    this.#result = this.#fft.createComplexArray();
    this.#weight = new Float64Array(hop * frames);
    for (let t = 0; t < frames; t++) {
      const first = this.#first(t);
      for (let n = 0; n < window; n++) {
        const at = first + n;
        if (at >= 0 && at < this.#weight.length) this.#weight[at]! += this.#window[n]! ** 2;
      }
    }
  }

  /** First sample of column t. */
  #first(t: number): number {
    const { window, hop } = this.#format;
    return Math.round((t + 0.5) * hop - window / 2);
  }

  /**
   * @param samples `hop frames` of them; what is missing is silence.
   * @param out Is filled and returned.
   */
  forward(samples: Float32Array | Float64Array, out: Spectrum = this.empty()): Spectrum {
    const { window, frames } = this.#format;
    for (let t = 0; t < frames; t++) {
      const first = this.#first(t);
      for (let n = 0; n < window; n++)
        this.#real[n] = (samples[first + n] ?? 0) * (this.#window[n] as number);
      this.#fft.realTransform(this.#result, this.#real);
      for (let k = 0; k < this.bins; k++) {
        out.re[t * this.bins + k] = this.#result[2 * k] as number;
        out.im[t * this.bins + k] = this.#result[2 * k + 1] as number;
      }
    }
    return out;
  }

  /**
   * The sound whose transform is nearest to a spectrum in the sense of least squares: transforms back, windowed again and added up, over the sum of the squared
   * windows.
   *
   * @see Griffin, Lim 1984, "Signal Estimation from Modified Short-Time Fourier Transform", IEEE TASSP 32(2)
   */
  inverse({ re, im }: Spectrum): Float64Array {
    const { window, frames } = this.#format;
    const out = new Float64Array(this.#weight.length);
    for (let t = 0; t < frames; t++) {
      for (let k = 0; k < this.bins; k++) {
        this.#complex[2 * k] = re[t * this.bins + k] as number;
        this.#complex[2 * k + 1] = im[t * this.bins + k] as number;
      }
      this.#fft.completeSpectrum(this.#complex);
      this.#fft.inverseTransform(this.#result, this.#complex);
      const first = this.#first(t);
      for (let n = 0; n < window; n++) {
        const at = first + n;
        if (at >= 0 && at < out.length) out[at]! += this.#result[2 * n]! * this.#window[n]!;
      }
    }
    for (let i = 0; i < out.length; i++) {
      const weight = this.#weight[i] as number;
      out[i] = weight < LEAST_WEIGHT ? 0 : (out[i] as number) / weight;
    }
    return out;
  }

  /** A spectrum of zeros. */
  empty(): Spectrum {
    const length = this.#format.frames * this.bins;
    return { re: new Float64Array(length), im: new Float64Array(length) };
  }

  /** What a sine of full scale gives at its frequency: half of the window's sum. */
  get fullScale(): number {
    return this.#window.reduce((sum, w) => sum + w, 0) / 2;
  }
}
