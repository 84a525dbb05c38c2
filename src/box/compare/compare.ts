import type { TrainEvent } from "../../base/events.ts";
import type { Resolution } from "../../base/size.ts";
import type { TrainOptions } from "../../train/options.ts";
import type { GANbox } from "../ganbox.ts";
import type { Compared } from "./figures.ts";
import type { Finding } from "./words.ts";

/** What a comparison is doing. */
export type CompareEvent =
  /** One family's turn begins: `index` of `count`, from 0. */
  | {
      readonly type: "family";
      readonly family: string;
      readonly index: number;
      readonly count: number;
    }
  /** Its training says something. */
  | { readonly type: "train"; readonly family: string; readonly event: TrainEvent }
  /** A family that could not be trained or measured; the others go on. */
  | { readonly type: "failed"; readonly family: string; readonly problem: string }
  /** Work beside the training, and how far it is. */
  | {
      readonly type: "progress";
      readonly stage: string;
      readonly done: number;
      readonly total: number;
    };

/** What is compared, and how. */
export interface CompareOptions {
  /** Options of training that all families share: length, resolution, seed and so on. */
  readonly training?: Omit<TrainOptions, "family" | "from" | "freeze" | "iterations">;
  /** Names of the families, each once. @default r3gan, vae and vaegan */
  readonly families?: readonly string[];
  /** Folder of the runs, the page and the JSON; made if missing. @default "compare" */
  readonly outputDir?: string;
  /** Pictures to draw of each family for the metrics, from 30. @default 5000 */
  readonly samples?: number;
  /** A feature network of Ganbox, or the path of an ONNX file. @default "mixed5" */
  readonly features?: string;
  /** Folder of the cache. @default `GANBOX_CACHE`, else `ganbox` in the system's cache folder */
  readonly cacheDir?: string;
  /** Aborting finishes the step, writes a checkpoint and throws a `CancelledError`. */
  readonly signal?: AbortSignal;
  /** Told what happens. */
  readonly onEvent?: (event: CompareEvent) => void;
}

/** A family that was trained and measured: plain JSON. */
export interface ComparedFamily extends Compared {
  /** Folder of its run. */
  readonly run: string;
  readonly kimg: number;
  /** What a reader should know about its figures. */
  readonly notes: readonly string[];
}

/** A finished comparison: plain JSON, as `compare.json` keeps it. */
export interface Comparison {
  readonly version: 1;
  readonly data: {
    readonly source: string;
    /** Pictures that were trained on, and those that samples are compared with. */
    readonly training: number;
    readonly compared: number;
    readonly heldOut: number;
    readonly hash: string;
  };
  /** Side of the pictures, or width x height. */
  readonly resolution: Resolution;
  readonly kimg: number;
  readonly seed: number;
  readonly samples: number;
  /** Feature network. */
  readonly features: string;
  readonly families: readonly ComparedFamily[];
  /** Families that could not be trained, and why. */
  readonly failed: readonly { readonly family: string; readonly problem: string }[];
  /** What the figures say, by rules. */
  readonly findings: readonly Finding[];
  /** What a reader should know about all figures. */
  readonly notes: readonly string[];
  /** The figures as a Markdown table. */
  readonly table: string;
  /** Absolute path of the page. */
  readonly page: string;
}

/**
 * Trains families on the same pictures with the same budget and seed, one after the other, measures each, and writes `compare.html` (one file that needs no
 * other) and `compare.json`. Each is a normal run in `runs/` of the output folder; called again with the same options, it goes on where it was stopped.
 *
 * A metric that the data set is too small for is left out, and a family whose numbers leave the finite ones is named; the rest of the page is still made.
 *
 * @param source A folder of pictures, a .zip file or an IDX file, or an opened box.
 * @throws {ConfigError} if a family is unknown, an option is wrong for one of them, or the output folder holds a comparison with other options.
 * @throws {DatasetError} if the pictures cannot be used.
 * @throws {CheckpointError} if a run is damaged or its pictures have changed.
 * @throws {DivergenceError} if no family could be trained.
 * @throws {MediaError} if the output cannot be written.
 * @throws {CancelledError} if `signal` stopped it.
 */
export async function compareFamilies(
  source: string | GANbox,
  options: CompareOptions = {},
): Promise<Comparison> {
  // Brings training along: loaded only when needed.
  const { runComparison } = await import("./comparing.ts");
  return await runComparison(typeof source === "string" ? source : source.source, options);
}
