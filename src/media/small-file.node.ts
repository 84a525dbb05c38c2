import { closeSync, fstatSync, openSync, readSync, type Stats } from "node:fs";

/** Files up to this size [bytes] are read at once: waiting for another thread would take longer. */
const SMALL_FILE = 2 ** 18;

/**
 * Size and times of a file and, if it is small, its bytes, with as few system calls as possible: they are most of the cost of a tiny picture.
 *
 * @throws {Error} of the file system if the file cannot be read.
 */
export function readSmallFile(path: string): {
  readonly stats: Stats;
  readonly bytes: Uint8Array | undefined;
} {
  const file = openSync(path, "r");
  try {
    const stats = fstatSync(file);
    if (stats.size > SMALL_FILE || !stats.isFile()) return { stats, bytes: undefined };
    const bytes = Buffer.allocUnsafeSlow(stats.size);
    let end = 0;
    for (let read = -1; read !== 0 && end < stats.size; end += read)
      read = readSync(file, bytes, end, stats.size - end, null);
    return { stats, bytes: bytes.subarray(0, end) };
  } finally {
    closeSync(file);
  }
}
