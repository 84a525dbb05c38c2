import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { Zip, ZipPassThrough } from "fflate";
import { ConfigError, GanboxError, MediaError } from "../base/errors.ts";
import { type Shape, sizeOf } from "../base/shape.ts";
import { bytesPerElement, type DType, type HostTensor } from "../base/tensor.ts";
import { elementBytes, npyHeader, textBytes } from "./npy.ts";

/** An array whose elements come piece by piece, so that it need not fit into memory. */
export interface StreamedArray {
  readonly dtype: DType;
  readonly shape: Shape;
  /** The elements in their order; read when it is this array's turn. */
  readonly pieces: () => AsyncIterable<Pick<HostTensor, "data">>;
}

/** An array of a .npz file: a tensor, texts, or pieces. */
export type NpzArray = HostTensor | readonly string[] | StreamedArray;

/** Most bytes of the elements: zip archives without extensions end at 4 GiB. */
const MOST_BYTES = 4_000_000_000;

/**
 * Writes arrays as a .npz file, which `numpy.load` reads: a zip archive of .npy files, not compressed.
 *
 * @param path Its folder is made if missing.
 * @param arrays By name, in the order in which they are written.
 * @throws {ConfigError} if they are more than 4 GB.
 * @throws {MediaError} if the file cannot be written. Whatever is thrown, a file that was there before stays.
 */
export async function writeNpz(
  path: string,
  arrays: Readonly<Record<string, NpzArray>>,
): Promise<void> {
  const total = Object.values(arrays).reduce((sum, array) => sum + bytesOf(array), 0);
  if (total > MOST_BYTES) {
    throw new ConfigError(
      `${path}: the arrays take ${(total / 1e9).toFixed(1)} GB, expected at most 4 GB in one .npz file. Write them in several files.`,
    );
  }
  const partial = `${path}.partial`;
  let file: number | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true });
    file = openSync(partial, "w");
    await writeArchive(file, arrays);
    closeSync(file);
    file = undefined;
    renameSync(partial, path);
  } catch (cause) {
    if (file !== undefined) closeSync(file);
    if (existsSync(partial)) rmSync(partial);
    if (cause instanceof GanboxError) throw cause;
    throw new MediaError(
      `${path}: the arrays cannot be written (${(cause as Error).message}). Check the folder's permissions and free space.`,
      { cause },
    );
  }
}

function bytesOf(array: NpzArray): number {
  if (!("dtype" in array)) return textBytes(array).bytes.length;
  return sizeOf(array.shape) * bytesPerElement(array.dtype);
}

/** Zips on the way to the file: what a piece becomes is written before the next one is asked for. */
async function writeArchive(
  file: number,
  arrays: Readonly<Record<string, NpzArray>>,
): Promise<void> {
  const zip = new Zip((error, bytes) => {
    if (error !== null) throw error;
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
  });
  for (const [name, array] of Object.entries(arrays)) {
    const entry = new ZipPassThrough(`${name}.npy`);
    zip.add(entry);
    if (!("dtype" in array)) {
      const { length, bytes } = textBytes(array);
      entry.push(npyHeader(length, [array.length]));
      entry.push(bytes);
    } else {
      entry.push(npyHeader(array.dtype, array.shape));
      if ("data" in array) entry.push(elementBytes(array));
      else for await (const piece of array.pieces()) entry.push(elementBytes(piece));
    }
    entry.push(new Uint8Array(0), true);
  }
  zip.end();
}
