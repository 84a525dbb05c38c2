import type { Song } from "./song.ts";

/**
 * Time of each tick of a piece [s]: a straight line between tempo changes.
 *
 * @returns A function of the tick; ticks after the last change go on at its tempo.
 */
export function secondsOf(
  song: Pick<Song, "tempos" | "ticksPerQuarter">,
): (tick: number) => number {
  const { tempos, ticksPerQuarter } = song;
  const starts: number[] = [];
  const perTick = tempos.map(({ bpm }) => 60 / bpm / ticksPerQuarter);
  let seconds = 0;
  for (const [i, { tick }] of tempos.entries()) {
    const before = tempos[i - 1];
    if (before !== undefined) seconds += (tick - before.tick) * (perTick[i - 1] ?? 0);
    starts.push(seconds);
  }
  return (tick) => {
    let i = tempos.length - 1;
    while (i > 0 && (tempos[i]?.tick ?? 0) > tick) i--;
    return (starts[i] ?? 0) + (tick - (tempos[i]?.tick ?? 0)) * (perTick[i] ?? 0);
  };
}
