import { CancelledError, DatasetError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import { restoreSound } from "../create/sound/restore.ts";
import type { SoundGenerator } from "../create/sound/sound-generator.ts";
import { openSounds } from "../data/sounds/open-sounds.node.ts";
import type { SoundDataset } from "../data/sounds/sound-dataset.node.ts";
import { Resampler } from "../media/audio/resample.ts";
import { samplesOf } from "../media/spectrogram/format.ts";
import { LogMel } from "../media/spectrogram/log-mel.ts";
import { AUDIO_FORMAT } from "../metrics/audio/audio-format.ts";
import { type AudioMetrics, measureAudio } from "../metrics/audio/audio-metrics.ts";
import { soundFeatures } from "../metrics/audio/sound-features.ts";
import { loadSoundNetwork } from "../metrics/audio/sound-network.node.ts";
import { selectRows } from "../metrics/features.ts";
import { type Split, splitByFile } from "../metrics/held-out.ts";
import { memorisation } from "../metrics/memorisation.ts";
import { checkReal, checkSamples, type Enough, type MeasureControl } from "./measuring.ts";

/** What of a model of sounds is measured, and how. */
export interface MeasureSoundsOptions extends MeasureControl {
  /** Sounds to generate, and real ones to compare with, at most; 12 or more. @default 256 */
  readonly samples?: number;
}

/** A model's sounds beside real sounds: plain JSON. */
export interface SoundMeasurement {
  readonly data: { readonly source: string; readonly sounds: number; readonly files: number };
  readonly features: { readonly name: string; readonly sha256: string };
  /** One half of the real sounds against the other, no file in both: what a perfect model would measure with so few. */
  readonly real: AudioMetrics;
  /** Real sounds that were turned into pictures and back: what a model that draws perfect pictures would measure. */
  readonly recovered: AudioMetrics;
  readonly generated: AudioMetrics;
  /** White noise: no sound of the folder at all. */
  readonly noise: AudioMetrics;
  /** Whether generated sounds are copies. */
  readonly memorisation: { readonly share: number; readonly medianRatio: number };
}

/** What can be measured: each half of the real sounds needs 6. */
const ENOUGH: Enough = { many: "sounds", least: 12, usual: 256 };

/**
 * Measures the sounds of a model against a folder.
 *
 * @throws {DatasetError} if the folder cannot be used, or holds too few sounds.
 * @throws {ConfigError} if there are too few samples.
 * @throws {CancelledError} if `signal` stopped it.
 */
export async function measureSoundModel(
  generator: SoundGenerator,
  source: string,
  options: MeasureSoundsOptions = {},
): Promise<SoundMeasurement> {
  const { samples = 256, seed = 0, cacheDir, signal, onProgress } = options;
  checkSamples(samples, ENOUGH);
  const dataset = await openSounds(source, {
    format: generator.format,
    ...(cacheDir === undefined ? {} : { cacheDir }),
    ...(signal === undefined ? {} : { signal }),
    onProgress: (done, total) => onProgress?.("reading sounds", done, total),
  });
  const network = await loadSoundNetwork();
  try {
    const chosen = new Random(seed).split("real").permutation(dataset.count).slice(0, samples);
    const files = Array.from(chosen, (i) => dataset.files[i] as string);
    checkReal(source, chosen.length, ENOUGH, `in ${new Set(files).size} files`);
    const halves = halvesOf(source, files);
    const look = listener(generator.format.sampleRate);
    const step = (stage: string, done: number): void => {
      if (signal?.aborted)
        throw new CancelledError("measure: stopped on request.", { cause: signal.reason });
      onProgress?.(stage, done, chosen.length);
    };
    const noise = new Random(seed).split("noise");
    const pictures = {
      real: Array.from(chosen, (i) => look(dataset.sound(i))),
      recovered: Array.from(recovered(dataset, chosen, step), look),
      generated: await generated(generator, chosen.length, seed, look, step),
      noise: Array.from(chosen, (i) => look(whiteNoise(dataset, noise.split(i)))),
    };
    const real = await soundFeatures(network, pictures.real);
    const measure = async (set: readonly Uint8Array[]): Promise<AudioMetrics> =>
      await measureAudio(await soundFeatures(network, set), real);
    const made = await soundFeatures(network, pictures.generated);
    const filed = { features: real, files };
    const { share, medianRatio } = await memorisation({
      generated: made,
      training: filed,
      unseen: filed,
    });
    return {
      data: { source, sounds: chosen.length, files: new Set(files).size },
      features: { name: network.name, sha256: network.sha256 },
      real: await measureAudio(selectRows(real, halves.training), selectRows(real, halves.heldOut)),
      recovered: await measure(pictures.recovered),
      generated: await measureAudio(made, real),
      noise: await measure(pictures.noise),
      memorisation: { share, medianRatio },
    };
  } finally {
    dataset.close();
    await network.dispose();
  }
}

/** Two halves without a common file: sounds of one recording are alike. */
function halvesOf(source: string, files: readonly string[]): Split {
  const least = ENOUGH.least / 2;
  if (new Set(files).size > 1) {
    const halves = splitByFile(files, 0.5);
    if (Math.min(halves.training.length, halves.heldOut.length) >= least) return halves;
  }
  throw new DatasetError(
    `${source}: nearly all of the ${files.length} sounds are of one file, expected at least ${least} in each of two halves that share none. Give more files.`,
  );
}

/** How the feature network hears a sound. */
function listener(sampleRate: number): (samples: Float32Array) => Uint8Array {
  const logMel = new LogMel(AUDIO_FORMAT);
  return (samples) => {
    const resampler = new Resampler(sampleRate, AUDIO_FORMAT.sampleRate);
    const heard = new Float32Array(samplesOf(AUDIO_FORMAT));
    let at = 0;
    for (const part of [resampler.add(samples), resampler.finish()]) {
      heard.set(part.subarray(0, heard.length - at), at);
      at = Math.min(heard.length, at + part.length);
    }
    const out = new Uint8Array(AUDIO_FORMAT.bands * AUDIO_FORMAT.frames);
    logMel.picture(heard, out);
    return out;
  };
}

/** Real sounds, turned into pictures and back. */
function* recovered(
  dataset: SoundDataset,
  chosen: Uint32Array,
  step: (stage: string, done: number) => void,
): Generator<Float32Array> {
  const logMel = new LogMel(dataset.format);
  const grey = new Uint8Array(dataset.height * dataset.width);
  for (const [done, i] of chosen.entries()) {
    logMel.picture(dataset.sound(i), grey);
    yield restoreSound(logMel, grey, new Random(i).split("phases"));
    step("recovering real sounds", done + 1);
  }
}

async function generated(
  generator: SoundGenerator,
  count: number,
  seed: number,
  look: (samples: Float32Array) => Uint8Array,
  step: (stage: string, done: number) => void,
): Promise<Uint8Array[]> {
  const seeds = Array.from({ length: count }, (_, i) => seed * count + i);
  const pictures: Uint8Array[] = [];
  for await (const { samples } of generator.sounds(seeds)) {
    pictures.push(look(samples));
    step("generating sounds", pictures.length);
  }
  return pictures;
}

function whiteNoise({ format }: SoundDataset, random: Random): Float32Array {
  return random.fillNormal(new Float32Array(samplesOf(format))).map((x) => 0.2 * x);
}
