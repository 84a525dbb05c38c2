import { DRUM_CHANNEL, type MidiNote } from "./song.ts";

/**
 * The five parts that every piece is reduced to, in the order of the rolls.
 *
 * @see Dong et al. 2017, "MuseGAN", arXiv:1709.06298, section "Data": the same five
 */
export const PARTS = ["drums", "piano", "guitar", "bass", "strings"] as const;

/** One of the five parts. */
export type Part = (typeof PARTS)[number];

/** Index of the drums in `PARTS`; all others have pitches. */
export const DRUMS = 0;

/** Families of General MIDI: eight programs each. */
export const FAMILIES = [
  "piano",
  "chromatic percussion",
  "organ",
  "guitar",
  "bass",
  "strings",
  "ensemble",
  "brass",
  "reed",
  "pipe",
  "synth lead",
  "synth pad",
  "synth effects",
  "ethnic",
  "percussive",
  "sound effects",
] as const;

/** Part of each family: what strikes chords is piano, what sings is strings. */
const PART_OF_FAMILY: readonly (Part | undefined)[] = [
  "piano",
  "piano",
  "piano",
  "guitar",
  "bass",
  "strings",
  "strings",
  "strings",
  "strings",
  "strings",
  "strings",
  "strings",
  "strings",
  "strings",
  undefined, // taiko, reversed cymbals and the like: no pitch, and no place in a drum kit either
  undefined,
];

/**
 * Which part plays a note, by its channel and program.
 *
 * @returns undefined for percussion outside the drum kit and for sound effects.
 */
export function partOf({ channel, program }: MidiNote): Part | undefined {
  return channel === DRUM_CHANNEL ? "drums" : PART_OF_FAMILY[program >> 3];
}

/** What a note sounds like: its family of General MIDI, or `drums`. */
export function familyOf({ channel, program }: MidiNote): string {
  return channel === DRUM_CHANNEL ? "drums" : (FAMILIES[program >> 3] as string);
}
