import type { FeatureNetwork } from "../../src/metrics/feature-network.ts";
import type { LabelledPictures } from "../sets/labelled.ts";

const BATCH = 500;

/** Share of pictures whose class has the largest logit. */
export async function accuracyOf(network: FeatureNetwork, set: LabelledPictures): Promise<number> {
  const size = set.side * set.side;
  let right = 0;
  for (let start = 0; start < set.count; start += BATCH) {
    const count = Math.min(BATCH, set.count - start);
    const pixels = set.pixels.subarray(start * size, (start + count) * size);
    const classes = await classesOf(
      network,
      Float32Array.from(pixels, (v) => v / 255),
      count,
    );
    for (const [i, label] of classes.entries()) if (label === set.labels[start + i]) right++;
  }
  return right / set.count;
}

/** The likeliest class of each picture, [count, 1, side, side] in 0..1. */
export async function classesOf(
  network: FeatureNetwork,
  images: Float32Array,
  count: number,
): Promise<number[]> {
  const { logits } = await network.run(images, count);
  if (logits === undefined) throw new Error("network: it has no output called logits.");
  return Array.from({ length: count }, (_, i) => {
    const row = logits.data.subarray(i * logits.width, (i + 1) * logits.width);
    return row.indexOf(row.reduce((a, b) => Math.max(a, b)));
  });
}
