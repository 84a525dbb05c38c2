import type { ResolvedSettings } from "./options.ts";
import type { Score } from "./score.ts";

/** Values of a travelled distance a second [1/s]. */
const RATE = 100;

/**
 * The distance from the start at any time [s], of what moves at `speed(time)` a second: its integral. Before the start and after the end as there.
 */
export function travelled(
  seconds: number,
  speed: (time: number) => number,
): (time: number) => number {
  const steps = Math.ceil(seconds * RATE) + 1;
  const sums = new Float64Array(steps + 1);
  for (let i = 0; i < steps; i++)
    sums[i + 1] = (sums[i] as number) + speed((i + 0.5) / RATE) / RATE;
  return (time) => {
    const position = Math.min(steps, Math.max(0, time * RATE));
    const at = Math.floor(position);
    const [here = 0, next = here] = [sums[at], sums[at + 1]];
    return here + (next - here) * (position - at);
  };
}

/** Speed at a time as a part of the usual one: 1 where music is half as loud as it gets, or if loudness does nothing. */
export function paceOf(
  score: Score,
  { speed }: Pick<ResolvedSettings, "speed">,
): (time: number) => number {
  return (time) => 1 - speed + 2 * speed * score.at(time).loudness;
}
