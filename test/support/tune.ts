import { byTime, DRUM_CHANNEL, type MidiNote, type Song } from "../../src/media/midi/song.ts";

const QUARTER = 96;

/** A melody in C major and its bass: scale steps by eighths, and a root for each half bar. */
const MELODY = [0, 2, 4, 2, 7, 4, 2, 4, 5, 4, 2, 0, 2, -1, 0, 0];
const ROOTS = [0, 5, 7, 0];
const SCALE = [0, 2, 4, 5, 7, 9, 11];

const scaleStep = (step: number): number =>
  12 * Math.floor(step / 7) + (SCALE[((step % 7) + 7) % 7] as number);

/**
 * A little tune for five instruments, made for the tests of this project: bars of 4/4 with a melody (strings), broken chords (piano), guitar chords, bass
 * and drums. Quarter notes have 96 ticks.
 *
 * @param bars Two bars repeat.
 * @param key Semitones above C.
 */
export function tune(bars = 4, key = 0): Song {
  const notes: MidiNote[] = [];
  const add = (
    track: number,
    beat: number,
    beats: number,
    pitch: number,
    program: number,
  ): void => {
    const channel = track === 0 ? DRUM_CHANNEL : track;
    const [start, end] = [beat * QUARTER, (beat + beats) * QUARTER];
    notes.push({ start, end, pitch, velocity: 90, channel, program, track });
  };
  for (let eighth = 0; eighth < bars * 8; eighth++) {
    const beat = eighth / 2;
    const root = key + (ROOTS[(eighth >> 2) % ROOTS.length] as number);
    add(0, beat, 0.25, 42, 0);
    if (eighth % 4 === 0) add(0, beat, 0.25, 36, 0);
    if (eighth % 4 === 2) add(0, beat, 0.25, 38, 0);
    add(4, beat, 0.5, 72 + key + scaleStep(MELODY[eighth % 16] as number), 48);
    add(1, beat, 0.5, 60 + root + ([0, 4, 7, 4][eighth % 4] as number), 0);
    if (eighth % 4 === 0) add(3, beat, 2, 36 + root, 33);
    if (eighth % 4 === 2) for (const third of [0, 4, 7]) add(2, beat, 1, 48 + root + third, 25);
  }
  return {
    ticksPerQuarter: QUARTER,
    notes: notes.sort(byTime),
    tempos: [{ tick: 0, bpm: 100 }],
    metres: [{ tick: 0, numerator: 4, denominator: 4 }],
    trackNames: ["Drums", "Piano", "Guitar", "Bass", "Strings"],
    endTick: bars * 4 * QUARTER,
  };
}
