import { ConfigError } from "../../base/errors.ts";
import { formatSize, type Size } from "../../base/size.ts";
import type { Architecture, Frame } from "../family.ts";

/** Drums, piano, guitar, bass, strings. */
const PARTS = 5;

/** Steps of a bar of 4/4: sixteenths. */
export const STEPS_PER_BAR = 16;

/** Beats of a bar. */
export const BEATS = 4;

/** Steps of a beat. */
export const STEPS_PER_BEAT: number = STEPS_PER_BAR / BEATS;

/** Pitches of an octave. */
export const OCTAVE = 12;

/** Levels of the networks: bars and beats. */
const LEVELS = 2;

/** Four bars of six octaves. */
const USUAL: Size = { width: 72, height: 64 };

/** Most bars of a segment, and most octaves. */
const MOST = { bars: 16, octaves: 8 } as const;

/** Bars of a segment: rows of an architecture are steps, columns are pitches, channels are parts. */
export const barsOf = ({ height }: Pick<Architecture, "height">): number => height / STEPS_PER_BAR;

/**
 * The size of a segment as a picture: five parts of 64 steps (four bars) and 72 pitches unless asked for otherwise.
 *
 * @throws {ConfigError} if the size asked for is no whole number of bars and octaves, or too large.
 */
export function frame(asked: Size = USUAL): Frame {
  const { width, height } = asked;
  const [bars, octaves] = [height / STEPS_PER_BAR, width / OCTAVE];
  const whole = (count: number, least: number, most: number): boolean =>
    Number.isInteger(count) && count >= least && count <= most;
  if (whole(bars, 1, MOST.bars) && whole(octaves, 2, MOST.octaves))
    return { ...asked, channels: PARTS, stages: LEVELS };
  throw new ConfigError(
    `resolution: ${formatSize(asked)} is no segment of music, expected pitches x steps: a multiple of ${OCTAVE} up to ${OCTAVE * MOST.octaves}, and ${STEPS_PER_BAR} for each of up to ${MOST.bars} bars, such as ${formatSize(USUAL)}.`,
  );
}
