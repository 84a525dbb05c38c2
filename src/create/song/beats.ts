/**
 * @file Tempo and beats by dynamic programming: Ellis 2007, "Beat Tracking by Dynamic Programming", Journal of New Music Research 36(1).
 */
import { CURVE_RATE } from "./curves.ts";
import { onsetTime, vertex } from "./onsets.ts";

/** Tempos that are looked for [BPM], the one that listeners prefer, and how far around it they do [octaves]. */
const TEMPO = { slowest: 40, fastest: 240, preferred: 120, spread: 0.9 } as const;

/** Weight of steadiness against onsets. */
const TIGHTNESS = 400;

/** Beats at both ends that are this much weaker than the usual beat are left out: the song has not begun, or is over. */
const WEAK = 0.1;

/** Least correlation of the onset curve with itself a beat later that makes a rhythm. */
const LEAST_RHYTHM = 0.05;

/** Beats of a song. */
export interface BeatGrid {
  /** Usual tempo [BPM]; undefined if there is no rhythm. */
  readonly tempo: number | undefined;
  /** Times of the beats [s], in order. */
  readonly beats: readonly number[];
}

/**
 * The beats of an onset curve: the series of moments that best lies on strong onsets and at steady distances,
 * `sum O(t_i) - 400 sum log^2((t_i - t_(i-1)) / period)`.
 */
export function trackBeats(onsets: Float32Array): BeatGrid {
  const score = smoothed(onsets);
  const period = findPeriod(score);
  if (period === undefined) return { tempo: undefined, beats: [] };
  const frames = trimWeak(bestSeries(score, period), score);
  const beats = frames.map((t) => onsetTime(t + nearestPeak(onsets, t)));
  if (beats.length < 2) return { tempo: undefined, beats: [] };
  const gaps = beats.slice(1).map((time, i) => time - (beats[i] as number));
  gaps.sort((a, b) => a - b);
  // The mean of the middle half: not misled by single beats, and finer than the grid of moments.
  const middle = gaps.slice(Math.floor(gaps.length / 4), Math.ceil((3 * gaps.length) / 4));
  return { tempo: (60 * middle.length) / middle.reduce((sum, gap) => sum + gap, 0), beats };
}

/** The curve without its slow changes, in standard deviations, slightly blurred. */
function smoothed(onsets: Float32Array): Float32Array {
  const local = Math.round(CURVE_RATE); // one second to each side
  const sums = new Float64Array(onsets.length + 1);
  for (let t = 0; t < onsets.length; t++) sums[t + 1] = (sums[t] as number) + (onsets[t] as number);
  const flat = onsets.map((x, t) => {
    const [from, to] = [Math.max(0, t - local), Math.min(onsets.length, t + local + 1)];
    return Math.max(0, x - ((sums[to] as number) - (sums[from] as number)) / (to - from));
  });
  const out = flat.map((x, t) => 0.5 * x + 0.25 * ((flat[t - 1] ?? 0) + (flat[t + 1] ?? 0)));
  const deviation = Math.sqrt(out.reduce((sum, x) => sum + x * x, 0) / Math.max(1, out.length));
  return deviation === 0 ? out : out.map((x) => x / deviation);
}

/** Moments between beats: the lag at which the curve is most like itself, weighted by how usual that tempo is. */
function findPeriod(score: Float32Array): number | undefined {
  const longest = Math.ceil((60 / TEMPO.slowest) * CURVE_RATE);
  const most = 2 * longest + 2;
  const auto = new Float64Array(most + 1);
  for (let lag = 0; lag <= most; lag++) {
    let sum = 0;
    for (let t = lag; t < score.length; t++)
      sum += (score[t] as number) * (score[t - lag] as number);
    auto[lag] = sum;
  }
  const at = (lag: number): number => auto[lag] ?? 0;
  let [best, bestLag] = [0, 0];
  for (let lag = Math.floor((60 / TEMPO.fastest) * CURVE_RATE); lag <= longest; lag++) {
    const octaves = Math.log2((60 * CURVE_RATE) / lag / TEMPO.preferred);
    const usual = Math.exp(-0.5 * (octaves / TEMPO.spread) ** 2);
    // Beats of duple metre also agree two beats later.
    const value =
      usual * (at(lag) + 0.5 * at(2 * lag) + 0.25 * (at(2 * lag - 1) + at(2 * lag + 1)));
    if (value > best) [best, bestLag] = [value, lag];
  }
  if (bestLag === 0 || at(bestLag) < LEAST_RHYTHM * at(0)) return undefined;
  return bestLag + vertex(Float32Array.from(auto), bestLag);
}

function bestSeries(score: Float32Array, period: number): number[] {
  const [nearest, farthest] = [Math.round(period / 2), Math.round(2 * period)];
  const cost = new Float64Array(farthest + 1);
  for (let gap = nearest; gap <= farthest; gap++) {
    cost[gap] = TIGHTNESS * Math.log(gap / period) ** 2;
  }
  const total = new Float64Array(score.length);
  const previous = new Int32Array(score.length).fill(-1);
  for (let t = 0; t < score.length; t++) {
    let [best, from] = [0, -1]; // a series may begin anywhere
    for (let gap = nearest; gap <= farthest && gap <= t; gap++) {
      const value = (total[t - gap] as number) - (cost[gap] as number);
      if (value > best) [best, from] = [value, t - gap];
    }
    total[t] = (score[t] as number) + best;
    previous[t] = from;
  }
  // The series ends in the last period, at its best place.
  let end = score.length - 1;
  for (let t = Math.max(0, score.length - Math.ceil(period)); t < score.length; t++) {
    if ((total[t] as number) > (total[end] as number)) end = t;
  }
  const series: number[] = [];
  for (let t = end; t >= 0; t = previous[t] as number) series.push(t);
  return series.reverse();
}

function trimWeak(series: readonly number[], score: Float32Array): number[] {
  const strength = series.map((t) =>
    Math.max(score[t - 1] ?? 0, score[t] as number, score[t + 1] ?? 0),
  );
  const usual = Math.sqrt(strength.reduce((sum, x) => sum + x * x, 0) / strength.length);
  const strong = (x: number): boolean => x > WEAK * usual;
  const [first, last] = [strength.findIndex(strong), strength.findLastIndex(strong)];
  return first < 0 ? [] : series.slice(first, last + 1);
}

/** From a beat to the top of the onset that it lies on, if it lies on one. */
function nearestPeak(onsets: Float32Array, t: number): number {
  let best = 0;
  for (const shift of [-1, 1, -2, 2]) {
    if ((onsets[t + shift] ?? 0) > (onsets[t + best] as number)) best = shift;
  }
  return best + vertex(onsets, t + best);
}
