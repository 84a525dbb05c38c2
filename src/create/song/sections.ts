/** @file The parts of a song, where its sound changes for good. */
import { BANDS, CHROMA_RATE, CURVE_RATE, type Curves } from "./curves.ts";

/** A part of a song. */
export interface Section {
  /** [s] */
  readonly start: number;
  readonly end: number;
  /** Kind, counted from 0 in the order of appearance: sections that sound alike have the same. */
  readonly kind: number;
}

/** Descriptions a second [1/s]. */
const RATE = 2;

/** Time that is compared with as much time after it [s]. */
const REACH = 12;

/** Shortest section [s]. */
const SHORTEST = 8;

/** Bands of a description: neighbours are added up. */
const MERGED = 4;

/** Least novelty of a boundary, as a part of the largest possible, and in standard deviations above the mean. */
const NOVELTY = { least: 0.06, deviations: 0.5 } as const;

/** Likeness (cosine, -1 to 1) from which two sections are of one kind. */
const ALIKE = 0.7;

/** Length of a description: loudness in bands, loudness as a whole, 12 pitch classes. */
const FEATURES = BANDS / MERGED + 1 + 12;

/**
 * The sections of a song: boundaries where what comes after is unlike what was before while both are like themselves.
 *
 * A description of each half second (levels in bands, loudness, chroma; each in standard deviations) is compared with those around it; a checkerboard with
 * Gaussian sides, moved along the diagonal of this self-similarity, peaks at boundaries (Foote 2000, "Automatic Audio Segmentation Using a Measure of
 * Audio Novelty", ICME). Boundaries move to the nearest bar.
 *
 * @param bars Times of the bars [s].
 */
export function findSections(curves: Curves, bars: readonly number[]): Section[] {
  const { seconds } = curves;
  const features = describe(curves);
  const moments = features.length / FEATURES;
  const times = pickBoundaries(noveltyOf(features, moments)).map((t) =>
    nearest(bars, t / RATE, SHORTEST / 4),
  );
  const edges = [0, ...times.filter((t) => t > 0 && t < seconds), seconds];
  const kinds: Float64Array[] = [];
  return edges.slice(1).map((end, i) => {
    const start = edges[i] as number;
    const mean = meanOf(
      features,
      Math.round(start * RATE),
      Math.min(moments, Math.round(end * RATE)),
    );
    let kind = kinds.findIndex((other) => cosine(mean, other) >= ALIKE);
    if (kind === -1) kind = kinds.push(mean) - 1;
    return { start, end, kind };
  });
}

/** [moments, FEATURES], each feature with mean 0 and deviation 1. */
function describe({ length, bands, loudPower, chroma, seconds }: Curves): Float32Array {
  const moments = Math.max(1, Math.floor(seconds * RATE));
  const out = new Float32Array(moments * FEATURES);
  for (let m = 0; m < moments; m++) {
    const row = out.subarray(m * FEATURES, (m + 1) * FEATURES);
    const [from, to] = span(m, CURVE_RATE, length);
    for (let t = from; t < to; t++) {
      for (let b = 0; b < BANDS; b++) {
        const k = Math.floor(b / MERGED);
        row[k] = (row[k] as number) + (bands[t * BANDS + b] as number) / (to - from);
      }
      row[BANDS / MERGED] =
        (row[BANDS / MERGED] as number) + (loudPower[t] as number) / (to - from);
    }
    for (let k = 0; k <= BANDS / MERGED; k++) row[k] = Math.log10(1e-8 + (row[k] as number));
    const [first, last] = span(m, CHROMA_RATE, chroma.length / 12);
    for (let t = first; t < last; t++) {
      for (let c = 0; c < 12; c++) {
        const at = FEATURES - 12 + c;
        row[at] = (row[at] as number) + (chroma[12 * t + c] as number) / (last - first);
      }
    }
  }
  for (let f = 0; f < FEATURES; f++) standardise(out, f, moments);
  return out;
}

/** Values of a curve that belong to description `m`. */
function span(m: number, rate: number, length: number): [number, number] {
  const from = Math.min(length - 1, Math.floor((m / RATE) * rate));
  return [from, Math.min(length, Math.max(from + 1, Math.floor(((m + 1) / RATE) * rate)))];
}

function standardise(data: Float32Array, f: number, moments: number): void {
  let [sum, squares] = [0, 0];
  for (let m = 0; m < moments; m++) {
    const x = data[m * FEATURES + f] as number;
    sum += x;
    squares += x * x;
  }
  const mean = sum / moments;
  const deviation = Math.sqrt(Math.max(0, squares / moments - mean * mean));
  for (let m = 0; m < moments; m++) {
    const at = m * FEATURES + f;
    data[at] = deviation < 1e-6 ? 0 : ((data[at] as number) - mean) / deviation;
  }
}

/** Novelty between moment t - 1 and t, 0 to 1. */
function noveltyOf(features: Float32Array, moments: number): Float32Array {
  const reach = REACH * RATE;
  const row = (t: number): Float32Array => features.subarray(t * FEATURES, (t + 1) * FEATURES);
  // Similarities of each moment with those up to 2 reach later: the band of the matrix that the kernel ever sees.
  const band = Array.from({ length: moments }, (_, t) =>
    Float32Array.from({ length: Math.min(2 * reach, moments - t) }, (_, d) =>
      cosine(row(t), row(t + d)),
    ),
  );
  const taper = (i: number): number => Math.exp(-0.5 * (i / (0.5 * reach)) ** 2);
  return new Float32Array(moments).map((_, t) => {
    const around = Math.min(reach, t, moments - t);
    if (around < (SHORTEST * RATE) / 2) return 0;
    let [sum, weight] = [0, 0];
    for (let i = -around; i < around; i++) {
      for (let j = i + 1; j < around; j++) {
        const w = taper(i + 0.5) * taper(j + 0.5);
        const similar = band[t + i]?.[j - i] ?? 0;
        sum += i < 0 === j < 0 ? w * similar : -w * similar;
        weight += w;
      }
    }
    return Math.max(0, sum / weight);
  });
}

function pickBoundaries(novelty: Float32Array): number[] {
  const apart = SHORTEST * RATE;
  const mean = novelty.reduce((sum, x) => sum + x, 0) / novelty.length;
  const deviation = Math.sqrt(
    novelty.reduce((sum, x) => sum + (x - mean) ** 2, 0) / novelty.length,
  );
  const least = Math.max(NOVELTY.least, mean + NOVELTY.deviations * deviation);
  const strongest = [...novelty.keys()]
    .filter((t) => (novelty[t] as number) >= least)
    .sort((a, b) => (novelty[b] as number) - (novelty[a] as number));
  const picked: number[] = [];
  for (const t of strongest) {
    const free = t >= apart && novelty.length - t >= apart;
    if (free && picked.every((other) => Math.abs(other - t) >= apart)) picked.push(t);
  }
  return picked.sort((a, b) => a - b);
}

/** The time of `times` that is nearest to `t`, if any is within `reach`, else `t`. */
function nearest(times: readonly number[], t: number, reach: number): number {
  let best = t;
  let distance = reach;
  for (const time of times) {
    if (Math.abs(time - t) < distance) [best, distance] = [time, Math.abs(time - t)];
  }
  return best;
}

function meanOf(features: Float32Array, from: number, to: number): Float64Array {
  const mean = new Float64Array(FEATURES);
  for (let t = from; t < to; t++) {
    for (let f = 0; f < FEATURES; f++) {
      mean[f] = (mean[f] as number) + (features[t * FEATURES + f] as number) / (to - from);
    }
  }
  return mean;
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa * bb === 0 ? 1 : dot / Math.sqrt(aa * bb);
}
