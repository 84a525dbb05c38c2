/** @file One-shot sounds out of recordings: without the silence around them, and one by one where a recording holds several. */

/** Where a sound lies in its recording. */
export interface Piece {
  /** First sample. */
  readonly start: number;
  /** First sample behind it. */
  readonly end: number;
  /** Largest absolute value. */
  readonly peak: number;
}

/** How recordings are cut. */
export interface CutOptions {
  readonly sampleRate: number;
  /** Length of the sounds that a model makes [samples]. */
  readonly length: number;
  /** Most sounds of a recording. `"auto"`: 16 of those longer than one and a half sounds, else 1. */
  readonly pieces: number | "auto";
}

/** Most pieces of a recording where nothing was asked for. */
const USUAL_PIECES = 16;

/** Recordings up to this many times the length of a sound are one sound. */
const LONG = 1.5;

/** Level below which a recording is silent: -60 dB of full scale. */
const SILENT = 1e-3;

/** Blocks in which levels are looked at [s]. */
const BLOCK = 0.005;

/** Beginning and end of a sound: levels below the loudest block [dB]. */
const EDGES = { start: -40, end: -60 } as const;

/** Sounds shorter than this are clicks [s]. */
const LEAST = 0.01;

/** An onset rises by so many dB above what was just before, to a level not so far below the loudest block, and so long after the one before [dB, dB, s]. */
const ONSET = { rise: 9, level: -26, gap: 0.1 } as const;

/** Blocks before an onset that it is compared with. */
const BEFORE = [8, 2] as const;

/**
 * The sounds in a recording, in their order, or why there are none.
 *
 * Silence at both ends is left out. A recording that is longer than one and a half sounds is cut where something begins (a rise of its level by 9 dB): each piece
 * lasts until the next one begins.
 */
export function cutRecording(
  samples: Float32Array,
  options: CutOptions,
): Piece[] | "silence" | "too short" {
  const { sampleRate, length, pieces } = options;
  const block = Math.round(BLOCK * sampleRate);
  const levels = levelsOf(samples, block);
  const loudest = levels.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (peakOf(samples, 0, samples.length) < SILENT) return "silence";
  const first = Math.max(0, levels.findIndex((level) => level > loudest + EDGES.start) - 1);
  const last = levels.findLastIndex((level) => level > loudest + EDGES.end);
  const [start, end] = [first * block, Math.min(samples.length, (last + 1) * block)];
  const least = LEAST * sampleRate;
  if (end - start < least) return "too short";
  const most = pieces === "auto" ? USUAL_PIECES : pieces;
  const onsets =
    most > 1 && end - start > LONG * length
      ? onsetsOf(levels, loudest, first, last, sampleRate / block)
      : [];
  return [first, ...strongest(onsets, most - 1)]
    .map((from) => {
      const next = onsets.find(({ at }) => at > from);
      return {
        start: from * block,
        end: next === undefined ? end : Math.min(end, next.at * block),
      };
    })
    .filter((piece) => piece.end - piece.start >= least)
    .map((piece) => ({ ...piece, peak: peakOf(samples, piece.start, piece.end) }));
}

/** Level of each block [dB], -120 at least. */
function levelsOf(samples: Float32Array, block: number): Float64Array {
  return new Float64Array(Math.ceil(samples.length / block)).map((_, i) => {
    const part = samples.subarray(i * block, (i + 1) * block);
    return 10 * Math.log10(part.reduce((sum, x) => sum + x * x, 0) / part.length + 1e-12);
  });
}

interface Onset {
  /** Block. */
  readonly at: number;
  /** [dB] */
  readonly rise: number;
}

/** Blocks after the first sound at which another one begins. */
function onsetsOf(
  levels: Float64Array,
  loudest: number,
  first: number,
  last: number,
  blocksPerSecond: number,
): Onset[] {
  const gap = ONSET.gap * blocksPerSecond;
  const found: Onset[] = [];
  for (let t = first + BEFORE[0]; t <= last; t++) {
    const level = levels[t] as number;
    if (level < loudest + ONSET.level) continue;
    let before = Number.NEGATIVE_INFINITY;
    for (let i = t - BEFORE[0]; i <= t - BEFORE[1]; i++)
      before = Math.max(before, levels[i] as number);
    const rise = level - before;
    if (rise < ONSET.rise || t - (found.at(-1)?.at ?? first) < gap) continue;
    found.push({ at: Math.max(first, t - 1), rise });
  }
  return found;
}

/** The strongest onsets, in the order of time. */
function strongest(onsets: readonly Onset[], most: number): number[] {
  return [...onsets]
    .sort((a, b) => b.rise - a.rise || a.at - b.at)
    .slice(0, most)
    .map(({ at }) => at)
    .sort((a, b) => a - b);
}

function peakOf(samples: Float32Array, start: number, end: number): number {
  let peak = 0;
  for (let i = start; i < end; i++) peak = Math.max(peak, Math.abs(samples[i] as number));
  return peak;
}
