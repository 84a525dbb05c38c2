import { concat, reshape, transpose } from "../../graph/ops/index.ts";
import type { Value } from "../../graph/value.ts";
import { OCTAVE, STEPS_PER_BEAT } from "./shape.ts";

/**
 * Rolls [N, P, T, 12 o] as beats by octaves: [N, 48 P, T / 4, o], the pitch classes and steps of a beat as channels.
 *
 * A convolution then sees whole chords and rhythms at once, and moves by beats and octaves, between which music is alike; one semitone on would be
 * another chord, one step on another rhythm.
 */
export function foldRolls(rolls: Value): Value {
  const [n, parts, steps, pitches] = rolls.shape as [number, number, number, number];
  const [beats, octaves] = [steps / STEPS_PER_BEAT, pitches / OCTAVE];
  const split = reshape(rolls, [n, parts, beats, STEPS_PER_BEAT, octaves, OCTAVE]);
  const channels = parts * OCTAVE * STEPS_PER_BEAT;
  return reshape(transpose(split, [0, 1, 5, 3, 2, 4]), [n, channels, beats, octaves]);
}

/** The way back, [N, 48 P, T / 4, o] to [N, P, T, 12 o]. */
export function unfoldRolls(x: Value, parts: number): Value {
  const [n, , beats, octaves] = x.shape as [number, number, number, number];
  const split = reshape(x, [n, parts, OCTAVE, STEPS_PER_BEAT, beats, octaves]);
  const size = [n, parts, STEPS_PER_BEAT * beats, OCTAVE * octaves];
  return reshape(transpose(split, [0, 1, 4, 3, 5, 2]), size);
}

/** So many moments of time to channels, [N, C, T, o] to [N, count C, T / count, o]: beats become bars. */
export function foldTime(x: Value, count: number): Value {
  const [n, channels, time, octaves] = x.shape as [number, number, number, number];
  const split = reshape(x, [n, channels, time / count, count, octaves]);
  return reshape(transpose(split, [0, 1, 3, 2, 4]), [n, channels * count, time / count, octaves]);
}

/** The way back, [N, count C, T, o] to [N, C, count T, o]. */
export function unfoldTime(x: Value, count: number): Value {
  const [n, channels, time, octaves] = x.shape as [number, number, number, number];
  const split = reshape(x, [n, channels / count, count, time, octaves]);
  return reshape(transpose(split, [0, 1, 3, 2, 4]), [n, channels / count, time * count, octaves]);
}

/** The same bar so many times, one behind the other, [N, C, T, o] to [N, C, times T, o]. */
export function repeatTime(x: Value, times: number): Value {
  return times === 1 ? x : concat(Array<Value>(times).fill(x), 2);
}
