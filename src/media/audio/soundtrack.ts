import type { AudioChunk, AudioRange, AudioSource } from "./audio.ts";
import { stereoMixer } from "./mix.ts";
import { Resampler } from "./resample.ts";

/** Sample rate of the sound of films [Hz]: what AAC and Opus both take. */
export const SOUNDTRACK_RATE = 48_000;

/** Samples of a chunk. */
const CHUNK = 4800;

/**
 * The sound of a film: a range of a recording as 48 kHz stereo, exactly as long as asked for; silence follows where the recording ends before. All chunks but
 * the last have the same length.
 *
 * @throws {MediaError} if it cannot be read, or has more than 8 channels.
 */
export async function* soundtrack(
  source: AudioSource,
  range: Required<AudioRange>,
): AsyncGenerator<AudioChunk, void, undefined> {
  const total = Math.round(range.seconds * SOUNDTRACK_RATE);
  let chunk = stereo(Math.min(CHUNK, total));
  let [filled, given] = [0, 0];
  const next = (): AudioChunk => {
    const whole = chunk;
    given += whole[0].length;
    chunk = stereo(Math.min(CHUNK, total - given));
    filled = 0;
    return whole;
  };
  for await (const piece of converted(source, range)) {
    for (let at = 0; at < piece[0].length && given < total; ) {
      const count = Math.min(chunk[0].length - filled, piece[0].length - at);
      for (const side of [0, 1] as const)
        chunk[side].set(piece[side].subarray(at, at + count), filled);
      filled += count;
      at += count;
      if (filled === chunk[0].length) yield next();
    }
  }
  while (given < total) yield next();
}

type Stereo = [left: Float32Array, right: Float32Array];

function stereo(length: number): Stereo {
  return [new Float32Array(length), new Float32Array(length)];
}

/** The range at 48 kHz in pieces of any length. */
async function* converted(
  source: AudioSource,
  range: AudioRange,
): AsyncGenerator<Stereo, void, undefined> {
  const mix = stereoMixer(source.name, source.channels, source.order);
  const [left, right] = [0, 1].map(() => new Resampler(source.sampleRate, SOUNDTRACK_RATE)) as [
    Resampler,
    Resampler,
  ];
  for await (const chunk of source.read(range)) {
    const mixed = mix(chunk);
    yield [left.add(mixed[0]), right.add(mixed[1])];
  }
  yield [left.finish(), right.finish()];
}
