import { Random } from "../src/base/random.ts";
import type { Dataset } from "../src/data/dataset.ts";
import { PICTURES } from "./settings.ts";

/** Noise, in memory. */
export function randomPictures(resolution: number): Dataset {
  const size = 3 * resolution * resolution;
  const random = new Random(0);
  const pixels = new Uint8Array(PICTURES * size).map(() => random.integer(256));
  return {
    count: PICTURES,
    channels: 3,
    height: resolution,
    width: resolution,
    facts: 0,
    classes: [],
    labels: undefined,
    files: [],
    skipped: [],
    warnings: [],
    contentHash: "",
    read: (index, out, offset) =>
      out.set(pixels.subarray(index * size, (index + 1) * size), offset),
    close: () => undefined,
  };
}
