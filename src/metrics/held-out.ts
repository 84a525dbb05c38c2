import { ConfigError, DatasetError } from "../base/errors.ts";
import { Random } from "../base/random.ts";

/** Pictures of a data set, by index, in two parts that share no source file. */
export interface Split {
  readonly training: Uint32Array;
  readonly heldOut: Uint32Array;
}

/**
 * Sets whole source files apart, never single crops of them. The same files and fraction always give the same parts.
 *
 * @param files Source file of each picture.
 * @param fraction Part of the files to hold out, 0 to below 1; above 0 at least one file.
 * @throws {ConfigError} if the fraction is out of range.
 * @throws {DatasetError} if no file would be left on one side.
 */
export function splitByFile(files: readonly string[], fraction: number): Split {
  if (!(fraction >= 0 && fraction < 1)) {
    throw new ConfigError(
      `held out: got ${fraction}, expected 0 to below 1; 0.1 is a tenth of the files.`,
    );
  }
  const names = [...new Set(files)].sort();
  const count = fraction === 0 ? 0 : Math.max(1, Math.round(fraction * names.length));
  if (count >= names.length) {
    throw new DatasetError(
      `held out: ${count} of ${names.length} files would leave none to compare with, expected at least 1 on each side. Hold out less.`,
    );
  }
  const order = new Random(0).split("held-out").permutation(names.length);
  const apart = new Set([...order.subarray(0, count)].map((i) => names[i]));
  const indices = Uint32Array.from(files.keys());
  return {
    training: indices.filter((i) => !apart.has(files[i])),
    heldOut: indices.filter((i) => apart.has(files[i])),
  };
}
