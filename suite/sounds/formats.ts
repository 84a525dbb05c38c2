import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../../src/base/random.ts";
import { griffinLim } from "../../src/create/sound/griffin-lim.ts";
import { cutRecording } from "../../src/data/sounds/cut.ts";
import { readRecording } from "../../src/data/sounds/recording.node.ts";
import { type SoundFormat, samplesOf } from "../../src/media/spectrogram/format.ts";
import { LogMel } from "../../src/media/spectrogram/log-mel.ts";
import { Stft } from "../../src/media/spectrogram/stft.ts";
import { table } from "../results.ts";
import { sonicPiFolder } from "../sets/sonic-pi.ts";

/** Every so many files of the set are tried. */
const EVERY = 6;

/** Formats that are compared. */
const FORMATS: readonly Omit<SoundFormat, "frames">[] = [
  ...[64, 80, 96, 112].map((bands) => ({ sampleRate: 22_050, window: 1024, hop: 320, bands })),
  { sampleRate: 22_050, window: 2048, hop: 320, bands: 96 },
  { sampleRate: 22_050, window: 768, hop: 320, bands: 96 },
  { sampleRate: 16_000, window: 1024, hop: 256, bands: 96 },
];

/** Windows of the transforms in which sounds are compared: long ones see tones, short ones see beginnings. */
const COMPARED = [1024, 256] as const;

/**
 * `npm run suite -- sound-formats`: what is left of real sounds behind pictures of several formats. It only prints.
 *
 * @returns true.
 */
export async function soundFormats(): Promise<boolean> {
  const rows: (string | number)[][] = [];
  for (const partial of FORMATS) {
    const format = { ...partial, frames: 64 };
    const sums = [0, 0, 0, 0];
    const sounds = await soundsOf(format);
    const logMel = new LogMel(format);
    const start = process.cpuUsage().user;
    for (const sound of sounds) {
      const grey = new Uint8Array(format.bands * format.frames);
      logMel.picture(sound, grey);
      const back = griffinLim(logMel.stft, logMel.magnitudes(grey), new Random(0));
      const found = COMPARED.flatMap((window) => differences(sound, back, window));
      for (const [i, x] of found.entries()) sums[i] = (sums[i] ?? 0) + x / sounds.length;
    }
    const milliseconds = (process.cpuUsage().user - start) / 1000 / sounds.length;
    const { sampleRate, window, hop, bands } = format;
    const [long = 0, longDb = 0, short = 0, shortDb = 0] = sums;
    rows.push([
      ...[`${sampleRate} Hz`, window, hop, bands, long.toFixed(3), longDb.toFixed(2)],
      ...[short.toFixed(3), shortDb.toFixed(2), milliseconds.toFixed(0)],
    ]);
  }
  const head = [
    ...[
      "rate",
      "window",
      "hop",
      "bands",
      "error (window 1024)",
      "[dB]",
      "error (window 256)",
      "[dB]",
    ],
    "CPU [ms]",
  ];
  console.log(table([head, ...rows]));
  return true;
}

/** Beginnings of real sounds, as long as a picture. */
async function soundsOf(format: SoundFormat): Promise<Float32Array[]> {
  const folder = sonicPiFolder();
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(flac|wav)$/.test(name) && !name.startsWith("loop"))
    .sort()
    .filter((_, i) => i % EVERY === 0);
  const length = samplesOf(format);
  const sounds: Float32Array[] = [];
  for (const file of files) {
    const { samples } = await readRecording(join(folder, file), format.sampleRate);
    const [piece] = cutRecording(samples, { sampleRate: format.sampleRate, length, pieces: 1 });
    if (typeof piece !== "object") continue;
    const sound = new Float32Array(length);
    sound.set(samples.subarray(piece.start, Math.min(piece.end, piece.start + length)));
    sounds.push(sound.map((x) => (0.89 * x) / piece.peak));
  }
  return sounds;
}

/** Relative error of the magnitudes, and mean difference of levels within 60 dB of the loudest [dB]. */
function differences(
  real: Float32Array,
  made: Float64Array,
  window: number,
): [error: number, decibels: number] {
  const hop = window / 4;
  const stft = new Stft({ window, hop, frames: Math.floor(real.length / hop) });
  const magnitudesOf = (samples: Float32Array | Float64Array): Float64Array => {
    const { re, im } = stft.forward(samples);
    return re.map((x, i) => Math.hypot(x, im[i] ?? 0));
  };
  const [a, b] = [magnitudesOf(real), magnitudesOf(made)];
  const peak = a.reduce((most, x) => Math.max(most, x), 0);
  let [error, power, decibels, count] = [0, 0, 0, 0];
  for (const [i, wanted] of a.entries()) {
    const got = b[i] ?? 0;
    error += (wanted - got) ** 2;
    power += wanted ** 2;
    if (wanted < 1e-3 * peak) continue;
    decibels += Math.abs(20 * Math.log10(Math.max(got, 1e-4 * peak) / wanted));
    count++;
  }
  return [Math.sqrt(error / power), decibels / count];
}
