import type { Random } from "../../base/random.ts";
import type { LogMel } from "../../media/spectrogram/log-mel.ts";
import { griffinLim } from "./griffin-lim.ts";

/** Largest absolute value of a sound: -1 dB of full scale. */
const PEAK = 0.89;

/** Sounds quieter than this are left as they are: -60 dB. */
const SILENT = 1e-3;

/** Samples over which a sound ends, so that it does not click. */
const FADE = 256;

/**
 * The sound of a picture: magnitudes from its mel bands, phases found by Griffin and Lim's algorithm, the loudest sample at -1 dB.
 *
 * @param grey Shape [bands, frames], 0 to 255.
 * @param random Decides the phases at the start.
 * @returns Full scale at -1 and 1.
 */
export function restoreSound(
  logMel: LogMel,
  grey: ArrayLike<number>,
  random: Random,
): Float32Array<ArrayBuffer> {
  const samples = griffinLim(logMel.stft, logMel.magnitudes(grey), random);
  const peak = samples.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const gain = peak < SILENT ? 1 : PEAK / peak;
  const fade = Math.min(FADE, samples.length);
  return Float32Array.from(samples, (x, i) => x * gain * Math.min(1, (samples.length - i) / fade));
}
