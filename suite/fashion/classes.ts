import type { Generator } from "../../src/create/generator.ts";
import { planesOf } from "../../src/media/planes.ts";
import { FeatureExtractor } from "../../src/metrics/feature-extractor.ts";
import type { FeatureNetwork } from "../../src/metrics/feature-network.ts";

/** Pictures of each class that are looked at. */
const PER_CLASS = 500;

/**
 * Share of the pictures of each class that a classifier takes for that class.
 *
 * @param generator A class-conditional one.
 */
export async function classAccuracy(
  generator: Generator,
  classifier: FeatureNetwork,
): Promise<number[]> {
  const { architecture } = generator.info;
  const { classes } = architecture;
  const shares: number[] = [];
  for (let wanted = 0; wanted < classes; wanted++) {
    const extractor = new FeatureExtractor(classifier, architecture, PER_CLASS);
    const seeds = Array.from({ length: PER_CLASS }, (_, i) => wanted * PER_CLASS + i);
    for await (const picture of generator.fromSeeds(seeds, { class: wanted }))
      await extractor.add(planesOf(picture));
    const { logits } = extractor.finish();
    if (logits === undefined) throw new Error(`${classifier.name}: no classifier.`);
    let right = 0;
    for (let i = 0; i < PER_CLASS; i++) {
      const row = logits.data.subarray(i * logits.width, (i + 1) * logits.width);
      if (row.indexOf(row.reduce((a, b) => Math.max(a, b))) === wanted) right++;
    }
    shares.push(right / PER_CLASS);
  }
  return shares;
}
