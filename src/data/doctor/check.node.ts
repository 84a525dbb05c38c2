import { availableParallelism } from "node:os";
import { resolutionOf, type Size } from "../../base/size.ts";
import type { Rgb } from "../../media/image.ts";
import { throwIfCancelled } from "../cancel.ts";
import { UNLABELLED } from "../labels.node.ts";
import { mapParallel } from "../parallel.ts";
import type { PictureSource } from "../source.ts";
import { adviceFor } from "./advice.ts";
import { duplicatesAmong, type Picture } from "./duplicates.ts";
import { findingsOf } from "./findings.ts";
import { type Inspected, inspect, isReadable, type Uninspected } from "./inspect.node.ts";
import { pointsOutside } from "./outside.ts";
import type { ClassReport, DataReport } from "./report.ts";
import { countsOf, sizesOf, storageOf } from "./statistics.ts";

/** Standard deviation below which a picture counts as blank. */
const BLANK_DEVIATION = 3;

/** Pictures read at once, as when they are packed. */
const LANES = Math.min(8, 2 * availableParallelism());

/** How a data set is looked at. */
export interface CheckJob {
  readonly source: PictureSource;
  /** Absolute path of the source. */
  readonly path: string;
  /** For which the pictures are judged [pixels]. */
  readonly size: Size;
  /** Colour behind transparent pixels. */
  readonly background: Rgb;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((stage: string, done: number, total: number) => void) | undefined;
}

/**
 * Reads every picture once and says what is wrong with the data set, and what is worth knowing.
 *
 * @throws {CancelledError} if the signal stopped it.
 */
export async function checkSource(job: CheckJob): Promise<DataReport> {
  const { source, size, background, signal, onProgress } = job;
  const begin = performance.now();
  const total = source.files.length;
  let done = 0;
  const numbers = Array.from({ length: total }, (_, i) => i);
  const all = await mapParallel(numbers, LANES, async (number) => {
    throwIfCancelled(signal);
    const found = await inspect(source, number, size, background);
    onProgress?.("pictures", ++done, total);
    return found;
  });
  onProgress?.("duplicates", 1, 1);
  const pictures = readablePictures(source, all);
  const blank = pictures
    .filter(({ deviation }) => deviation < BLANK_DEVIATION)
    .map(({ file, deviation }) => ({ file, deviation: Math.round(100 * deviation) / 100 }));
  const duplicates = duplicatesAmong(pictures, new Set(blank.map(({ file }) => file)));
  const facts = {
    version: 1,
    source: job.path,
    resolution: resolutionOf(size),
    files: total,
    readable: pictures.length,
    distinct: distinctOf(pictures.length, blank, duplicates),
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    sizes: sizesOf(pictures, size),
    storage: storageOf(pictures),
    classes: classReport(source, pictures),
    bad: all.flatMap((found, i) =>
      isReadable(found)
        ? []
        : [{ file: source.files[i] as string, kind: found.kind, reason: found.reason }],
    ),
    suspect: pictures.flatMap(({ file, complaint }) =>
      complaint === undefined ? [] : [{ file, reason: complaint }],
    ),
    small: pictures
      .filter(({ width, height }) => width < size.width || height < size.height)
      .map(({ file, width, height }) => ({ file, width, height })),
    blank,
    duplicates,
    outside: source.files.filter(pointsOutside),
  } as const;
  return {
    ...facts,
    findings: findingsOf(facts, source.warnings),
    advice: adviceFor(facts.distinct),
    seconds: (performance.now() - begin) / 1000,
  };
}

/** A readable picture with its place in the data set. */
type Found = Inspected & Picture;

function readablePictures(
  { files, labels, classes }: PictureSource,
  all: readonly (Inspected | Uninspected)[],
): Found[] {
  return all.flatMap((found, i) => {
    if (!isReadable(found)) return [];
    const label = labels === undefined ? undefined : classes[labels[i] as number];
    return [{ ...found, file: files[i] as string, ...(label === undefined ? {} : { label }) }];
  });
}

function distinctOf(
  readable: number,
  blank: DataReport["blank"],
  { exact, near }: DataReport["duplicates"],
): number {
  // Copies of blank pictures are left out with these.
  const left = new Set(blank.map(({ file }) => file));
  for (const { files } of [...exact, ...near]) for (const file of files.slice(1)) left.add(file);
  return readable - left.size;
}

function classReport(
  { classes, labelFile, files }: PictureSource,
  pictures: readonly Picture[],
): ClassReport | null {
  if (classes.length === 0) return null;
  const counted = new Map(
    countsOf(pictures.map(({ label }) => label ?? "")).map(({ name, count }) => [name, count]),
  );
  const counts = classes.map((name) => ({ name, count: counted.get(name) ?? 0 }));
  const sizes = counts.map(({ count }) => count);
  const smallest = sizes.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const isIdx = /idx[34]-ubyte(\.gz)?#\d+$/i.test(files[0] ?? "");
  return {
    from: labelFile ?? (isIdx ? "idx" : "folders"),
    counts,
    imbalance: smallest === 0 ? null : sizes.reduce((a, b) => Math.max(a, b), 0) / smallest,
    unlabelled: labelFile === undefined ? 0 : (counted.get(UNLABELLED) ?? 0),
  };
}
