import type { Random } from "../../base/random.ts";

/** How much a sound is varied each time it is shown: what stays the same sound to a listener, and is another picture to a discriminator. */
const VARIATION = {
  /** Semitones up or down, by playing it faster or slower. */
  semitones: 1.5,
  /** Level below the loudest [dB]. */
  quieter: 6,
} as const;

/** Samples of a sound that a variation of `length` samples may need. */
export function samplesToKeep(length: number): number {
  return Math.ceil(length * 2 ** (VARIATION.semitones / 12)) + 2;
}

/** Part of a sound's length over which it fades away at its end. */
const FADE = 0.06;

/**
 * A sound as it is shown once: played faster or slower, begun up to a column later, and quieter, at random; what does not fit fades away.
 *
 * @param sound Full scale at -1 and 1.
 * @param hop Samples of a column.
 * @param out Is filled; its length is that of the sounds that are shown.
 */
export function vary(sound: Float32Array, hop: number, random: Random, out: Float32Array): void {
  const speed = 2 ** ((VARIATION.semitones * (2 * random.uniform() - 1)) / 12);
  const gain = 10 ** ((-VARIATION.quieter * random.uniform()) / 20);
  play(sound, { speed, gain, delay: hop * random.uniform() }, out);
}

/** A sound as it is, from its beginning, at full level; what does not fit fades away. */
export function unvaried(sound: Float32Array, out: Float32Array): void {
  play(sound, { speed: 1, gain: 1, delay: 0 }, out);
}

/** Plays a sound at another speed, by cubic interpolation between its samples (Catmull and Rom). */
function play(
  sound: Float32Array,
  { speed, gain, delay }: { readonly speed: number; readonly gain: number; readonly delay: number },
  out: Float32Array,
): void {
  const fade = Math.round(FADE * out.length);
  for (let i = 0; i < out.length; i++) {
    const position = (i - delay) * speed;
    const at = Math.floor(position);
    const t = position - at;
    const [a, b] = [sound[at - 1] ?? 0, sound[at] ?? 0];
    const [c, d] = [sound[at + 1] ?? 0, sound[at + 2] ?? 0];
    const between =
      b + (t / 2) * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
    const left = out.length - i;
    const tail = left >= fade ? 1 : 0.5 - 0.5 * Math.cos((Math.PI * left) / fade);
    out[i] = gain * tail * between;
  }
}
