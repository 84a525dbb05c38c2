/** @file Sounds as grey pictures, and pictures as magnitudes. */
import { RANGE_DB, type SoundFormat } from "./format.ts";
import { MelBands } from "./mel.ts";
import { Stft } from "./stft.ts";

/** Turns sounds of a format into pictures, and pictures into what the bins of their spectra were. */
export class LogMel {
  /** Size and sample rate. */
  readonly format: SoundFormat;
  /** The transform that the pictures come from. */
  readonly stft: Stft;
  readonly #bands: MelBands;

  constructor(format: SoundFormat) {
    this.format = format;
    this.stft = new Stft(format);
    this.#bands = new MelBands(format, this.stft.bins);
  }

  /**
   * Writes the picture of a sound to `out` at `offset`: shape [bands, frames], high bands first; black (0) is `RANGE_DB` below white (255), which is a sine of full
   * scale.
   *
   * @param samples Full scale at -1 and 1.
   */
  picture(samples: Float32Array, out: Uint8Array, offset = 0): void {
    const { bands, frames } = this.format;
    const { bins, fullScale } = this.stft;
    const { re, im } = this.stft.forward(samples);
    const magnitude = new Float64Array(bins);
    const level = new Float64Array(bands);
    for (let t = 0; t < frames; t++) {
      for (let k = 0, at = t * bins; k < bins; k++, at++)
        magnitude[k] = Math.sqrt(re[at]! ** 2 + im[at]! ** 2) / fullScale; // hypot is ten times slower
      this.#bands.apply(magnitude, level);
      for (let b = 0; b < bands; b++) {
        const db = 20 * Math.log10(Math.max(1e-9, level[b] as number));
        const grey = Math.round(255 * Math.min(1, Math.max(0, 1 + db / RANGE_DB)));
        out[offset + (bands - 1 - b) * frames + t] = grey;
      }
    }
  }

  /**
   * Magnitudes [frames, bins] of a spectrum that has the picture's bands.
   *
   * @param grey Shape [bands, frames], 0 to 255; need not be whole numbers.
   */
  magnitudes(grey: ArrayLike<number>): Float64Array {
    const { bands, frames } = this.format;
    const { bins, fullScale } = this.stft;
    const out = new Float64Array(frames * bins);
    const level = new Float64Array(bands);
    for (let t = 0; t < frames; t++) {
      for (let b = 0; b < bands; b++) {
        const value = grey[(bands - 1 - b) * frames + t] as number;
        // Black stands for silence, not for the lowest level that there is.
        level[b] = value < 0.5 ? 0 : fullScale * 10 ** (((value / 255 - 1) * RANGE_DB) / 20);
      }
      out.set(this.#bands.invert(level), t * bins);
    }
    return out;
  }
}
