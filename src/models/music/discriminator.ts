import { concat, mul, reduceSum, slice, split } from "../../graph/ops/index.ts";
import { scope, type Value } from "../../graph/value.ts";
import { biasedLeakyRelu, convLayer, LEAKY_GAIN, linearLayer } from "../../nn/layers.ts";
import type { Parameters } from "../../nn/parameters.ts";
import type { Architecture } from "../family.ts";
import { residualBlocks } from "../r3gan/block.ts";
import { foldRolls, foldTime } from "./folds.ts";
import { BEATS, STEPS_PER_BAR } from "./shape.ts";

/** The bar before [N, parts, steps of a bar, pitches] and the segment [N, parts, steps, pitches] of an example [N, 2 parts, steps, pitches]. */
export function splitExample(
  architecture: Architecture,
  example: Value,
): readonly [before: Value, segment: Value] {
  const { channels, height } = architecture;
  const [history, segment] = split(example, 1, [channels, channels]) as [Value, Value];
  return [slice(history, { axis: 2, start: height - STEPS_PER_BAR, end: height }), segment];
}

/**
 * The discriminator of music: logits [N, 1] of segments behind the bar before them. It reads both as one piece, beats first, then bars; the classes by
 * projection.
 *
 * @param example [N, 2 parts, steps, pitches]: planes whose last bar is the bar before, then the segment.
 */
export function discriminator(
  p: Parameters,
  architecture: Architecture,
  example: Value,
  c?: Value,
): Value {
  return scope("discriminator", () => {
    const [wide, narrow] = architecture.widths as [number, number];
    const piece = foldRolls(concat([...splitExample(architecture, example)], 2));
    const seen = convLayer(p, "rolls", piece, narrow, { gain: LEAKY_GAIN });
    let x = biasedLeakyRelu(p, "rolls.bias", seen);
    x = scope("beats", () => residualBlocks(p.at("beats"), architecture, x));
    x = convLayer(p, "toBars", foldTime(x, BEATS), wide);
    x = scope("bars", () => residualBlocks(p.at("bars"), architecture, x));
    return scope("finish", () => finish(p.at("finish"), x, c));
  });
}

/** The last feature map to logits: one learned weight a place and channel, then a linear layer; classes by projection. */
function finish(p: Parameters, x: Value, c?: Value): Value {
  const [, channels, bars, octaves] = x.shape as [number, number, number, number];
  const basis = p.get("basis", [1, channels, bars, octaves], 1 / Math.sqrt(bars * octaves));
  const features = reduceSum(mul(x, basis), { axes: [2, 3] }); // [N, C]
  if (c === undefined) return linearLayer(p, "linear", features, 1);
  const projected = linearLayer(p, "linear", features, channels);
  const embedded = linearLayer(p, "embedding", c, channels);
  return reduceSum(mul(projected, embedded), { axes: [1], keepdims: true });
}
