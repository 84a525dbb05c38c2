/** @file Power spectra of a mono signal as it arrives. */
import FFT from "fft.js";

/** Sample rate at which songs are analysed [Hz]. */
export const ANALYSIS_RATE = 22_050;

/** A Hann window, periodic: `0.5 - 0.5 cos(2 pi n / length)`. */
function hann(length: number): Float64Array {
  return new Float64Array(length).map((_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / length));
}

/**
 * The short-time Fourier transform of a signal that comes in pieces. Frame t is centred on sample `t hop`; before the start and after the end is
 * silence.
 */
export class Spectra {
  readonly #size: number;
  readonly #hop: number;
  readonly #window: Float64Array;
  readonly #fft: InstanceType<typeof FFT>;
  readonly #input: number[];
  readonly #output: number[];
  readonly #power: Float32Array;
  readonly #onFrame: (power: Float32Array) => void;
  readonly #scale: number;
  /** The last samples, of which the first `#filled` are there. */
  readonly #buffer: Float32Array;
  #filled: number;
  #samples = 0;
  #frames = 0;

  /**
   * @param size Samples of a frame, a power of 2.
   * @param hop Samples between frames, at most `size`.
   * @param onFrame Gets the power of each bin, 0 to `size / 2`, scaled so that their sum is the mean square of the signal in the frame (Parseval). The array
   *   is used again for the next frame.
   */
  constructor(size: number, hop: number, onFrame: (power: Float32Array) => void) {
    this.#size = size;
    this.#hop = hop;
    this.#onFrame = onFrame;
    this.#window = hann(size);
    this.#fft = new FFT(size);
    this.#input = Array.from({ length: size }, () => 0);
    this.#output = this.#fft.createComplexArray();
    this.#power = new Float32Array(size / 2 + 1);
    this.#scale = 2 / (size * this.#window.reduce((sum, w) => sum + w * w, 0));
    this.#buffer = new Float32Array(size);
    this.#filled = size / 2;
  }

  /** Takes the next piece of the signal. */
  add(samples: Float32Array): void {
    this.#samples += samples.length;
    for (let at = 0; at < samples.length; ) {
      const count = Math.min(this.#size - this.#filled, samples.length - at);
      this.#buffer.set(samples.subarray(at, at + count), this.#filled);
      this.#filled += count;
      at += count;
      if (this.#filled === this.#size) this.#frame();
    }
  }

  /** Gives the frames that the end of the signal leaves: `floor(samples / hop) + 1` altogether. */
  finish(): void {
    const total = Math.floor(this.#samples / this.#hop) + 1;
    while (this.#frames < total) {
      this.#buffer.fill(0, this.#filled);
      this.#frame();
    }
  }

  #frame(): void {
    for (let i = 0; i < this.#size; i++) {
      this.#input[i] = (this.#buffer[i] as number) * (this.#window[i] as number);
    }
    this.#fft.realTransform(this.#output, this.#input);
    for (let k = 0; k < this.#power.length; k++) {
      const [re, im] = [this.#output[2 * k] as number, this.#output[2 * k + 1] as number];
      this.#power[k] = (re * re + im * im) * this.#scale;
    }
    this.#buffer.copyWithin(0, this.#hop);
    this.#filled = Math.max(0, this.#filled - this.#hop);
    this.#frames++;
    this.#onFrame(this.#power);
  }
}
