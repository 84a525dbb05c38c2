/** @file What the suites of the engine share, in Node and in browsers. */
import { Random } from "../../src/base/random.ts";
import { sizeOf } from "../../src/base/shape.ts";
import { type HostTensor, hostTensor } from "../../src/base/tensor.ts";
import type { CaseGraph } from "../../src/graph/op-case.ts";
import * as ops from "../../src/graph/ops/index.ts";
import { type ConvAttrs, isOp, type Value } from "../../src/graph/value.ts";

/** Largest difference, relative to the largest number expected (at least 0.001); infinite where a finite number is missing. */
export function relativeError(actual: ArrayLike<unknown>, expected: ArrayLike<unknown>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let [error, scale] = [0, 1e-3];
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [Number(actual[i]), Number(expected[i])];
    if (!Number.isFinite(e)) continue;
    if (!Number.isFinite(a)) return Number.POSITIVE_INFINITY;
    error = Math.max(error, Math.abs(a - e));
    scale = Math.max(scale, Math.abs(e));
  }
  return error / scale;
}

/** Everything that a case of an operation computes: `y`, and its gradients of first and second order. */
export function caseOutputs({ y, first, second }: CaseGraph): Record<string, Value> {
  const outputs: Record<string, Value> = { y };
  for (const [name, value] of Object.entries(first)) outputs[`first/${name}`] = value;
  for (const [name, value] of Object.entries(second)) outputs[`second/${name}`] = value;
  return outputs;
}

/** A convolution: batch, input and output channels, height, width, side of the kernel, geometry. */
export type ConvolutionCase = readonly [
  n: number,
  c: number,
  o: number,
  h: number,
  w: number,
  k: number,
  attrs: ConvAttrs,
];

/** A convolution's geometry: no padding, one group and steps of one, but for what is given. */
export function geometry(attrs: Partial<ConvAttrs>): ConvAttrs {
  return { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1, ...attrs };
}

/** The convolution, its gradient by images, and its gradient by weights. */
export function convolutionValues([n, c, o, h, w, k, attrs]: ConvolutionCase): Value[] {
  const x = ops.input("x", [n, c, h, w]);
  const weight = ops.input("w", [o, c / attrs.group, k, k]);
  const { strides, pads, dilations, group } = attrs;
  const y = ops.conv(x, weight, { stride: strides, pads, dilation: dilations, group });
  const dy = ops.input("dy", y.shape);
  return [
    y,
    ops.convInputGrad(dy, weight, x.shape, attrs),
    ops.convWeightGrad(x, dy, weight.shape, attrs),
  ];
}

/** Standard normal numbers for the inputs of a value. */
export function normalFeeds(value: Value): Record<string, HostTensor> {
  const inputs = value.inputs.filter((x) => isOp(x, "Input"));
  return Object.fromEntries(
    inputs.map(({ attrs, shape }) => {
      const data = new Random(1).fillNormal(new Float32Array(sizeOf(shape)));
      return [attrs.name, hostTensor("float32", shape, data)];
    }),
  );
}
