/** @file What is measured of every moment of a song. */
import type { AudioRange, AudioSource } from "../../media/audio/audio.ts";
import { monoMixer } from "../../media/audio/mix.ts";
import { Resampler } from "../../media/audio/resample.ts";
import { applyBands, loudnessWeights, melBands, pitchClasses } from "./bands.ts";
import { GrowingArray } from "./growing.ts";
import { ANALYSIS_RATE, Spectra } from "./spectra.ts";

/** Samples between two values of a curve (11.6 ms), and of the window that each looks at (46 ms). */
const HOP = 256;
const WINDOW = 1024;

/** The same for pitch, which needs fine frequencies more than fine times (93 and 186 ms). */
const CHROMA_HOP = 2048;
const CHROMA_WINDOW = 4096;

/** Values of a curve a second [1/s]. */
export const CURVE_RATE = ANALYSIS_RATE / HOP;

/** Chroma vectors a second [1/s]. */
export const CHROMA_RATE = ANALYSIS_RATE / CHROMA_HOP;

/** Mel bands. */
export const BANDS = 48;

/** Lowest and highest frequency of the mel bands [Hz]. */
const BAND_RANGE = [30, 10_000] as const;

/** Where low ends and where high begins [Hz]: kick and bass, voices and melody, cymbals. */
const [LOW_END, HIGH_START] = [200, 2500];

/** Mean square under which a moment has no pitch. */
const SILENT_POWER = 1e-7;

/** Curves of a song; value t belongs to the moment t / CURVE_RATE. */
export interface Curves {
  /** Number of values. */
  readonly length: number;
  /** Length of the song [s]. */
  readonly seconds: number;
  /** Power in mel bands, [length, BANDS]. */
  readonly bands: Float32Array;
  /** Mean square of the whole, K-weighted, and of three ranges of frequency. */
  readonly loudPower: Float32Array;
  readonly low: Float32Array;
  readonly mid: Float32Array;
  readonly high: Float32Array;
  /** Largest absolute sample since the value before. */
  readonly peaks: Float32Array;
  /** Strength of the 12 pitch classes from C, [moments, 12] at CHROMA_RATE; the largest of a moment is 1, all are 0 where nothing sounds. */
  readonly chroma: Float32Array;
}

/**
 * Reads a song once and measures its curves. Memory is what the curves take: about 20 kB a second.
 *
 * @param onProgress Told the seconds that were read; may throw to stop.
 * @throws {MediaError} if the song cannot be read.
 */
export async function measureCurves(
  source: AudioSource,
  range: AudioRange,
  onProgress: (seconds: number) => void = () => undefined,
): Promise<Curves> {
  const mix = monoMixer(source.name, source.channels, source.order);
  const resampler = new Resampler(source.sampleRate, ANALYSIS_RATE, "fast");
  const meter = new Meter();
  let frames = 0;
  for await (const chunk of source.read(range)) {
    frames += chunk[0]?.length ?? 0;
    onProgress(frames / source.sampleRate);
    meter.add(resampler.add(mix(chunk)));
  }
  meter.add(resampler.finish());
  return meter.finish(frames / source.sampleRate);
}

class Meter {
  readonly #bands = new GrowingArray();
  readonly #loud = new GrowingArray();
  readonly #ranges = [new GrowingArray(), new GrowingArray(), new GrowingArray()] as const;
  readonly #peaks = new GrowingArray();
  readonly #chroma = new GrowingArray();
  readonly #spectra: readonly Spectra[];
  #sinceHop = 0;
  #peak = 0;

  constructor() {
    const mels = melBands(WINDOW, BANDS, BAND_RANGE);
    const loudness = loudnessWeights(WINDOW);
    const bin = ANALYSIS_RATE / WINDOW;
    const edges = [0, Math.round(LOW_END / bin), Math.round(HIGH_START / bin), WINDOW / 2 + 1];
    const classes = pitchClasses(CHROMA_WINDOW);
    const band = new Float32Array(BANDS);
    this.#spectra = [
      new Spectra(WINDOW, HOP, (power) => {
        applyBands(mels, power, band, 0);
        this.#bands.push(band);
        let loud = 0;
        const sums = [0, 0, 0];
        for (let r = 0; r < 3; r++) {
          let sum = 0;
          for (let k = edges[r] as number; k < (edges[r + 1] as number); k++) {
            sum += power[k] as number;
            loud += (power[k] as number) * (loudness[k] as number);
          }
          sums[r] = sum;
        }
        this.#loud.push([loud]);
        for (const [r, out] of this.#ranges.entries()) out.push([sums[r] as number]);
      }),
      new Spectra(CHROMA_WINDOW, CHROMA_HOP, (power) =>
        this.#chroma.push(chromaOf(power, classes)),
      ),
    ];
  }

  add(samples: Float32Array): void {
    for (const spectra of this.#spectra) spectra.add(samples);
    for (let at = 0; at < samples.length; ) {
      const end = Math.min(samples.length, at + HOP - this.#sinceHop);
      let peak = this.#peak;
      for (let i = at; i < end; i++) peak = Math.max(peak, Math.abs(samples[i] as number));
      this.#sinceHop += end - at;
      this.#peak = peak;
      at = end;
      if (this.#sinceHop < HOP) continue;
      this.#peaks.push([peak]);
      [this.#peak, this.#sinceHop] = [0, 0];
    }
  }

  finish(seconds: number): Curves {
    for (const spectra of this.#spectra) spectra.finish();
    const [low, mid, high] = this.#ranges.map((range) => range.values()) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const loudPower = this.#loud.values();
    return {
      ...{ length: loudPower.length, seconds, loudPower, low, mid, high },
      bands: this.#bands.values(),
      peaks: this.#peaks.values(),
      chroma: this.#chroma.values(),
    };
  }
}

/** Amplitudes of the bins added up by pitch class. Roots of the power keep one loud note from hiding the others. */
function chromaOf(power: Float32Array, classes: Int8Array): Float32Array {
  const out = new Float32Array(12);
  let total = 0;
  for (let k = 0; k < power.length; k++) {
    const pitch = classes[k] as number;
    if (pitch < 0) continue;
    total += power[k] as number;
    // A sine spreads over a few bins: only the tops of peaks are notes.
    const [before = 0, here = 0, after = 0] = [power[k - 1], power[k], power[k + 1]];
    if (here > before && here >= after) out[pitch] = (out[pitch] as number) + Math.sqrt(here);
  }
  const most = Math.max(...out);
  return total < SILENT_POWER || most === 0 ? out.fill(0) : out.map((x) => x / most);
}
