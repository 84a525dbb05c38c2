import { DatasetError, ShapeError } from "../../base/errors.ts";
import { PARTS, type Part, type Rolls, stepsOf } from "../../data/music/rolls.ts";
import { inScale, type PairDistance, tonalDistances } from "./harmony.ts";
import { type PartMetrics, partMetrics } from "./part-metrics.ts";

/** What some music is like, in numbers: plain JSON. */
export interface MusicMetrics {
  /** Segments measured, and bars of each. */
  readonly segments: number;
  readonly bars: number;
  readonly parts: Readonly<Record<Part, PartMetrics>>;
  /** Share of notes in the scale that fits each segment best; null if there are no notes. */
  readonly inScale: number | null;
  readonly tonalDistances: readonly PairDistance[];
  /** Mean of those that are not null. */
  readonly tonalDistance: number | null;
}

/**
 * MuseGAN's objective metrics. They have no best value: compare generated music with real music of the same format and number of bars.
 *
 * @throws {DatasetError} if there are no segments.
 * @throws {ShapeError} if the data do not have the size that format, bars and count make.
 */
export function measureMusic(rolls: Rolls): MusicMetrics {
  checkRolls("measureMusic", rolls);
  const distances = tonalDistances(rolls);
  const known = distances.flatMap(({ distance }) => (distance === null ? [] : [distance]));
  return {
    segments: rolls.count,
    bars: rolls.bars,
    parts: Object.fromEntries(PARTS.map((part, i) => [part, partMetrics(rolls, i)])) as Record<
      Part,
      PartMetrics
    >,
    inScale: inScale(rolls),
    tonalDistances: distances,
    tonalDistance:
      known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length,
  };
}

/**
 * @throws {DatasetError} if there are no segments.
 * @throws {ShapeError} if the data do not have the size that format, bars and count make.
 */
export function checkRolls(where: string, rolls: Rolls): void {
  const expected = rolls.count * PARTS.length * stepsOf(rolls) * rolls.format.pitches;
  if (rolls.count < 1)
    throw new DatasetError(`${where}: got no segments, expected at least 1. Give some music.`);
  if (rolls.data.length !== expected) {
    throw new ShapeError(
      `${where}: the rolls have ${rolls.data.length} cells, expected ${expected} (${rolls.count} segments x ${PARTS.length} parts x ${stepsOf(rolls)} steps x ${rolls.format.pitches} pitches).`,
    );
  }
}

/** Columns of numbers of the table: a short name and where its value is. */
const ROWS: readonly (readonly [string, (metrics: MusicMetrics) => number | null])[] = [
  ...PARTS.map((part) => [`EB ${part}`, (m: MusicMetrics) => m.parts[part].emptyBars] as const),
  ...pitched("UPC", (m) => m.usedPitchClasses),
  ...pitched("QN", (m) => m.qualifiedNotes),
  ...pitched("PP", (m) => m.polyphony),
  ["DP drums", (m) => m.parts.drums.drumPatterns],
  ["in scale", (m) => m.inScale],
  ["TD", (m) => m.tonalDistance],
];

function pitched(
  name: string,
  of: (part: PartMetrics) => number | null,
): (readonly [string, (metrics: MusicMetrics) => number | null])[] {
  return PARTS.filter((part) => part !== "drums").map((part) => [
    `${name} ${part}`,
    (metrics) => of(metrics.parts[part]),
  ]);
}

/**
 * Lines of a table that puts kinds of music side by side, one row for each metric.
 *
 * @param columns By title: real, generated, shuffled …
 */
export function musicTable(columns: Readonly<Record<string, MusicMetrics>>): string[] {
  const cells = [
    ["", ...Object.keys(columns)],
    ...ROWS.map(([name, of]) => [
      name,
      ...Object.values(columns).map((metrics) => of(metrics)?.toFixed(3) ?? "-"),
    ]),
  ];
  const widths = cells[0]?.map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)));
  return cells.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths?.[i] ?? 0) : cell.padStart(widths?.[i] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}
