import * as ops from "../../src/graph/ops/index.ts";
import type { Value } from "../../src/graph/value.ts";
import { biasedLeakyRelu, convLayer, LEAKY_GAIN } from "../../src/nn/layers.ts";
import type { Parameters } from "../../src/nn/parameters.ts";

/** Channels of the hidden layers. */
const WIDTH = 32;

/** Hidden layers. */
export const HIDDEN = 6;

/** Pixels around a picture that the network needs and takes off: one a convolution. */
export const MARGIN: number = HIDDEN + 1;

/** Pixels of them that the spline does not look at. */
export const SPLINE_MARGIN: number = MARGIN - 2;

/** Catmull-Rom weights for a place a quarter of a pixel before the middle of five pixels, and after it. */
const BEFORE = [-0.0234375, 0.2265625, 0.8671875, -0.0703125, 0] as const;
const AFTER = [...BEFORE].reverse();

/** The spline at twice the size as a convolution, [12, 1, 5, 5] in three groups: for each colour the four pixels that one becomes. */
export function splineWeights(): Float32Array {
  const weights: number[] = [];
  for (let colour = 0; colour < 3; colour++)
    for (const down of [BEFORE, AFTER])
      for (const across of [BEFORE, AFTER])
        for (const v of down) for (const u of across) weights.push(u * v);
  return Float32Array.from(weights);
}

/** Without `margin` pixels at each side. */
function cropped(x: Value, margin: number): Value {
  const [, , h, w] = x.shape as [number, number, number, number];
  return ops.slice(
    x,
    { axis: 2, start: margin, end: h - margin },
    { axis: 3, start: margin, end: w - margin },
  );
}

/** Channels to places: [N, 4 C, H, W] to [N, C, 2 H, 2 W], ONNX's DepthToSpace in mode CRD. */
function depthToSpace(x: Value): Value {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const parts = ops.reshape(x, [n, c / 4, 2, 2, h, w]);
  return ops.reshape(ops.transpose(parts, [0, 1, 4, 2, 5, 3]), [n, c / 4, 2 * h, 2 * w]);
}

/** Places to channels, the reverse: [N, C, 2 H, 2 W] to [N, 4 C, H, W]. */
function spaceToDepth(x: Value): Value {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const parts = ops.reshape(x, [n, c, h / 2, 2, w / 2, 2]);
  return ops.reshape(ops.transpose(parts, [0, 1, 3, 5, 2, 4]), [n, 4 * c, h / 2, w / 2]);
}

/** Pictures at twice the size through the Catmull-Rom spline: [N, 3, H + 2 MARGIN, W + 2 MARGIN] to [N, 3, 2 H, 2 W]. */
export function spline(small: Value): Value {
  const weights = ops.constantOf([12, 1, 5, 5], splineWeights());
  return depthToSpace(ops.conv(cropped(small, SPLINE_MARGIN), weights, { group: 3 }));
}

/**
 * Pictures at twice the size: the spline, and what plain convolutions at the small size add to it. No padding, so that a picture in tiles that overlap is
 * the same as in one piece.
 *
 * @param small [N, 3, H + 2 MARGIN, W + 2 MARGIN] in 0..1.
 * @returns [N, 3, 2 H, 2 W].
 */
export function upscaler(p: Parameters, small: Value): Value {
  let x = ops.mul(ops.sub(small, 0.5), 4);
  for (let i = 0; i < HIDDEN; i++) {
    const layer = p.at(`layer${i}`);
    const y = convLayer(layer, "conv", x, WIDTH, {
      kernel: 3,
      pads: [0, 0, 0, 0],
      gain: LEAKY_GAIN,
    });
    x = biasedLeakyRelu(layer, "bias", y);
  }
  const last = convLayer(p, "last", x, 12, { kernel: 3, pads: [0, 0, 0, 0], gain: 0.02 });
  const detail = ops.add(last, ops.reshape(p.get("last-bias", [12], 0), [1, 12, 1, 1]));
  return ops.add(spline(small), depthToSpace(detail));
}

/**
 * Tells large photographs from enlarged ones, place by place.
 *
 * @param large [N, 3, H, W] in 0..1.
 * @param blurred What the spline makes of the small pictures, [N, 3, H, W]: what is seen is judged as its detail.
 * @returns Logits [N, 1, H / 4, W / 4].
 */
export function judge(p: Parameters, large: Value, blurred: Value): Value {
  const layer = (name: string, x: Value, channels: number): Value => {
    const y = convLayer(p.at(name), "conv", x, channels, { kernel: 3, gain: LEAKY_GAIN });
    return biasedLeakyRelu(p.at(name), "bias", y);
  };
  const seen = ops.concat(
    [ops.mul(ops.sub(large, 0.5), 4), ops.mul(ops.sub(large, blurred), 8)],
    1,
  );
  let x = layer("fine", spaceToDepth(seen), 48);
  x = layer("middle", ops.averagePool(x, 2), 64);
  x = layer("coarse", x, 64);
  return convLayer(p, "logits", x, 1);
}
