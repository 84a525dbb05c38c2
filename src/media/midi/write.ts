import { MediaError } from "../../base/errors.ts";
import type { MidiNote, Song } from "./song.ts";

/** Largest tick that a file can hold in one step: 4 groups of 7 bits. */
const MAX_TICK = 2 ** 28 - 1;

/** What happens at a tick: bytes of an event. At equal ticks, lower `order` comes first. */
interface TimedBytes {
  readonly tick: number;
  readonly order: number;
  readonly bytes: readonly number[];
}

/**
 * Writes a piece as a Standard MIDI File of format 1: a track with tempo and metre, then the tracks of its notes.
 *
 * @throws {MediaError} if a number has no place in a MIDI file: pitches, velocities and programs above 127, ticks that are no whole numbers.
 */
export function writeMidi(song: Song): Uint8Array {
  const { ticksPerQuarter, notes, trackNames, endTick } = song;
  check("ticksPerQuarter", ticksPerQuarter, 1, 0x7fff);
  check("endTick", endTick, 0, MAX_TICK);
  for (const [i, note] of notes.entries()) checkNote(note, i);
  const tracks = [chunk("MTrk", trackBytes("", conductorEvents(song), endTick))];
  const numbers = [...new Set(notes.map(({ track }) => track))].sort((a, b) => a - b);
  const changes = programChanges(notes);
  for (const number of numbers) {
    const own = notes.filter(({ track }) => track === number);
    const events = noteEvents(own, changes);
    tracks.push(chunk("MTrk", trackBytes(trackNames[number] ?? "", events, endTick)));
  }
  const header = [0, 1, tracks.length >> 8, tracks.length & 255].concat(wide(ticksPerQuarter, 2));
  return Uint8Array.from([...chunk("MThd", header), ...tracks.flat()]);
}

function conductorEvents({ tempos, metres }: Song): TimedBytes[] {
  const events: TimedBytes[] = [];
  for (const { tick, bpm } of tempos) {
    const micros = Math.round(6e7 / bpm);
    check("tempo [microseconds a quarter note]", micros, 1, 2 ** 24 - 1);
    events.push({ tick, order: 1, bytes: [0xff, 0x51, 3, ...wide(micros, 3)] });
  }
  for (const { tick, numerator, denominator } of metres) {
    check("metre's numerator", numerator, 1, 255);
    const power = Math.log2(denominator);
    check("metre's denominator (power of 2)", power, 0, 6);
    // 24 MIDI clocks a click of the metronome, 8 thirty-seconds a quarter note: as usual.
    events.push({ tick, order: 0, bytes: [0xff, 0x58, 4, numerator, power, 24, 8] });
  }
  return events;
}

/** Notes before which the program of their channel changes. Tracks may share a channel, so all are looked at together. */
function programChanges(notes: readonly MidiNote[]): ReadonlySet<MidiNote> {
  const programs = new Map<number, number>();
  const changes = new Set<MidiNote>();
  for (const note of [...notes].sort((a, b) => a.start - b.start || a.track - b.track)) {
    if (programs.get(note.channel) !== note.program) changes.add(note);
    programs.set(note.channel, note.program);
  }
  return changes;
}

/** Ends of notes come before begins at the same tick, so that a repeated note is struck again. */
function noteEvents(notes: readonly MidiNote[], changes: ReadonlySet<MidiNote>): TimedBytes[] {
  const events: TimedBytes[] = [];
  for (const note of notes) {
    const { start, end, pitch, velocity, channel, program } = note;
    if (changes.has(note)) events.push({ tick: start, order: 1, bytes: [0xc0 | channel, program] });
    events.push({ tick: start, order: 1, bytes: [0x90 | channel, pitch, velocity] });
    events.push({ tick: end, order: 0, bytes: [0x80 | channel, pitch, 64] });
  }
  return events;
}

function trackBytes(name: string, events: TimedBytes[], endTick: number): number[] {
  const title = [...new TextEncoder().encode(name)];
  const bytes: number[] = name === "" ? [] : [0, 0xff, 0x03, ...variable(title.length), ...title];
  let at = 0;
  for (const event of events.sort((a, b) => a.tick - b.tick || a.order - b.order)) {
    bytes.push(...variable(event.tick - at), ...event.bytes);
    at = event.tick;
  }
  bytes.push(...variable(Math.max(0, endTick - at)), 0xff, 0x2f, 0);
  return bytes;
}

const chunk = (name: string, content: readonly number[]): number[] =>
  [...name].map((letter) => letter.charCodeAt(0)).concat(wide(content.length, 4), content);

/** A number in so many bytes, the highest first. */
const wide = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** (bytes - 1 - i)) & 255);

/** A number of variable length: 7 bits a byte, all but the last with the upper bit set. */
function variable(value: number): number[] {
  const bytes = [value & 127];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128))
    bytes.unshift((rest & 127) | 128);
  return bytes;
}

function checkNote({ start, end, pitch, velocity, channel, program }: MidiNote, i: number): void {
  check(`note ${i}: start`, start, 0, MAX_TICK);
  check(`note ${i}: end`, end, start + 1, MAX_TICK);
  check(`note ${i}: pitch`, pitch, 0, 127);
  check(`note ${i}: velocity`, velocity, 1, 127);
  check(`note ${i}: channel`, channel, 0, 15);
  check(`note ${i}: program`, program, 0, 127);
}

function check(what: string, value: number, low: number, high: number): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw new MediaError(
    `writeMidi: ${what} is ${value}, expected a whole number from ${low} to ${high}. Change the piece.`,
  );
}
