import * as ops from "../../../src/graph/ops/index.ts";
import type { Value } from "../../../src/graph/value.ts";
import { biasedLeakyRelu, convLayer, LEAKY_GAIN, linearLayer } from "../../../src/nn/layers.ts";
import type { Parameters } from "../../../src/nn/parameters.ts";

/** Frames of a clip, and their side [pixels]. */
export const [CLIP, SIDE] = [16, 32];

/** Length of a clip's features. */
const FEATURES = 64;

/** Convolutions of 3 x 3 pixels and 3 frames; each halves the frame, and all but the first the number of frames. */
const LAYERS = [
  { channels: 16, every: 1 },
  { channels: 32, every: 2 },
  { channels: 64, every: 2 },
] as const;

/**
 * A convolution over time and space as one over space: the frames before and behind are further channels.
 *
 * @param x [N T, C, H, W], frame after frame.
 * @param every Frames from one output to the next.
 */
function convolve(p: Parameters, x: Value, frames: number, channels: number, every: number): Value {
  const [nt, c, h, w] = x.shape as [number, number, number, number];
  const n = nt / frames;
  const clip = ops.reshape(x, [n, frames, c, h, w]);
  const padded = ops.concat(
    [ops.slice(clip, { axis: 1, end: 1 }), clip, ops.slice(clip, { axis: 1, start: frames - 1 })],
    1,
  ); // the first and the last frame stand still
  const part = (shift: number): Value => {
    const moved = ops.slice(padded, { axis: 1, start: shift, end: shift + frames });
    const pairs = ops.reshape(moved, [n, frames / every, every, c, h, w]);
    return ops.slice(pairs, { axis: 2, end: 1 });
  };
  const neighbours = ops.concat([part(0), part(1), part(2)], 3);
  const side = ops.reshape(neighbours, [(n * frames) / every, 3 * c, h, w]);
  const y = convLayer(p, "conv", side, channels, { kernel: 3, stride: 2, gain: LEAKY_GAIN });
  return biasedLeakyRelu(p, "bias", y);
}

/**
 * A small network of three dimensions: what moves in a clip, how, and whether it does so soundly.
 *
 * @param clips [N, 3 CLIP, SIDE, SIDE] in 0..1: the frames side by side as planes.
 * @returns `features` [N, 64], and `outputs` [N, K], which tasks are trained on.
 */
export function videoNetwork(
  p: Parameters,
  clips: Value,
  outputs: number,
): { features: Value; outputs: Value } {
  const n = clips.shape[0] as number;
  let frames = CLIP;
  let x = ops.reshape(ops.mul(ops.sub(clips, 0.5), 2), [n * CLIP, 3, SIDE, SIDE]);
  for (const [i, { channels, every }] of LAYERS.entries()) {
    x = convolve(p.at(`layer${i}`), x, frames, channels, every);
    frames /= every;
  }
  const flat = ops.reshape(ops.averagePool(x, 2), [n, -1]);
  const hidden = linearLayer(p, "features", flat, FEATURES, LEAKY_GAIN);
  const features = ops.leakyRelu(ops.add(hidden, p.get("features-bias", [1, FEATURES], 0)));
  return { features, outputs: linearLayer(p, "outputs", features, outputs) };
}
