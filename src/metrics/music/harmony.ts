import {
  BEATS_PER_BAR,
  DRUMS,
  PARTS,
  type Part,
  partRoll,
  type Rolls,
  stepsOf,
} from "../../data/music/rolls.ts";
import { PITCH_CLASSES } from "./part-metrics.ts";

/** Pitch classes of the scale of C major. The natural minor scales hold the same notes as the major ones, so twelve scales are all of them. */
const MAJOR = [0, 2, 4, 5, 7, 9, 11];

/** Radii of the circles of fifths, minor thirds and major thirds. */
const RADII = [1, 1, 0.5] as const;

/** Turns of a semitone on these circles [half turns]. */
const TURNS = [7 / 6, 3 / 2, 2 / 3] as const;

/**
 * In-scale ratio: share of notes (drums left out) in the major or minor scale that fits each segment best; mean over the segments with notes.
 *
 * About 7/12 and a little more for notes at random, 1 for music that keeps to one key.
 *
 * @returns Null if there are no notes.
 * @see Mogren 2016, "C-RNN-GAN", arXiv:1611.09904: scale consistency
 */
export function inScale(rolls: Rolls): number | null {
  let sum = 0;
  let segments = 0;
  for (let segment = 0; segment < rolls.count; segment++) {
    const counts = classCounts(rolls, segment);
    const notes = counts.reduce((total, count) => total + count, 0);
    if (notes === 0) continue;
    let best = 0;
    for (let root = 0; root < PITCH_CLASSES; root++) {
      const within = MAJOR.reduce(
        (total, step) => total + (counts[(root + step) % PITCH_CLASSES] as number),
        0,
      );
      best = Math.max(best, within);
    }
    sum += best / notes;
    segments++;
  }
  return segments === 0 ? null : sum / segments;
}

/** Notes of each pitch class that begin in a segment, drums left out. */
function classCounts(rolls: Rolls, segment: number): Float64Array {
  const counts = new Float64Array(PITCH_CLASSES);
  const { pitches, lowPitch } = rolls.format;
  for (let part = 0; part < PARTS.length; part++) {
    if (part === DRUMS) continue;
    const roll = partRoll(rolls, segment, part);
    for (let cell = 0; cell < roll.length; cell++) {
      if (roll[cell] === 0 || (cell >= pitches && roll[cell - pitches] !== 0)) continue;
      const pitchClass = (lowPitch + (cell % pitches)) % PITCH_CLASSES;
      counts[pitchClass] = (counts[pitchClass] as number) + 1;
    }
  }
  return counts;
}

/** Tonal distance of two parts. */
export interface PairDistance {
  readonly parts: readonly [Part, Part];
  /** Mean over the beats in which both sound; null if there are none. */
  readonly distance: number | null;
}

/**
 * TD, tonal distance of each pair of parts with pitches: Euclidean distance of their tonal centroids beat by beat. Low where parts play in harmony.
 *
 * The centroid of a beat is its chroma (how long each pitch class sounds, divided by the sum) on three circles: fifths, minor thirds, major thirds.
 *
 * @see Harte, Sandler, Gasser 2006, "Detecting Harmonic Change in Musical Audio", https://doi.org/10.1145/1178723.1178727
 */
export function tonalDistances(rolls: Rolls): PairDistance[] {
  const pairs: PairDistance[] = [];
  const centroids = PARTS.map((_, part) => (part === DRUMS ? [] : centroidsOf(rolls, part)));
  for (let a = DRUMS + 1; a < PARTS.length; a++) {
    for (let b = a + 1; b < PARTS.length; b++) {
      let sum = 0;
      let beats = 0;
      for (const [i, first] of (centroids[a] ?? []).entries()) {
        const second = centroids[b]?.[i];
        if (first === undefined || second === undefined) continue;
        sum += Math.hypot(...first.map((value, k) => value - (second[k] ?? 0)));
        beats++;
      }
      const parts = [PARTS[a] as Part, PARTS[b] as Part] as const;
      pairs.push({ parts, distance: beats === 0 ? null : sum / beats });
    }
  }
  return pairs;
}

/** Tonal centroid [6] of every beat of a part; undefined where it is silent. */
function centroidsOf(rolls: Rolls, part: number): (readonly number[] | undefined)[] {
  const { stepsPerBar, pitches, lowPitch } = rolls.format;
  const perBeat = (stepsPerBar / BEATS_PER_BAR) * pitches;
  const beats = stepsOf(rolls) / (stepsPerBar / BEATS_PER_BAR);
  const centroids: (readonly number[] | undefined)[] = [];
  for (let segment = 0; segment < rolls.count; segment++) {
    const roll = partRoll(rolls, segment, part);
    for (let beat = 0; beat < beats; beat++) {
      const chroma = new Float64Array(PITCH_CLASSES);
      for (let cell = beat * perBeat; cell < (beat + 1) * perBeat; cell++) {
        if (roll[cell] === 0) continue;
        const pitchClass = (lowPitch + (cell % pitches)) % PITCH_CLASSES;
        chroma[pitchClass] = (chroma[pitchClass] as number) + 1;
      }
      centroids.push(centroid(chroma));
    }
  }
  return centroids;
}

function centroid(chroma: Float64Array): readonly number[] | undefined {
  const total = chroma.reduce((sum, value) => sum + value, 0);
  if (total === 0) return undefined;
  return TURNS.flatMap((turn, i) => {
    const radius = RADII[i] as number;
    let [x, y] = [0, 0];
    for (const [pitchClass, value] of chroma.entries()) {
      x += value * Math.sin(pitchClass * turn * Math.PI);
      y += value * Math.cos(pitchClass * turn * Math.PI);
    }
    return [(radius * x) / total, (radius * y) / total];
  });
}
