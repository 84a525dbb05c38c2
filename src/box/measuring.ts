/** @file What measuring models of clips, music and sounds has in common. */
import { ConfigError, DatasetError } from "../base/errors.ts";

/** How a measurement is made and watched. */
export interface MeasureControl {
  /** Chooses what is generated, and what it is compared with. @default 0 */
  readonly seed?: number;
  /** Folder of the cache. @default `GANBOX_CACHE`, else `ganbox` in the system's cache folder */
  readonly cacheDir?: string;
  /** Stops the work. */
  readonly signal?: AbortSignal;
  /** Told what is being done and how far it is. */
  readonly onProgress?: (stage: string, done: number, total: number) => void;
}

/** How many examples a measurement takes. */
export interface Enough {
  /** What they are called: "sounds". */
  readonly many: string;
  /** Fewer are refused. */
  readonly least: number;
  /** With as many, numbers of two models can be compared. */
  readonly usual: number;
}

/** @throws {ConfigError} if too few samples are asked for. */
export function checkSamples(samples: number, { many, least, usual }: Enough): void {
  if (Number.isInteger(samples) && samples >= least) return;
  throw new ConfigError(
    `samples: got ${samples}, expected a whole number of ${many} from ${least}; ${usual} and more give numbers that compare.`,
  );
}

/**
 * @param what Which of the real ones are counted, such as "in 3 files".
 * @throws {DatasetError} if there are too few real examples.
 */
export function checkReal(
  source: string,
  count: number,
  { many, least, usual }: Enough,
  what: string,
): void {
  if (count >= least) return;
  throw new DatasetError(
    `${source}: there are ${count} ${many} ${what}, expected at least ${least} to measure with; ${usual} and more give numbers that compare. Give more files.`,
  );
}
