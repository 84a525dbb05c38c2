import { DatasetError } from "../base/errors.ts";
import type { Dataset } from "../data/dataset.ts";
import { splitByFile } from "../metrics/held-out.ts";

/** Fewest pictures that a kernel distance can be estimated from. */
const LEAST_HELD_OUT = 2;

/**
 * The pictures that are trained on: all, or those of the files that are not held out. It keeps the content hash of the whole.
 *
 * @param heldOut Part of the files to hold out, 0 to below 1.
 * @throws {DatasetError} if there are too few files or pictures on one side.
 */
export function trainingPart(dataset: Dataset, heldOut: number): Dataset {
  if (heldOut === 0) return dataset;
  const { training, heldOut: apart } = splitByFile(dataset.files, heldOut);
  if (apart.length < LEAST_HELD_OUT) {
    throw new DatasetError(
      `held out: ${heldOut} of the files is ${apart.length} picture, expected at least ${LEAST_HELD_OUT}. Hold out more.`,
    );
  }
  return subsetOf(dataset, training);
}

/** Some pictures of a data set, in the order of `indices`. Closing it closes the data set. */
function subsetOf(dataset: Dataset, indices: Uint32Array): Dataset {
  const { labels, files } = dataset;
  return {
    channels: dataset.channels,
    height: dataset.height,
    width: dataset.width,
    facts: dataset.facts,
    classes: dataset.classes,
    skipped: dataset.skipped,
    warnings: dataset.warnings,
    contentHash: dataset.contentHash,
    count: indices.length,
    labels: labels === undefined ? undefined : Uint16Array.from(indices, (i) => labels[i] ?? 0),
    files: Array.from(indices, (i) => files[i] as string),
    read: (index, out, offset, reading) =>
      dataset.read(indices[index] as number, out, offset, reading),
    close: () => dataset.close(),
  };
}
