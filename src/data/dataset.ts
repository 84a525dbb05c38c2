/** @file What training sees of a data set: square pictures of one size, by number. */

/** A file that was left out. */
export interface SkippedFile {
  /** Path inside the data set, with `/`. */
  readonly file: string;
  /** What is wrong with it. */
  readonly reason: string;
}

/** Square 8-bit RGB pictures, addressed by number. */
export interface ImageDataset {
  /** Number of pictures: crops, not files. */
  readonly count: number;
  /** Width and height of every picture [pixels]. */
  readonly resolution: number;
  readonly channels: 3;
  /** Names of the classes; empty when the pictures have none. */
  readonly classes: readonly string[];
  /** Class of each picture, an index into `classes`; undefined when there are none. */
  readonly labels: Uint16Array | undefined;
  /** Source file of each picture. Crops of one photograph share it: split data by file, never by picture. */
  readonly files: readonly string[];
  /** Files that could not be read. */
  readonly skipped: readonly SkippedFile[];
  /** What the user should know before training, one sentence each. */
  readonly warnings: readonly string[];
  /** SHA-256 [hex] over file names, file contents and options: equal hashes mean equal pictures in equal order. */
  readonly contentHash: string;
  /**
   * Copies picture `index` to `out` at `offset`: shape [3, resolution, resolution], 0..255.
   *
   * @param flip Mirrors it left to right.
   */
  read(index: number, out: Uint8Array, offset: number, flip: boolean): void;
  /** Frees the memory and the file. Reading afterwards is an error. */
  close(): void;
}
