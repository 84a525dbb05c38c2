/** @file From any number of channels to two or one. */
import { MediaError } from "../../base/errors.ts";
import type { AudioChunk, ChannelOrder } from "./audio.ts";

/** Most channels that have a known arrangement. */
const MAX_CHANNELS = 8;

/** Weight of a channel between or behind the loudspeakers: half of its power (ITU-R BS.775-3, table 2). */
const HALF = Math.SQRT1_2;

/** Shares of a channel in the left and the right one. */
type Share = readonly [left: number, right: number];

const [LEFT, RIGHT, CENTRE, LOW]: Share[] = [
  [1, 0],
  [0, 1],
  [HALF, HALF],
  [0, 0],
];
const [BACK_LEFT, BACK_RIGHT, BACK]: Share[] = [
  [HALF, 0],
  [0, HALF],
  [0.5, 0.5],
];

/** Arrangements by number of channels, from 3. */
const ARRANGEMENTS: Readonly<Record<ChannelOrder, readonly (readonly (Share | undefined)[])[]>> = {
  wave: [
    [LEFT, RIGHT, CENTRE],
    [LEFT, RIGHT, BACK_LEFT, BACK_RIGHT],
    [LEFT, RIGHT, CENTRE, BACK_LEFT, BACK_RIGHT],
    [LEFT, RIGHT, CENTRE, LOW, BACK_LEFT, BACK_RIGHT],
    [LEFT, RIGHT, CENTRE, LOW, BACK, BACK_LEFT, BACK_RIGHT],
    [LEFT, RIGHT, CENTRE, LOW, BACK_LEFT, BACK_RIGHT, BACK_LEFT, BACK_RIGHT],
  ],
  vorbis: [
    [LEFT, CENTRE, RIGHT],
    [LEFT, RIGHT, BACK_LEFT, BACK_RIGHT],
    [LEFT, CENTRE, RIGHT, BACK_LEFT, BACK_RIGHT],
    [LEFT, CENTRE, RIGHT, BACK_LEFT, BACK_RIGHT, LOW],
    [LEFT, CENTRE, RIGHT, BACK_LEFT, BACK_RIGHT, BACK, LOW],
    [LEFT, CENTRE, RIGHT, BACK_LEFT, BACK_RIGHT, BACK_LEFT, BACK_RIGHT, LOW],
  ],
};

/**
 * A function that mixes chunks of 1 to 8 channels to two. Centre and rear channels come in at -3 dB, the low-frequency channel is left out (ITU-R
 * BS.775-3); the sum is scaled so that it cannot clip. One channel becomes two equal ones.
 *
 * @throws {MediaError} if there are more than 8 channels, or none.
 */
export function stereoMixer(
  name: string,
  channels: number,
  order: ChannelOrder,
): (chunk: AudioChunk) => [Float32Array, Float32Array] {
  checkChannels(name, channels);
  if (channels <= 2) return ([left = new Float32Array(), right = left]) => [left, right];
  const shares = (ARRANGEMENTS[order][channels - 3] ?? []).map((share) => share ?? [0, 0]);
  const most = shares.reduce((sum, [left]) => sum + left, 0);
  const mix = (chunk: AudioChunk, side: 0 | 1): Float32Array => {
    const out = new Float32Array(chunk[0]?.length ?? 0);
    for (const [c, samples] of chunk.entries()) {
      const weight = (shares[c]?.[side] ?? 0) / most;
      if (weight === 0) continue;
      for (let i = 0; i < out.length; i++) out[i]! += weight * samples[i]!;
    }
    return out;
  };
  return (chunk) => [mix(chunk, 0), mix(chunk, 1)];
}

/**
 * A function that mixes chunks to one channel, the mean of the left and right of `stereoMixer`.
 *
 * @throws {MediaError} if there are more than 8 channels, or none.
 */
export function monoMixer(
  name: string,
  channels: number,
  order: ChannelOrder,
): (chunk: AudioChunk) => Float32Array {
  const toStereo = stereoMixer(name, channels, order);
  return (chunk) => {
    const [left, right] = toStereo(chunk);
    if (left === right) return left;
    const out = new Float32Array(left.length);
    for (let i = 0; i < out.length; i++) out[i] = (left[i]! + right[i]!) / 2;
    return out;
  };
}

function checkChannels(name: string, channels: number): void {
  if (channels >= 1 && channels <= MAX_CHANNELS) return;
  throw new MediaError(
    `${name}: the sound has ${channels} channels, expected 1 to ${MAX_CHANNELS}. Mix it down first, for example with \`ffmpeg -i in -ac 2 out.wav\`.`,
  );
}
