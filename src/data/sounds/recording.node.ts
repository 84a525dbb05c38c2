import { MediaError } from "../../base/errors.ts";
import type { AudioChunk } from "../../media/audio/audio.ts";
import { monoMixer } from "../../media/audio/mix.ts";
import { openAudio } from "../../media/audio/open.node.ts";
import { Resampler } from "../../media/audio/resample.ts";

/** A file as one channel. */
export interface Recording {
  /** At the rate that was asked for, full scale at -1 and 1. */
  readonly samples: Float32Array;
  /** Of the file [Hz]. */
  readonly sampleRate: number;
  /** Of the file. */
  readonly channels: number;
  /** Length that was read [s]. */
  readonly seconds: number;
  /** What is odd about it, one sentence each. */
  readonly warnings: readonly string[];
}

/** Most of a recording that is read [s]. */
const MOST_SECONDS = 600;

/** A mix that is so much quieter than its channels has cancelled them out: a part of their power. */
const CANCELLED = 0.01;

/** Part of the samples at full scale from which a sound counts as clipped. */
const CLIPPED = 0.002;

/**
 * Reads a sound as one channel at a sample rate: up to 8 channels are mixed, and any rate is converted. Of channels that cancel each other out the first is taken.
 *
 * @throws {MediaError} if the file is missing, empty, damaged, without sound, or has more than 8 channels.
 * @throws {RuntimeUnavailableError} if nothing on this machine can decode it.
 */
export async function readRecording(path: string, rate: number): Promise<Recording> {
  const source = await openAudio(path);
  const mix = monoMixer(path, source.channels, source.order);
  const [mixed, first] = [
    new Gathering(source.sampleRate, rate),
    new Gathering(source.sampleRate, rate),
  ];
  let [power, count, full] = [0, 0, 0];
  for await (const chunk of source.read({ seconds: MOST_SECONDS })) {
    mixed.add(mix(chunk));
    first.add(chunk[0] ?? new Float32Array());
    power += powerOf(chunk);
    for (const x of chunk[0] ?? []) full += Number(Math.abs(x) >= 0.999);
    count += chunk[0]?.length ?? 0;
  }
  if (count === 0) {
    throw new MediaError(
      `${path}: the file has no samples, expected a sound. Write it again from the program that it comes from.`,
    );
  }
  const whole = mixed.finish();
  const cancelled = powerOf([whole]) / whole.length < (CANCELLED * power) / count;
  const { sampleRate, channels } = source.recorded ?? source;
  const warnings: string[] = [];
  if (cancelled) warnings.push("its channels cancel each other out, so the first one is used");
  if (full > CLIPPED * count) warnings.push("it is clipped");
  if (count / source.sampleRate >= MOST_SECONDS - 1 && (source.seconds ?? 0) > MOST_SECONDS)
    warnings.push(`only its first ${MOST_SECONDS / 60} minutes are used`);
  return {
    samples: cancelled ? first.finish() : whole,
    sampleRate,
    channels,
    seconds: count / source.sampleRate,
    warnings,
  };
}

/** Mean over the channels of the sum of squares. */
function powerOf(chunk: AudioChunk): number {
  let sum = 0;
  for (const samples of chunk) for (const x of samples) sum += x * x;
  return sum / Math.max(1, chunk.length);
}

/** Converts and keeps what comes in pieces. */
class Gathering {
  readonly #resampler: Resampler;
  readonly #parts: Float32Array[] = [];

  constructor(from: number, to: number) {
    this.#resampler = new Resampler(from, to);
  }

  add(samples: Float32Array): void {
    this.#parts.push(this.#resampler.add(samples));
  }

  finish(): Float32Array {
    const parts = [...this.#parts, this.#resampler.finish()];
    const out = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }
}
