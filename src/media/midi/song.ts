/** @file Music as notes: what a MIDI file holds once it is read. Times are in ticks, `ticksPerQuarter` of which are a quarter note. */

/** Channel of the drums in General MIDI; channels count from 0. */
export const DRUM_CHANNEL = 9;

/** One note. */
export interface MidiNote {
  /** First tick. */
  readonly start: number;
  /** Tick after the last one; above `start`. */
  readonly end: number;
  /** 0..127; 60 is the middle C. On the drum channel, an instrument. */
  readonly pitch: number;
  /** Loudness, 1..127. */
  readonly velocity: number;
  /** 0..15. */
  readonly channel: number;
  /** Instrument of General MIDI, 0..127. */
  readonly program: number;
  /** Index into `trackNames`. */
  readonly track: number;
}

/** A tempo that holds from a tick on. */
export interface TempoChange {
  readonly tick: number;
  /** Quarter notes a minute. */
  readonly bpm: number;
}

/** A metre that holds from a tick on. */
export interface MetreChange {
  readonly tick: number;
  readonly numerator: number;
  /** A power of 2. */
  readonly denominator: number;
}

/** A piece of music. */
export interface Song {
  readonly ticksPerQuarter: number;
  /** By start, then pitch. */
  readonly notes: readonly MidiNote[];
  /** By tick; the first is at tick 0. */
  readonly tempos: readonly TempoChange[];
  /** By tick; the first is at tick 0. */
  readonly metres: readonly MetreChange[];
  /** Names of the tracks; an empty text where a track has none. */
  readonly trackNames: readonly string[];
  /** Tick at which the piece ends, at or after the end of the last note. */
  readonly endTick: number;
}

/** Tempo where a file names none. */
export const DEFAULT_BPM = 120;

/** Order of notes in a song. */
export const byTime = (a: MidiNote, b: MidiNote): number =>
  a.start - b.start || a.pitch - b.pitch || a.channel - b.channel;
