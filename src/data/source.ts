import type { Size } from "../base/size.ts";
import type { DecodedImage } from "../media/image.node.ts";
import type { Image, Rgb } from "../media/image.ts";
import type { Classes } from "./classes.ts";
import type { FileHashes } from "./file-hashes.node.ts";

/** Where pictures come from: a folder, a zip archive or IDX files. */
export interface PictureSource extends Classes {
  /** Names of the pictures, sorted. */
  readonly files: readonly string[];
  /** What was noticed and left out, one sentence each. */
  readonly warnings: readonly string[];
  /** A text made of all names and content hashes: equal texts mean equal data. */
  fingerprint(hashes: FileHashes, signal: AbortSignal | undefined): Promise<string>;
  /**
   * Picture `index` as it is stored: the path of its file, the file's bytes, or pixels where there is no file of it. Cheapest in ascending order.
   *
   * @throws {MediaError} if it cannot be read.
   */
  content(index: number): string | Uint8Array | Image;
  /**
   * Reads picture `index`, resized so that it just covers `size`. Cheapest in ascending order.
   *
   * @throws {MediaError} if that picture cannot be read.
   */
  decode(index: number, size: Size, background: Rgb): Promise<DecodedImage>;
}
