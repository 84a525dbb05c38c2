/** @file How a sound becomes a picture: frequency bands from low at the bottom to high at the top, time from left to right. */
import { ConfigError } from "../../base/errors.ts";

/** Everything that turns sounds of one kind into pictures and back. */
export interface SoundFormat {
  /** Of the sound [Hz]. */
  readonly sampleRate: number;
  /** Samples that a column looks at, weighted by a Hann window. */
  readonly window: number;
  /** Samples from one column to the next. */
  readonly hop: number;
  /** Rows: mel bands. */
  readonly bands: number;
  /** Columns: moments. */
  readonly frames: number;
}

/** Lowest frequency that the bands hear [Hz]; the highest is half of the sample rate. */
export const LOWEST_HZ = 20;

/** Level of black below that of white, a sine of full scale [dB]. */
export const RANGE_DB = 80;

/** Samples that a picture stands for. */
export function samplesOf({ hop, frames }: Pick<SoundFormat, "hop" | "frames">): number {
  return hop * frames;
}

/** Length of the sound that a picture stands for [s]. */
export function secondsOf(format: SoundFormat): number {
  return samplesOf(format) / format.sampleRate;
}

/**
 * The format that a model file names in its architecture.
 *
 * @param where Name of the file, for messages.
 * @throws {ConfigError} if its numbers are none that sounds can have.
 */
export function formatOfModel(
  architecture: {
    readonly height: number;
    readonly width: number;
    readonly extra?: Readonly<Record<string, number>>;
  },
  where: string,
): SoundFormat {
  const { height, width, extra = {} } = architecture;
  const { sampleRate = 0, window = 0, hop = 0 } = extra;
  const whole = [sampleRate, window, hop].every((n) => Number.isInteger(n) && n > 0);
  if (!whole || sampleRate > 192_000 || window > 2 ** 15 || hop > window) {
    throw new ConfigError(
      `${where}: the model gives no usable format of sound (sample rate ${sampleRate} Hz, window ${window}, hop ${hop}), expected a model that \`ganbox sounds train\` made.`,
    );
  }
  return { sampleRate, window, hop, bands: height, frames: width };
}
