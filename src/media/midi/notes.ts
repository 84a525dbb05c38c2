import { byTime, type MidiNote } from "./song.ts";
import type { PlacedEvent } from "./track-events.ts";

/** Number of channels. */
const CHANNELS = 16;

/** A note that has begun. */
interface OpenNote {
  readonly start: number;
  readonly velocity: number;
  readonly program: number;
}

/**
 * Joins the begins and ends of notes. An end belongs to the oldest open note of its track, channel and pitch; an end without a begin is passed over.
 * Instruments belong to channels, whichever track names them.
 *
 * @param events Of all tracks, by time.
 * @returns The notes in order, and how many had no end.
 */
export function notesOf(events: readonly PlacedEvent[]): {
  readonly notes: MidiNote[];
  readonly open: number;
} {
  const programs = new Uint8Array(CHANNELS);
  const sounding = new Map<number, OpenNote[]>();
  const notes: MidiNote[] = [];
  let open = 0;
  for (const { event, track } of events) {
    if (event.kind === "program") programs[event.channel] = event.program;
    if (event.kind === "on") {
      const { tick, channel, pitch, velocity } = event;
      const note = { start: tick, velocity, program: programs[channel] as number };
      const key = keyOf(track, channel, pitch);
      const others = sounding.get(key);
      if (others === undefined) sounding.set(key, [note]);
      else others.push(note);
    }
    if (event.kind === "off") {
      const { tick, channel, pitch } = event;
      const note = sounding.get(keyOf(track, channel, pitch))?.shift();
      if (note !== undefined) notes.push(noteOf(note, tick, { track, channel, pitch }));
    }
    if (event.kind === "end") {
      for (const [key, rest] of sounding) {
        const place = placeOf(key);
        if (place.track !== track) continue;
        for (const note of rest) notes.push(noteOf(note, event.tick, place));
        open += rest.length;
        sounding.delete(key);
      }
    }
  }
  return { notes: notes.sort(byTime), open };
}

/** Where a note belongs. */
interface Place {
  readonly track: number;
  readonly channel: number;
  readonly pitch: number;
}

const keyOf = (track: number, channel: number, pitch: number): number =>
  (track << 11) | (channel << 7) | pitch;

const placeOf = (key: number): Place => ({
  track: key >> 11,
  channel: (key >> 7) & 15,
  pitch: key & 127,
});

/** Notes without length are made one tick long: drum machines write them. */
const noteOf = ({ start, velocity, program }: OpenNote, end: number, place: Place): MidiNote => ({
  start,
  end: Math.max(end, start + 1),
  pitch: place.pitch,
  velocity,
  channel: place.channel,
  program,
  track: place.track,
});
