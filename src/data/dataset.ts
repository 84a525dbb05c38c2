/** @file What training sees of a data set: examples of one shape, by number. */
import { Random } from "../base/random.ts";

/** A file that was left out. */
export interface SkippedFile {
  /** Path inside the data set, with `/`. */
  readonly file: string;
  /** What is wrong with it. */
  readonly reason: string;
}

/** How an example is read. */
export interface Reading {
  /** Mirrors it left to right. */
  readonly flip: boolean;
  /** The random numbers of this place in the stream, for data sets that draw: where a clip begins, how far a melody is transposed. */
  readonly random: Random;
  /** Is filled with the numbers that the data set keeps with the example; shape [facts]. */
  readonly facts: Float32Array;
}

/** Examples of one shape, 8 bits a value, addressed by number: RGB pictures, or what another medium makes of its files. */
export interface Dataset {
  /** Number of examples: crops, not files. */
  readonly count: number;
  /** Planes of an example: 3 for red, green and blue. */
  readonly channels: number;
  /** Rows of an example [pixels]. */
  readonly height: number;
  /** Columns of an example [pixels]. */
  readonly width: number;
  /** Numbers with each example; 0 for pictures. */
  readonly facts: number;
  /** Names of the classes; empty when the examples have none. */
  readonly classes: readonly string[];
  /** Class of each example, an index into `classes`; undefined when there are none. */
  readonly labels: Uint16Array | undefined;
  /** Source file of each example. Crops of one photograph share it: split data by file, never by picture. */
  readonly files: readonly string[];
  /** Files that could not be read. */
  readonly skipped: readonly SkippedFile[];
  /** What the user should know before training, one sentence each. */
  readonly warnings: readonly string[];
  /** SHA-256 [hex] over file names, file contents and options: equal hashes mean equal examples in equal order. */
  readonly contentHash: string;
  /** Copies example `index` to `out` at `offset`: shape [channels, height, width], 0..255. */
  read(index: number, out: Uint8Array, offset: number, reading: Reading): void;
  /** Frees the memory and the file. Reading afterwards is an error. */
  close(): void;
}

/** Bytes of one example. */
export function exampleBytes({
  channels,
  height,
  width,
}: Pick<Dataset, "channels" | "height" | "width">): number {
  return channels * height * width;
}

/** How an example is read by itself, outside training: always the same where the data set draws. */
export function plainReading(
  { facts }: Pick<Dataset, "facts">,
  index: number,
  flip = false,
): Reading {
  return { flip, random: new Random(index).split("example"), facts: new Float32Array(facts) };
}

/** An example by itself, shape [channels, height, width]. */
export function exampleOf(dataset: Dataset, index: number, flip = false): Uint8Array<ArrayBuffer> {
  const example = new Uint8Array(exampleBytes(dataset));
  dataset.read(index, example, 0, plainReading(dataset, index, flip));
  return example;
}
