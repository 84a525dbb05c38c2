import { MediaError } from "../../base/errors.ts";
import type { Song } from "./song.ts";

/** One bar of a piece. */
export interface Bar {
  /** First tick. May be a fraction where the division does not hold whole beats. */
  readonly start: number;
  /** Tick after the last. */
  readonly end: number;
  readonly numerator: number;
  readonly denominator: number;
  /** False for a bar that a change of metre cuts short. */
  readonly whole: boolean;
}

/** Most bars of a piece: 10 hours at 160 beats a minute. More is a damaged time stamp. */
const MAX_BARS = 24_000;

/**
 * The bars of a piece up to its last note. A change of metre begins a new bar.
 *
 * @param name File name, for messages.
 * @throws {MediaError} if there are more than 24,000.
 */
export function barsOf(song: Song, name = "MIDI file"): Bar[] {
  const bars: Bar[] = [];
  const last = song.notes.reduce((end, note) => Math.max(end, note.end), 0);
  for (const [i, { tick, numerator, denominator }] of song.metres.entries()) {
    const until = Math.min(song.metres[i + 1]?.tick ?? last, last);
    const length = (numerator * 4 * song.ticksPerQuarter) / denominator;
    const count = Math.ceil((until - tick) / length);
    if (bars.length + count > MAX_BARS) {
      throw new MediaError(
        `${name}: the piece has ${bars.length + count} bars, expected at most ${MAX_BARS}. A time stamp is damaged, or the file is no piece of music; leave it out.`,
      );
    }
    const changes = i + 1 < song.metres.length && (song.metres[i + 1]?.tick ?? 0) < last;
    for (let k = 0; k < count; k++) {
      const start = tick + k * length;
      const end = start + length;
      const cut = changes && end > until;
      bars.push({ start, end: cut ? until : end, numerator, denominator, whole: !cut });
    }
  }
  return bars;
}

/** Index of the bar with a tick; the last bar for ticks after it. */
export function barAt(bars: readonly Bar[], tick: number): number {
  let low = 0;
  let high = bars.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((bars[middle]?.start ?? 0) <= tick) low = middle;
    else high = middle - 1;
  }
  return low;
}
