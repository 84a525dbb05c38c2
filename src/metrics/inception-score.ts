import { checkFeatures, type Features } from "./features.ts";

/** An inception score over parts of a set. */
export interface InceptionScore {
  /** 1 to the number of classes. */
  readonly mean: number;
  /** Standard deviation over the parts. */
  readonly deviation: number;
}

/** Parts that the score is computed over. */
const SPLITS = 10;

/**
 * Inception score: `exp(mean_x KL(p(y | x) || p(y)))`, the mean over 10 consecutive parts of the set. High when a classifier is sure of each picture
 * and all classes occur; it does not look at real pictures at all.
 *
 * @param logits Of the classifier, before softmax.
 * @throws {DatasetError} if there are fewer than 10 pictures, or a logit is NaN or infinite.
 * @see Salimans et al. 2016, "Improved Techniques for Training GANs", arXiv:1606.03498
 */
export function inceptionScore(logits: Features): InceptionScore {
  checkFeatures("is", { generated: logits }, SPLITS);
  const scores = Array.from({ length: SPLITS }, (_, i) =>
    scoreOf(
      logits,
      Math.floor((i * logits.count) / SPLITS),
      Math.floor(((i + 1) * logits.count) / SPLITS),
    ),
  );
  const mean = scores.reduce((sum, x) => sum + x, 0) / SPLITS;
  const variance = scores.reduce((sum, x) => sum + (x - mean) ** 2, 0) / SPLITS;
  return { mean, deviation: Math.sqrt(variance) };
}

/** Score of rows `from` to `to - 1`: `exp(mean_x sum_y p(y|x) log p(y|x) - sum_y p(y) log p(y))`. */
function scoreOf({ data, width }: Features, from: number, to: number): number {
  const marginal = new Float64Array(width);
  let information = 0;
  for (let row = from; row < to; row++) {
    const logits = data.subarray(row * width, (row + 1) * width);
    const max = logits.reduce((a, b) => Math.max(a, b));
    const logSum = max + Math.log(logits.reduce((sum, x) => sum + Math.exp(x - max), 0));
    for (let j = 0; j < width; j++) {
      const logP = (logits[j] as number) - logSum;
      const p = Math.exp(logP);
      information += p * logP;
      (marginal[j] as number) += p;
    }
  }
  const rows = to - from;
  const entropy = marginal.reduce((sum, total) => {
    const p = total / rows;
    return p > 0 ? sum - p * Math.log(p) : sum;
  }, 0);
  return Math.exp(information / rows + entropy);
}
