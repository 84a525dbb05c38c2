import { describe, expect, it } from "vitest";
import { Random } from "../../base/random.ts";
import { samplesOf } from "../../media/spectrogram/format.ts";
import { LogMel } from "../../media/spectrogram/log-mel.ts";
import { griffinLim } from "./griffin-lim.ts";
import { restoreSound } from "./restore.ts";

const format = { sampleRate: 22_050, window: 1024, hop: 320, bands: 96, frames: 32 } as const;
const logMel = new LogMel(format);

/** A plucked note: a few harmonics that die away. */
const note = new Float32Array(samplesOf(format)).map((_, i) => {
  const t = i / format.sampleRate;
  const partial = (k: number): number => Math.sin(2 * Math.PI * 330 * k * t) * Math.exp(-4 * k * t);
  return 0.3 * (partial(1) + 0.5 * partial(2) + 0.3 * partial(3));
});

/** Relative error of the magnitudes of a sound. */
function convergence(samples: Float32Array | Float64Array, magnitudes: Float64Array): number {
  const { re, im } = logMel.stft.forward(samples);
  let [error, power] = [0, 0];
  for (const [i, wanted] of magnitudes.entries()) {
    error += (Math.hypot(re[i] ?? 0, im[i] ?? 0) - wanted) ** 2;
    power += wanted ** 2;
  }
  return Math.sqrt(error / power);
}

describe("griffinLim", () => {
  it("comes nearer with more steps, and near to magnitudes of a real sound", () => {
    const { re, im } = logMel.stft.forward(note);
    const magnitudes = re.map((x, i) => Math.hypot(x, im[i] ?? 0));
    const after = [0, 4, 32].map((steps) =>
      convergence(griffinLim(logMel.stft, magnitudes, new Random(0), steps), magnitudes),
    ) as [number, number, number];
    expect(after[1]).toBeLessThan(after[0] / 2);
    expect(after[2]).toBeLessThan(after[1] / 2);
    expect(after[2]).toBeLessThan(0.12);
  });
});

describe("restoreSound", () => {
  const grey = new Uint8Array(format.bands * format.frames);
  logMel.picture(note, grey);

  it("gives a sound that has the picture, at -1 dB, the same for a seed", () => {
    const sound = restoreSound(logMel, grey, new Random(1));
    expect(Math.max(...sound.map(Math.abs))).toBeCloseTo(0.89, 2);
    const again = new Uint8Array(grey.length);
    const gain = Math.max(...note.map(Math.abs)) / 0.89;
    logMel.picture(
      sound.map((x) => x * gain),
      again,
    );
    // Of what is within 40 dB of the loudest, levels agree to a few dB on average.
    const loud = Math.max(...grey) - 128;
    const differences = [...grey.keys()]
      .filter((i) => (grey[i] ?? 0) > loud)
      .map((i) => Math.abs((again[i] ?? 0) - (grey[i] ?? 0)) * (80 / 255));
    expect(differences.reduce((a, b) => a + b, 0) / differences.length).toBeLessThan(4);
    expect(restoreSound(logMel, grey, new Random(1))).toEqual(sound);
    expect(restoreSound(logMel, grey, new Random(2))).not.toEqual(sound);
  });

  it("gives silence for black", () => {
    const silence = restoreSound(logMel, new Uint8Array(grey.length), new Random(0));
    expect(silence.every((x) => x === 0)).toBe(true);
  });
});
