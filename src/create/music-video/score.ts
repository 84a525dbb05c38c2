/** @file What the music does at any time, in values from 0 to 1. */
import type { SongAnalysis } from "../song/analysis.ts";

/** The music at one moment. Levels are 0 to 1 of what the song usually reaches. */
export interface MusicState {
  /** Seconds since the film began. */
  readonly time: number;
  /** Number of the last beat and of the last bar, from 0; -1 before the first. */
  readonly beat: number;
  readonly bar: number;
  /** Part of the way from the last beat, and from the last bar, to the next. */
  readonly beatPhase: number;
  readonly barPhase: number;
  /** Number of the section, and its kind: sections that sound alike have the same. */
  readonly section: number;
  readonly kind: number;
  /** 1 at a hit (a beat or a strong onset), from where it falls. */
  readonly pulse: number;
  /** The same with at least a third of a second between hits: for what would flicker. */
  readonly flash: number;
  readonly loudness: number;
  readonly low: number;
  readonly mid: number;
  readonly high: number;
  readonly harmonic: number;
  readonly percussive: number;
  /** Strengths of the 12 pitch classes from C, over about a second. */
  readonly chroma: Float32Array;
}

/** A moment that pushes the picture. */
export interface Hit {
  readonly time: number;
  /** 0 to 1 */
  readonly strength: number;
}

/** A song as pictures are made from it. */
export interface Score {
  /** Length [s]. */
  readonly seconds: number;
  readonly hits: readonly Hit[];
  readonly sections: SongAnalysis["sections"];
  readonly beats: readonly number[];
  readonly bars: readonly number[];
  /** The music at a time [s]; before the start and after the end as at the start and end. */
  at(time: number): MusicState;
}

/** Onsets between beats that are at least this strong are hits too. */
const STRONG_ONSET = 0.6;

/** A beat lends its place to an onset this near [s]: what is heard is the onset. */
const SAME_MOMENT = 0.06;

/** A hit on a beat without an onset, of a song that has beats. */
const SILENT_BEAT = 0.25;

/** Time in which a hit falls to 1/e [s], and rises before it [s]: the last part of one frame, so that the picture moves but does not jump. */
export const FALL = 0.16;
const RISE = 0.02;

/** Least time between flashes [s]: three a second are held to be safe (WCAG 2.2, criterion 2.3.1). */
const FLASH_GAP = 1 / 3;

/** Reach of the mean that levels are taken over [s]. */
const SMOOTH = { level: 0.08, loudness: 0.4, chroma: 0.5 } as const;

/** What the level of a song is measured by: only a twentieth of the time is louder. */
const USUAL_MOST = 0.95;

/** The shape of a hit: `0` up to 20 ms before, smoothly `1` at it, then `exp(-t / 0.16 s)`. */
export function envelope(sinceHit: number): number {
  if (sinceHit >= 0) return Math.exp(-sinceHit / FALL);
  const part = 1 + sinceHit / RISE;
  return part <= 0 ? 0 : part * part * (3 - 2 * part);
}

/** Prepares a song for its pictures. */
export function scoreOf(song: SongAnalysis): Score {
  const hits = hitsOf(song);
  const flashes = apart(hits);
  const { curveRate, chromaRate } = song;
  const level = (curve: Float32Array): ((t: number) => number) =>
    reader(scaled(blurred(curve, SMOOTH.level * curveRate)), curveRate);
  const levels = {
    loudness: reader(loudnessLevel(song), curveRate),
    low: level(song.low),
    mid: level(song.mid),
    high: level(song.high),
    harmonic: level(song.harmonic),
    percussive: level(song.percussive),
  };
  const chroma = blurredChroma(song.chroma, Math.round(SMOOTH.chroma * chromaRate));
  return {
    seconds: song.seconds,
    hits,
    sections: song.sections,
    beats: song.beats,
    bars: song.bars,
    at: (time) => {
      const [beat, beatPhase] = phase(song.beats, time);
      const [bar, barPhase] = phase(song.bars, time);
      const section = lastBefore(song.sections, (s) => s.start, time);
      return {
        ...{ time, beat, beatPhase, bar, barPhase },
        section: Math.max(0, section),
        kind: song.sections[Math.max(0, section)]?.kind ?? 0,
        pulse: strongest(hits, time),
        flash: strongest(flashes, time),
        loudness: levels.loudness(time),
        low: levels.low(time),
        mid: levels.mid(time),
        high: levels.high(time),
        harmonic: levels.harmonic(time),
        percussive: levels.percussive(time),
        chroma: chromaAt(chroma, time * chromaRate),
      };
    },
  };
}

function hitsOf({ beats, onsets }: SongAnalysis): Hit[] {
  // Strengths as ranks: in every song, the strongest tenth is strong.
  const sorted = onsets.map(({ strength }) => strength).sort((a, b) => a - b);
  const reference = sorted[Math.floor(0.9 * sorted.length)] ?? 1;
  const heard = onsets.map(({ time, strength }) => ({
    time,
    strength: Math.min(1, strength / reference),
  }));
  const used = new Set<Hit>();
  const onBeats = beats.map((time) => {
    const near = heard.filter((onset) => Math.abs(onset.time - time) <= SAME_MOMENT);
    for (const onset of near) used.add(onset);
    const strongest = near.reduce<Hit | undefined>(
      (best, onset) => (onset.strength > (best?.strength ?? 0) ? onset : best),
      undefined,
    );
    if (strongest === undefined) return { time, strength: SILENT_BEAT };
    return { time: strongest.time, strength: Math.min(1, 0.4 + 0.6 * strongest.strength) };
  });
  const between = heard.filter((onset) => !used.has(onset) && onset.strength >= STRONG_ONSET);
  return [...onBeats, ...between].sort((a, b) => a.time - b.time);
}

/** The hits with at least `FLASH_GAP` between them, the strong ones first. */
function apart(hits: readonly Hit[]): Hit[] {
  const kept: Hit[] = [];
  for (const hit of hits) {
    const last = kept.at(-1);
    if (last === undefined || hit.time - last.time >= FLASH_GAP) kept.push(hit);
  }
  return kept;
}

/** The largest part of a hit that is left at a time. */
function strongest(hits: readonly Hit[], time: number): number {
  let most = 0;
  for (const { hit } of recentHits(hits, time)) {
    most = Math.max(most, hit.strength * envelope(time - hit.time));
  }
  return most;
}

/** The hits that are felt at a time, with their numbers. */
export function* recentHits(
  hits: readonly Hit[],
  time: number,
): Generator<{ readonly hit: Hit; readonly index: number }, void, undefined> {
  const last = lastBefore(hits, (hit) => hit.time - RISE, time);
  for (let index = last; index >= 0; index--) {
    const hit = hits[index];
    if (hit === undefined || time - hit.time > 6 * FALL) return;
    yield { hit, index };
  }
}

/** Index of the last item whose time is not after `time`, or -1. Times are in order. */
export function lastBefore<T>(
  items: readonly T[],
  timeOf: (item: T) => number,
  time: number,
): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timeOf(items[middle] as T) <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function phase(times: readonly number[], time: number): [index: number, phase: number] {
  const index = lastBefore(times, (t) => t, time);
  const [from, to] = [times[index], times[index + 1]];
  if (from === undefined) return [index, 0];
  const length = (to ?? from + (from - (times[index - 1] ?? from - 1))) - from;
  return [index, Math.min(1, (time - from) / length)];
}

/** A curve as a function of time, straight between its values. */
function reader(curve: Float32Array, rate: number): (time: number) => number {
  return (time) => {
    const position = Math.min(curve.length - 1, Math.max(0, time * rate));
    const at = Math.floor(position);
    const [here = 0, next = here] = [curve[at], curve[at + 1]];
    return here + (next - here) * (position - at);
  };
}

/** Mean over `reach` values to each side. */
function blurred(curve: Float32Array, reach: number): Float32Array {
  const wide = Math.max(1, Math.round(reach));
  const sums = new Float64Array(curve.length + 1);
  for (let t = 0; t < curve.length; t++) sums[t + 1] = (sums[t] as number) + (curve[t] as number);
  return curve.map((_, t) => {
    const [from, to] = [Math.max(0, t - wide), Math.min(curve.length, t + wide + 1)];
    return ((sums[to] as number) - (sums[from] as number)) / (to - from);
  });
}

/** 0 to 1, where 1 is exceeded a twentieth of the time. */
function scaled(curve: Float32Array): Float32Array {
  const most = percentile(curve, USUAL_MOST);
  return most < 1e-6 ? curve.map(() => 0) : curve.map((x) => Math.min(1, x / most));
}

/** Loudness as heard: from 24 below the usual most (0) to that (1). */
function loudnessLevel({ loudness, curveRate }: SongAnalysis): Float32Array {
  const smooth = blurred(loudness, SMOOTH.loudness * curveRate);
  const most = percentile(smooth, USUAL_MOST);
  if (most <= -69) return smooth.map(() => 0);
  return smooth.map((x) => Math.min(1, Math.max(0, (x - most + 24) / 24)));
}

function percentile(curve: Float32Array, part: number): number {
  const sorted = curve.slice().sort();
  return sorted[Math.floor(part * (sorted.length - 1))] ?? 0;
}

function blurredChroma(chroma: Float32Array, reach: number): Float32Array {
  const moments = chroma.length / 12;
  const out = new Float32Array(chroma.length);
  for (let c = 0; c < 12; c++) {
    const one = blurred(
      Float32Array.from({ length: moments }, (_, m) => chroma[12 * m + c] as number),
      reach,
    );
    for (const [m, x] of one.entries()) out[12 * m + c] = x;
  }
  return out;
}

function chromaAt(chroma: Float32Array, position: number): Float32Array {
  const last = chroma.length / 12 - 1;
  const place = Math.min(last, Math.max(0, position));
  const at = Math.floor(place);
  const part = place - at;
  return new Float32Array(12).map((_, c) => {
    const here = chroma[12 * at + c] ?? 0;
    return here + ((chroma[12 * Math.min(last, at + 1) + c] ?? 0) - here) * part;
  });
}
