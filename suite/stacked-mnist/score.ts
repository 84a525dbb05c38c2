import type { Image } from "../../src/media/image.ts";
import type { FeatureNetwork } from "../../src/metrics/feature-network.ts";
import { classesOf } from "../classifier/accuracy.ts";

/** Modes of Stacked MNIST: three digits. */
const MODES = 1000;

/** Pictures that are classified at a time. */
const BATCH = 100;

/** How many kinds of pictures a generator makes, and how evenly. */
export interface ModeCoverage {
  /** Combinations of three digits that occur, of 1,000. */
  readonly modes: number;
  /** `sum_k q_k ln(1000 q_k)` [nats], q_k the share of combination k among the pictures. */
  readonly kl: number;
}

/**
 * Counts which combinations of digits pictures show, one digit a colour channel.
 *
 * @param classifier Of single digits, [N, 1, 28, 28] in 0..1.
 */
export async function modeCoverage(
  pictures: AsyncIterable<Image>,
  classifier: FeatureNetwork,
): Promise<ModeCoverage> {
  const counts = new Float64Array(MODES);
  let waiting: Image[] = [];
  const flush = async (): Promise<void> => {
    const digits = await classesOf(classifier, planesOf(waiting), 3 * waiting.length);
    for (let i = 0; i < digits.length; i += 3) {
      const [a = 0, b = 0, c = 0] = digits.slice(i, i + 3);
      const mode = 100 * a + 10 * b + c;
      counts[mode] = (counts[mode] as number) + 1;
    }
    waiting = [];
  };
  for await (const picture of pictures) {
    if (waiting.push(picture) === BATCH) await flush();
  }
  if (waiting.length > 0) await flush();
  const total = counts.reduce((a, b) => a + b, 0);
  const seen = counts.filter((n) => n > 0);
  return {
    modes: seen.length,
    kl: seen.reduce((sum, n) => sum + (n / total) * Math.log((MODES * n) / total), 0),
  };
}

/** The channels of pictures as grey pictures in 0..1, three after each other for each. */
function planesOf(pictures: readonly Image[]): Float32Array {
  const [{ width, height }] = pictures as [Image];
  const size = width * height;
  const planes = new Float32Array(pictures.length * 3 * size);
  for (const [n, { data }] of pictures.entries()) {
    for (let i = 0; i < data.length; i++)
      planes[(n * 3 + (i % 3)) * size + Math.floor(i / 3)] = (data[i] as number) / 255;
  }
  return planes;
}
