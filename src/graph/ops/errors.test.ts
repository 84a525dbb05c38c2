import { describe, expect, it } from "vitest";
import { DTypeError, ShapeError } from "../../base/errors.ts";
import { scope, type Value } from "../value.ts";
import * as ops from "./index.ts";

const x = ops.input("x", [2, 3]);
const image = ops.input("image", [1, 4, 5, 6]);
const kernel = ops.input("kernel", [2, 4, 3, 3]);
const i = ops.input("i", [2], "int32");
const b = ops.input("b", [2, 3], "bool");

/** What is said, less the scope, and the mistake. */
type Mistakes = Readonly<Record<string, () => Value | Value[]>>;

const SHAPE_MISTAKES: Mistakes = {
  "Add: shapes [2, 3] and [2] do not broadcast, expected equal sizes or 1 on each axis.": () =>
    ops.add(x, ops.zeros([2])),
  "Where: shapes [2, 3] and [2, 3] and [4] do not broadcast, expected equal sizes or 1 on each axis.":
    () => ops.where(b, x, ops.zeros([4])),
  "Reshape: [2, 3] does not reshape to [4], expected a shape of 6 elements.": () =>
    ops.reshape(x, [4]),
  "Reshape: [2, 3] does not reshape to [4, -1], expected a shape of 6 elements.": () =>
    ops.reshape(x, [4, -1]),
  "Reshape: [2, 3] does not reshape to [-1, -1], expected a shape of 6 elements.": () =>
    ops.reshape(x, [-1, -1]),
  "Reshape: [2, 3] does not reshape to [-2, -3], expected a shape of 6 elements.": () =>
    ops.reshape(x, [-2, -3]),
  "Expand: shapes [2, 3] and [2, 4] do not broadcast, expected equal sizes or 1 on each axis.":
    () => ops.expand(x, [2, 4]),
  "Expand: [2, 3] does not expand to [3], expected a shape that the tensor broadcasts to.": () =>
    ops.expand(x, [3]),
  "Transpose: perm [0, 0] is no order of the 2 axes of [2, 3], expected each axis once.": () =>
    ops.transpose(x, [0, 0]),
  "Transpose: perm [-1] is no order of the 1 axes of [3], expected each axis once.": () =>
    ops.transpose(ops.zeros([3])),
  "Slice: range 3::1 of axis 1 in [2, 3] is empty, expected at least one element.": () =>
    ops.slice(x, { axis: 1, start: 3 }),
  "Slice: range ::0 of axis 0 in [2, 3] is empty, expected at least one element.": () =>
    ops.slice(x, { axis: 0, step: 0 }),
  "Slice: axis 2 does not exist in a tensor of rank 2, expected -2 to 1.": () =>
    ops.slice(x, { axis: 2 }),
  "Pad: paddings [1] and [1] do not fit [2, 3], expected one number of 0 or more an axis.": () =>
    ops.pad(x, [1], [1]),
  "Pad: paddings [0, -1] and [0, 0] do not fit [2, 3], expected one number of 0 or more an axis.":
    () => ops.pad(x, [0, -1], [0, 0]),
  "Pad: reflecting 2 and 0 elements of an axis of size 2, expected fewer than it has.": () =>
    ops.pad(x, [2, 0], [0, 0], "reflect"),
  "Concat: no tensors, expected at least one.": () => ops.concat([], 0),
  "Concat: [2, 3] and [2, 4] differ beside axis 0, expected equal sizes there.": () =>
    ops.concat([x, ops.zeros([2, 4])], 0),
  "Split: sizes [1, 1] add up to 2, expected 3, axis 1 of [2, 3].": () => ops.split(x, 1, [1, 1]),
  "Gather: input is a scalar, expected at least one axis.": () => ops.gather(ops.scalar(1), i),
  "ScatterAdd: updates have shape [3, 3], expected one that starts with [2], the shape of the indices.":
    () => ops.scatterAdd(ops.zeros([3, 3]), i, 4),
  "ReduceSum: axis 2 does not exist in a tensor of rank 2, expected -2 to 1.": () =>
    ops.reduceSum(x, { axes: [2] }),
  "Softmax: axis -3 does not exist in a tensor of rank 2, expected -2 to 1.": () =>
    ops.softmax(x, -3),
  "MatMul: [2, 3] x [2, 3] has inner sizes 3 and 2, expected equal ones.": () => ops.matmul(x, x),
  "MatMul: shapes [2, 3] and [3], expected rank 2 or more.": () => ops.matmul(x, ops.zeros([3])),
  "MatMul: shapes [2] and [4] do not broadcast, expected equal sizes or 1 on each axis.": () =>
    ops.matmul(ops.zeros([2, 2, 3]), ops.zeros([4, 3, 2])),
  "Conv: input has shape [2, 3], expected [N, C, H, W].": () => ops.conv(x, kernel),
  "Conv: weight has shape [2, 3], expected [O, C / group, kh, kw].": () => ops.conv(image, x),
  "Conv: input has 3 channels, weight [2, 4, 3, 3] with group 1 expects 4 and outputs divisible by the group.":
    () => ops.conv(ops.zeros([1, 3, 5, 6]), kernel),
  "Conv: input has 4 channels, weight [3, 2, 3, 3] with group 2 expects 4 and outputs divisible by the group.":
    () => ops.conv(image, ops.zeros([3, 2, 3, 3]), { group: 2 }),
  "Conv: kernel 3 x 3 does not fit the padded input of [1, 4, 5, 6], expected at least 7 x 7 pixels.":
    () => ops.conv(image, kernel, { dilation: 3 }),
  "ConvTranspose: input has 4 channels, weight [2, 4, 3, 3] expects 2, divisible by group 1.": () =>
    ops.convTranspose(image, kernel),
  "ConvTranspose: outputPadding is [1, 1], expected 0 or more and less than the strides [1, 1].":
    () => ops.convTranspose(image, ops.zeros([4, 2, 3, 3]), { outputPadding: 1 }),
  "ConvTranspose: the result of [1, 4, 5, 6] would be -1 x 0 pixels, expected at least 1 x 1. Use smaller pads.":
    () => ops.convTranspose(image, ops.zeros([4, 2, 3, 3]), { pads: 4 }),
  "Downsample: input has shape [2, 3], expected [N, C, H, W].": () =>
    ops.downsample(x, { factor: 2, taps: [1], pad: 0 }),
  "Downsample: input has shape [1, 4, 5, 6], expected height and width divisible by 2.": () =>
    ops.averagePool(image, 2),
  "Upsample: input has shape [2, 3], expected [N, C, H, W].": () => ops.upsampleFir(x),
  "ResizeBilinear: input has shape [2, 3], expected [N, C, H, W].": () =>
    ops.resizeBilinear(x, 4, 4),
};

const DTYPE_MISTAKES: Mistakes = {
  "Add: inputs are float32 and int32, expected equal types. Use cast().": () => ops.add(x, i),
  "Mul: inputs are bool, expected numbers. Use cast().": () => ops.mul(b, b),
  "Greater: inputs are int32 and float32, expected equal types. Use cast().": () =>
    ops.greater(i, 2),
  "Exp: input is int32, expected float32. Use cast().": () => ops.exp(i),
  "And: input is float32, expected bool. Use cast().": () => ops.and(b, x),
  "Not: input is float32, expected bool. Use cast().": () => ops.not(x),
  "Where: input is float32, expected bool. Use cast().": () => ops.where(x, x, x),
  "Where: branches are float32 and int32, expected equal types. Use cast().": () =>
    ops.where(b, x, ops.cast(x, "int32")),
  "Concat: parts are float32 and bool, expected equal types.": () => ops.concat([x, b], 0),
  "Gather: indices are float32, expected int32. Use cast().": () => ops.gather(x, x),
  "ScatterAdd: indices are float32, expected int32. Use cast().": () =>
    ops.scatterAdd(x, ops.zeros([2]), 4),
  "ReduceMax: input is bool, expected numbers. Use cast().": () => ops.reduceMax(b),
  "Softmax: input is int32, expected float32. Use cast().": () => ops.softmax(i),
  "MatMul: input is int32, expected float32. Use cast().": () => ops.matmul(x, i),
  "Conv: weight is int32, expected float32. Use cast().": () =>
    ops.conv(image, ops.cast(kernel, "int32")),
};

describe.each([
  { type: ShapeError, mistakes: SHAPE_MISTAKES },
  { type: DTypeError, mistakes: DTYPE_MISTAKES },
])("$type.name", ({ type, mistakes }) => {
  it.each(Object.entries(mistakes))("%s", (message, call) => {
    expect(message).toMatch(/expect(ed|s) /);
    const inScope = (): unknown => scope("generator", () => scope("b32", call));
    expect(inScope).toThrow(new type(message.replace(":", " (generator/b32):")));
    expect(call).toThrow(new type(message));
  });
});
