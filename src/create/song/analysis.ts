import { ConfigError, MediaError } from "../../base/errors.ts";
import type { AudioRange, AudioSource } from "../../media/audio/audio.ts";
import { trackBeats } from "./beats.ts";
import { CHROMA_RATE, CURVE_RATE, type Curves, measureCurves } from "./curves.ts";
import { type Onset, onsetCurve, pickOnsets } from "./onsets.ts";
import { splitParts } from "./percussion.ts";
import { findSections, type Section } from "./sections.ts";

/** What a song does when. Times are seconds from the start of the range that was analysed. */
export interface SongAnalysis {
  /** Length [s]. */
  readonly seconds: number;
  /** Values of the curves a second [1/s]. */
  readonly curveRate: number;
  /** Loudness of the last 0.4 s [LUFS], -70 in silence; of the mono mix, so up to 3 below that of stereo. */
  readonly loudness: Float32Array;
  /** Root mean square below 200 Hz, from 200 to 2500 Hz and above. */
  readonly low: Float32Array;
  readonly mid: Float32Array;
  readonly high: Float32Array;
  /** Root mean square of what lasts and of what hits. */
  readonly harmonic: Float32Array;
  readonly percussive: Float32Array;
  /** Onset strength, 0 to 1. */
  readonly onsetStrength: Float32Array;
  /** Largest absolute sample: the outline of the waveform. */
  readonly peaks: Float32Array;
  /** Strengths of the pitch classes from C, [moments, 12], 0 to 1. */
  readonly chroma: Float32Array;
  /** Vectors of `chroma` a second [1/s]. */
  readonly chromaRate: number;
  readonly onsets: readonly Onset[];
  /** [BPM]; undefined if there is no rhythm. */
  readonly tempo: number | undefined;
  /** Times of the beats. */
  readonly beats: readonly number[];
  /** Times of the first beats of bars, taken to have four beats. */
  readonly bars: readonly number[];
  /** One after the other from 0 to the end. */
  readonly sections: readonly Section[];
}

/** How a song is analysed. */
export interface AnalyseOptions extends AudioRange {
  /** Told the seconds that were read, and how many there are if that is known. */
  readonly onProgress?: (seconds: number, total: number | undefined) => void;
}

/** Longest song [s]: two hours, whose curves take 200 MB. */
const LONGEST = 7200;

/** Shortest song [s]. */
const SHORTEST = 0.1;

/** Window of loudness [s] (EBU Tech 3341, momentary), and what silence is given [LUFS]. */
const LOUDNESS = { window: 0.4, silence: -70 } as const;

/** Beats a bar. */
const BEATS_A_BAR = 4;

/**
 * Analyses a song: loudness, energy, onsets, tempo, beats, bars, chroma and sections. Silence has none of these but is no error.
 *
 * @throws {ConfigError} if the range is none, or longer than two hours.
 * @throws {MediaError} if the song cannot be read, or has less than 0.1 s of sound in the range.
 */
export async function analyseSong(
  source: AudioSource,
  options: AnalyseOptions = {},
): Promise<SongAnalysis> {
  const { start = 0, seconds, onProgress } = options;
  checkRange(source, start, seconds);
  const rest = source.seconds === undefined ? undefined : source.seconds - start;
  const total = Math.min(rest ?? Number.POSITIVE_INFINITY, seconds ?? Number.POSITIVE_INFINITY);
  const curves = await measureCurves(
    source,
    { start, ...(seconds === undefined ? {} : { seconds }) },
    (read) => {
      if (read > LONGEST) throw tooLong(source, read);
      onProgress?.(read, Number.isFinite(total) ? total : undefined);
    },
  );
  if (curves.seconds < SHORTEST) {
    throw new MediaError(
      `${source.name}: there are ${curves.seconds.toFixed(2)} seconds of sound from second ${start} on, expected at least ${SHORTEST}. Choose another song or an earlier start.`,
    );
  }
  return analyseCurves(curves);
}

/** What follows from the curves of a song. */
function analyseCurves(curves: Curves): SongAnalysis {
  const onsetStrength = onsetCurve(curves.bands);
  const grid = trackBeats(onsetStrength);
  const bars = findBars(grid.beats, curves);
  const { harmonic, percussive } = splitParts(curves.bands);
  const root = (x: number): number => Math.sqrt(x);
  return {
    seconds: curves.seconds,
    curveRate: CURVE_RATE,
    loudness: loudnessOf(curves.loudPower),
    low: curves.low.map(root),
    mid: curves.mid.map(root),
    high: curves.high.map(root),
    harmonic: harmonic.map(root),
    percussive: percussive.map(root),
    onsetStrength,
    peaks: curves.peaks,
    chroma: curves.chroma,
    chromaRate: CHROMA_RATE,
    onsets: pickOnsets(onsetStrength),
    ...grid,
    bars,
    sections: findSections(curves, bars),
  };
}

function checkRange(source: AudioSource, start: number, seconds: number | undefined): void {
  if (!(start >= 0 && Number.isFinite(start))) {
    throw new ConfigError(`start: got ${start}, expected 0 or more seconds.`);
  }
  if (seconds !== undefined && !(seconds > 0)) {
    throw new ConfigError(`seconds: got ${seconds}, expected more than 0.`);
  }
  const length = source.seconds;
  if (length !== undefined && start >= length && length > 0) {
    throw new ConfigError(
      `start: second ${start} is after the end of ${source.name} (${length.toFixed(1)} seconds). Choose an earlier one.`,
    );
  }
  const wanted = Math.min(seconds ?? Number.POSITIVE_INFINITY, (length ?? 0) - start);
  if (wanted > LONGEST) throw tooLong(source, wanted);
}

function tooLong(source: AudioSource, seconds: number): ConfigError {
  return new ConfigError(
    `${source.name}: ${(seconds / 3600).toFixed(1)} hours are too long, expected at most ${LONGEST / 3600}. Choose a part with start and seconds (--start 600 --seconds 300).`,
  );
}

/** `-0.691 + 10 log10(mean square)` over the last 0.4 s (ITU-R BS.1770-5). */
function loudnessOf(power: Float32Array): Float32Array {
  const window = Math.round(LOUDNESS.window * CURVE_RATE);
  let sum = 0;
  return power.map((x, t) => {
    sum += x - (t >= window ? (power[t - window] as number) : 0);
    const mean = Math.max(0, sum) / Math.min(window, t + 1);
    return Math.max(LOUDNESS.silence, -0.691 + 10 * Math.log10(mean + 1e-12));
  });
}

/** Bars begin at every fourth beat, from the first, second, third or fourth: where the bass rises and the harmony changes most. */
function findBars(beats: readonly number[], { low, chroma, length }: Curves): number[] {
  const scores = Array.from({ length: BEATS_A_BAR }, () => 0);
  const moments = chroma.length / 12;
  const bass = (t: number): number => Math.log1p(1000 * (low[Math.round(t)] ?? 0));
  for (const [i, beat] of beats.entries()) {
    const at = Math.min(length - 1, beat * CURVE_RATE);
    const rise = Math.max(0, bass(at + 3) - bass(at - 3));
    const [before, after] = [-2, 2].map((shift) => {
      const m = Math.max(0, Math.min(moments - 1, Math.round(beat * CHROMA_RATE) + shift));
      return chroma.subarray(12 * m, 12 * m + 12);
    });
    const change = before?.reduce((sum, x, c) => sum + Math.abs(x - (after?.[c] ?? 0)), 0) ?? 0;
    scores[i % BEATS_A_BAR] = (scores[i % BEATS_A_BAR] as number) + rise + change / 6;
  }
  const first = scores.indexOf(Math.max(...scores));
  return beats.filter((_, i) => i % BEATS_A_BAR === first);
}
