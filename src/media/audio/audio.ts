/** @file Sound in memory, and where it comes from. */

/** Some sound: one array a channel, all of one length, full scale at -1 and 1. */
export type AudioChunk = readonly Float32Array[];

/**
 * Order of the channels where there are more than two. "wave": front left, right, centre, low frequencies, back or side; "vorbis" (Ogg, see
 * the Vorbis I specification, 4.3.9): the centre second, the low frequencies last.
 */
export type ChannelOrder = "wave" | "vorbis";

/** A part of a recording. */
export interface AudioRange {
  /** First moment [s]. @default 0 */
  readonly start?: number;
  /** Length [s]. @default to the end */
  readonly seconds?: number;
}

/** A recording that can be read more than once, in pieces. */
export interface AudioSource {
  /** For messages: the path of a file. */
  readonly name: string;
  /** Sample rate [Hz]. */
  readonly sampleRate: number;
  readonly channels: number;
  readonly order: ChannelOrder;
  /** Length [s] as far as the file tells without being decoded. */
  readonly seconds: number | undefined;
  /** Sample rate [Hz] and channels in the file, where its decoder converts them and they are known. @default those of the source */
  readonly recorded?: { readonly sampleRate: number; readonly channels: number };
  /**
   * The sound of a range, in order, in chunks of at most a few seconds; less where the recording ends before the range.
   *
   * @throws {MediaError} if the file is damaged so that nothing can be read, or can no longer be read.
   */
  read(range?: AudioRange): AsyncGenerator<AudioChunk, void, undefined>;
}

/**
 * A source of sound that is in memory, for music that was made and not read.
 *
 * @param channels One array a channel, of one length.
 */
export function audioInMemory(name: string, channels: AudioChunk, sampleRate: number): AudioSource {
  const frames = channels[0]?.length ?? 0;
  return {
    name,
    sampleRate,
    channels: channels.length,
    order: "wave",
    seconds: frames / sampleRate,
    async *read({ start = 0, seconds = Number.POSITIVE_INFINITY } = {}) {
      const first = Math.round(start * sampleRate);
      const end = Math.min(frames, first + Math.round(seconds * sampleRate));
      for (let at = first; at < end; at += sampleRate) {
        yield channels.map((samples) => samples.subarray(at, Math.min(end, at + sampleRate)));
      }
    },
  };
}
