import { DatasetError, ShapeError } from "../../base/errors.ts";
import type { Rolls } from "../../data/music/rolls.ts";
import { checkRolls } from "./music-metrics.ts";
import { cellsOf, OverlapIndex } from "./overlap.ts";

/** Segments and the file of each. */
export interface FiledRolls {
  readonly rolls: Rolls;
  readonly files: readonly string[];
}

/** What memorisation of music is measured on; all of one format and number of bars. */
export interface MusicMemorisationSets {
  readonly generated: Rolls;
  readonly training: FiledRolls;
  /** Real music that was not trained on. Segments are never compared with those of their own file. */
  readonly unseen: FiledRolls;
}

/** A generated segment and the training segment that shares most with it. */
export interface CopiedSegment {
  /** Index of the generated segment. */
  readonly generated: number;
  /** Index of the training segment, and its file. */
  readonly training: number;
  readonly file: string;
  /** Semitones by which the generated segment is moved for it. */
  readonly shift: number;
  readonly overlap: number;
}

/** Whether generated music copies training music, in any key. */
export interface MusicMemorisation {
  /**
   * Share of generated segments that lie nearer to a training segment than 95 % of the unseen ones do: about 0.05 for music that is as new as the
   * unseen, 1 when everything is copied.
   */
  readonly share: number;
  /** Median of `1 - overlap` of the generated segments, divided by that of the unseen ones: 1 like unseen, 0 copies; null if half of the unseen are copies. */
  readonly medianRatio: number | null;
  /** Share of segments whose overlap is 0.9 or more, generated and unseen. */
  readonly copied: { readonly generated: number; readonly unseen: number };
  /** Generated segments that share most, first. */
  readonly closest: readonly CopiedSegment[];
}

/** Part of the unseen segments that may be nearer. */
const PERCENTILE = 0.05;

/** Overlap from which a segment is a copy. */
const COPY = 0.9;

/** Segments that are kept to be listened to. */
const CLOSEST = 32;

/**
 * Nearest training segment of each generated one by the overlap of their cells, against the same for unseen music. The overlap is cells of both divided
 * by cells of either, the largest over 12 transpositions that leave the drums. Segments without notes are left out: silence is no copy.
 *
 * One comparison with 10,000 bars takes about 5 ms: a few hundred generated and as many unseen segments are enough.
 *
 * @throws {DatasetError} if a set is empty or silent, or no unseen segment has a training segment of another file.
 * @throws {ShapeError} if the sets differ in format or number of bars.
 */
export function musicMemorisation(sets: MusicMemorisationSets): MusicMemorisation {
  const { generated, training, unseen } = sets;
  checkSets(sets);
  const index = new OverlapIndex(training.rolls);
  const fake = nearestOf(index, generated, () => () => false);
  const real = nearestOf(
    index,
    unseen.rolls,
    (i) => (other) => training.files[other] === unseen.files[i],
  ).filter(({ nearest }) => nearest.index >= 0);
  if (fake.length === 0 || real.length === 0) {
    const which = fake.length === 0 ? "generated segments" : "unseen segments from other files";
    throw new DatasetError(
      `musicMemorisation: there are no ${which} with notes, expected at least 1. Give more music.`,
    );
  }
  const distances = (found: readonly Found[]): number[] =>
    found.map(({ nearest }) => 1 - nearest.overlap).sort((a, b) => a - b);
  const baseline = distances(real);
  const [threshold, median] = [quantile(baseline, PERCENTILE), quantile(baseline, 0.5)];
  const shareOf = (found: readonly Found[], when: (overlap: number) => boolean): number =>
    found.filter(({ nearest }) => when(nearest.overlap)).length / found.length;
  return {
    share: shareOf(fake, (overlap) => 1 - overlap < threshold),
    medianRatio: median === 0 ? null : quantile(distances(fake), 0.5) / median,
    copied: {
      generated: shareOf(fake, (overlap) => overlap >= COPY),
      unseen: shareOf(real, (overlap) => overlap >= COPY),
    },
    closest: fake
      .sort((a, b) => b.nearest.overlap - a.nearest.overlap || a.segment - b.segment)
      .slice(0, CLOSEST)
      .map(({ segment, nearest }) => ({
        generated: segment,
        training: nearest.index,
        file: training.files[nearest.index] ?? "",
        shift: nearest.shift,
        overlap: nearest.overlap,
      })),
  };
}

/** A segment that has notes, and its nearest one. */
interface Found {
  readonly segment: number;
  readonly nearest: ReturnType<OverlapIndex["nearest"]>;
}

function nearestOf(
  index: OverlapIndex,
  rolls: Rolls,
  excluded: (segment: number) => (other: number) => boolean,
): Found[] {
  const cells = cellsOf(rolls);
  const found: Found[] = [];
  for (let segment = 0; segment < rolls.count; segment++) {
    const query = rolls.data.subarray(segment * cells, (segment + 1) * cells);
    if (query.every((cell) => cell === 0)) continue;
    found.push({ segment, nearest: index.nearest(query, excluded(segment)) });
  }
  return found;
}

function checkSets({ generated, training, unseen }: MusicMemorisationSets): void {
  const where = "musicMemorisation";
  for (const [name, rolls] of Object.entries({
    generated,
    training: training.rolls,
    unseen: unseen.rolls,
  })) {
    checkRolls(where, rolls);
    const [a, b] = [rolls, generated].map(({ bars, format }) =>
      [bars, format.stepsPerBar, format.lowPitch, format.pitches].join(", "),
    );
    if (a === b) continue;
    throw new ShapeError(
      `${where}: ${name} segments have bars, steps a bar, lowest pitch and pitches ${a}, expected ${b} as the generated ones. Open both with the same options.`,
    );
  }
}

/** Quantile of ascending values, with straight lines in between. */
function quantile(sorted: readonly number[], part: number): number {
  const at = part * (sorted.length - 1);
  const low = sorted[Math.floor(at)] as number;
  const high = sorted[Math.ceil(at)] as number;
  return low + (at - Math.floor(at)) * (high - low);
}
