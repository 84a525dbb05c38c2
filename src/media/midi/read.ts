import { MediaError } from "../../base/errors.ts";
import { notesOf } from "./notes.ts";
import { DEFAULT_BPM, type MetreChange, type Song, type TempoChange } from "./song.ts";
import { type PlacedEvent, type TrackEvent, TrackEvents } from "./track-events.ts";

/** A MIDI file. */
export interface MidiFile extends Song {
  /** 0: one track. 1: tracks that sound together. 2: pieces of their own, which are put one after the other here. */
  readonly format: 0 | 1 | 2;
  /** What ticks are parts of: quarter notes, or frames of a film (SMPTE), which know no beats. */
  readonly timing: "beats" | "frames";
  /** What is odd without being a fault, one sentence each. */
  readonly warnings: readonly string[];
}

/** Begin of every MIDI file, its tracks, and of one inside a RIFF container (.rmi). */
const HEADER = "MThd";
const TRACK = "MTrk";
const RIFF = "RIFF";
const RIFF_HEADER_BYTES = 20;

/**
 * Reads a Standard MIDI File: formats 0, 1 and 2, running status, any division, in a RIFF container too. Unknown chunks are passed over, as the
 * standard asks. Controllers, pitch bends and system messages are not kept.
 *
 * A file that is cut short or damaged is refused, never read in part: half a piece would teach a wrong ending.
 *
 * @param name File name, for messages.
 * @throws {MediaError} if it is no MIDI file, or damaged.
 * @see The Complete MIDI 1.0 Detailed Specification, "Standard MIDI Files 1.0", https://midi.org/standard-midi-files
 */
export function readMidi(bytes: Uint8Array, name = "MIDI file"): MidiFile {
  const start = textAt(bytes, 0) === RIFF ? RIFF_HEADER_BYTES : 0;
  if (bytes.length < start + 14 || textAt(bytes, start) !== HEADER) {
    throw new MediaError(
      `${name}: this is no MIDI file (${bytes.length} bytes, without "${HEADER}" at the begin), expected a Standard MIDI File. Check the file.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const format = view.getUint16(start + 8);
  if (format !== 0 && format !== 1 && format !== 2) {
    throw new MediaError(
      `${name}: MIDI files of format ${format} do not exist, expected 0, 1 or 2. The file is damaged.`,
    );
  }
  const count = view.getUint16(start + 10);
  const { ticksPerQuarter, timing } = divisionOf(view.getUint16(start + 12), name);
  const first = start + 8 + view.getUint32(start + 4);
  const tracks = readTracks(bytes, view, first, name, count);
  const warnings: string[] = [];
  if (tracks.length > count)
    warnings.push(`The header speaks of ${count} tracks, there are ${tracks.length}.`);
  const events = inTime(tracks, format, ticksPerQuarter);
  const { notes, open } = notesOf(events);
  if (open > 0) warnings.push(`${open} notes never end; they last as long as their track.`);
  return {
    format,
    timing,
    ticksPerQuarter,
    notes,
    tempos: timing === "frames" ? [{ tick: 0, bpm: DEFAULT_BPM }] : temposOf(events),
    metres: metresOf(events),
    trackNames: tracks.map(titleOf),
    endTick: events.reduce((end, { event }) => Math.max(end, event.tick), 0),
    warnings,
  };
}

function titleOf(track: readonly TrackEvent[]): string {
  for (const event of track) if (event.kind === "name" && event.name !== "") return event.name;
  return "";
}

const textAt = (bytes: Uint8Array, at: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + 4));

/** SMPTE time has no beats: a quarter note is made half a second, which is right at the default tempo. */
function divisionOf(
  division: number,
  name: string,
): { readonly ticksPerQuarter: number; readonly timing: MidiFile["timing"] } {
  if (division < 0x8000 && division > 0) return { ticksPerQuarter: division, timing: "beats" };
  const frames = 256 - (division >> 8);
  const ticks = division & 255;
  if (division === 0 || ![24, 25, 29, 30].includes(frames) || ticks === 0) {
    throw new MediaError(
      `${name}: the header's division is 0x${division.toString(16).padStart(4, "0")}, expected ticks of a quarter note, or of a frame (24, 25, 29 or 30 a second). The file is damaged.`,
    );
  }
  const rate = frames === 29 ? 30 / 1.001 : frames;
  return { ticksPerQuarter: (rate * ticks * 60) / DEFAULT_BPM, timing: "frames" };
}

function readTracks(
  bytes: Uint8Array,
  view: DataView,
  first: number,
  name: string,
  count: number,
): TrackEvent[][] {
  const tracks: TrackEvent[][] = [];
  let at = first;
  for (; at + 8 <= bytes.length; at += 8 + view.getUint32(at + 4)) {
    if (textAt(bytes, at) !== TRACK) {
      if (tracks.length >= count) break; // what follows the last track is no music
      continue;
    }
    const length = view.getUint32(at + 4);
    const where = `${name}, track ${tracks.length}`;
    if (at + 8 + length > bytes.length)
      throw cutShort(where, bytes.length - at - 8, `${length} bytes`);
    const content = bytes.subarray(at + 8, at + 8 + length);
    tracks.push([...new TrackEvents(content, where, at + 8).read()]);
  }
  if (tracks.length < count) throw cutShort(name, tracks.length, `${count} tracks`);
  return tracks;
}

function cutShort(where: string, actual: number, expected: string): MediaError {
  return new MediaError(
    `${where}: the file is cut short (${actual} of ${expected}), expected all. Get an undamaged copy, or leave the file out.`,
  );
}

/** Events of all tracks by time. In format 2 each track begins where the one before ended, at a whole quarter note. */
function inTime(
  tracks: readonly TrackEvent[][],
  format: number,
  ticksPerQuarter: number,
): PlacedEvent[] {
  const placed: PlacedEvent[] = [];
  let offset = 0;
  for (const [track, events] of tracks.entries()) {
    for (const event of events)
      placed.push({ track, event: offset === 0 ? event : { ...event, tick: event.tick + offset } });
    if (format === 2) {
      const end = events.at(-1)?.tick ?? 0;
      offset += Math.ceil(end / ticksPerQuarter) * ticksPerQuarter;
    }
  }
  return placed.sort((a, b) => a.event.tick - b.event.tick); // stable: the order inside a track stays
}

function temposOf(events: readonly PlacedEvent[]): TempoChange[] {
  const tempos: TempoChange[] = [{ tick: 0, bpm: DEFAULT_BPM }];
  for (const { event } of events)
    if (event.kind === "tempo") put(tempos, { tick: event.tick, bpm: event.bpm });
  return tempos;
}

function metresOf(events: readonly PlacedEvent[]): MetreChange[] {
  const metres: MetreChange[] = [{ tick: 0, numerator: 4, denominator: 4 }];
  for (const { event } of events) {
    if (event.kind !== "metre") continue;
    const { tick, numerator, denominator } = event;
    put(metres, { tick, numerator, denominator });
  }
  return metres;
}

/** Of several changes at one tick the last one counts. */
function put<T extends { readonly tick: number }>(changes: T[], change: T): void {
  if (changes.at(-1)?.tick === change.tick) changes.pop();
  changes.push(change);
}
