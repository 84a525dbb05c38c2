import { given, type OpCase, opCase, real } from "./op-case.ts";
import * as ops from "./ops/index.ts";
import type { ConvAttrs, Value } from "./value.ts";

const flags = given("bool", [2, 3], [1, 0, 1, 0, 0, 1]);
const otherFlags = given("bool", [2, 3], [1, 1, 0, 0, 1, 1]);
const integers = given("int32", [2, 3], [-7, 3, 0, 5, -2, 8]);
const otherIntegers = given("int32", [2, 3], [2, 3, -4, 5, 3, -3]);
/** Rows with equal neighbours, for the rules about ties. */
const steps = given("float32", [2, 4], [1, 2, 2, -1, 0.5, 0.5, 0.5, -3]);
const otherSteps = given("float32", [2, 4], [1, -2, 2.5, -1, 0.5, 1, -0.5, -3]);
const x23 = real([2, 3], -2, 2);
const positive = real([2, 3], 0.3, 2);

const elementwise: readonly OpCase[] = [
  opCase("Neg", { x: x23 }, ({ x }) => ops.neg(x)),
  opCase("Exp", { x: x23 }, ({ x }) => ops.exp(x)),
  opCase("Log", { x: positive }, ({ x }) => ops.log(x)),
  opCase("Sqrt", { x: positive }, ({ x }) => ops.sqrt(x)),
  opCase("Reciprocal", { x: positive }, ({ x }) => ops.reciprocal(x)),
  opCase("Reciprocal of negatives", { x: real([2, 3], -2, -0.3) }, ({ x }) => ops.reciprocal(x)),
  opCase("Sin", { x: real([2, 3], -4, 4) }, ({ x }) => ops.sin(x)),
  opCase("Cos", { x: real([2, 3], -4, 4) }, ({ x }) => ops.cos(x)),
  opCase("Tanh", { x: x23 }, ({ x }) => ops.tanh(x)),
  opCase("Sigmoid", { x: real([2, 3], -4, 4) }, ({ x }) => ops.sigmoid(x)),
  opCase("Sigmoid of large", { x: real([2, 3], -60, 60) }, ({ x }) => ops.sigmoid(x)),
  opCase("Softplus", { x: real([2, 3], -4, 4) }, ({ x }) => ops.softplus(x)),
  opCase("Softplus of large", { x: real([2, 3], -60, 60) }, ({ x }) => ops.softplus(x)),
  opCase("Erf", { x: real([3, 4], -3, 3) }, ({ x }) => ops.erf(x), { rounded: true }),
  opCase("Abs", { x: real([2, 3], -2, 2, [0]) }, ({ x }) => ops.abs(x)),
  opCase("Abs at 0", { x: given("float32", [3], [-1, 0, 2]) }, ({ x }) => ops.abs(x), {
    smooth: false,
  }),
  opCase("Sign", { x: given("float32", [4], [-2.5, 0.5, 3, -0.25]) }, ({ x }) => ops.sign(x)),
  opCase("Sign at 0", { x: given("float32", [3], [-1, 0, 2]) }, ({ x }) => ops.sign(x), {
    smooth: false,
  }),
  opCase("Floor", { x: real([2, 3], -3, 3, [-3, -2, -1, 0, 1, 2, 3]) }, ({ x }) => ops.floor(x)),
  opCase("relu", { x: real([2, 3], -2, 2, [0]) }, ({ x }) => ops.relu(x)),
  opCase("LeakyRelu", { x: real([2, 3], -2, 2, [0]) }, ({ x }) => ops.leakyRelu(x, 0.2)),
  opCase(
    "LeakyRelu at 0",
    { x: given("float32", [3], [-1, 0, 2]) },
    ({ x }) => ops.leakyRelu(x, 0.2),
    { smooth: false },
  ),
  opCase("LeakyRelu of a product", { a: real([2, 3], -2, 2, [0]), b: positive }, ({ a, b }) =>
    ops.leakyRelu(ops.mul(a, b), 0.1),
  ),
  opCase("LeakyReluMask", { x: real([2, 3], -2, 2, [0]) }, ({ x }) =>
    ops.mul(x, ops.leakyReluMask(x, 0.2)),
  ),
  opCase("Clip", { x: real([3, 4], -2, 2, [-0.5, 1]) }, ({ x }) =>
    ops.square(ops.clip(x, -0.5, 1)),
  ),
  opCase(
    "Clip at its limits",
    { x: given("float32", [4], [-0.5, 1, 0, 2]) },
    ({ x }) => ops.clip(x, -0.5, 1),
    { smooth: false },
  ),
  opCase("square", { x: x23 }, ({ x }) => ops.square(x)),
  opCase("gelu", { x: real([3, 4], -3, 3) }, ({ x }) => ops.gelu(x), { rounded: true }),
  opCase("StopGradient", { x: x23 }, ({ x }) => ops.mul(x, ops.stopGradient(x)), {
    smooth: false,
  }),
  opCase("value used twice", { x: x23 }, ({ x }) => ops.add(ops.mul(x, ops.sin(x)), ops.exp(x))),
  opCase("Exp of expanded", { x: real([3]) }, ({ x }) => ops.exp(ops.expand(x, [2, 3]))),

  opCase("Add", { a: x23, b: x23 }, ({ a, b }) => ops.add(a, b)),
  opCase("Add with broadcasting", { a: x23, b: real([3]) }, ({ a, b }) =>
    ops.square(ops.add(a, b)),
  ),
  opCase("Add of two expanded", { a: real([1, 3]), b: real([2, 1]) }, ({ a, b }) =>
    ops.square(ops.add(ops.expand(a, [2, 3]), ops.expand(b, [2, 3]))),
  ),
  opCase("Add of numbers", { x: x23 }, ({ x }) => ops.add(0.5, ops.add(ops.add(x, 0), 1.5))),
  opCase("Add of int32", { a: integers, b: otherIntegers }, ({ a, b }) => ops.add(a, b)),
  opCase("Sub", { a: x23, b: x23 }, ({ a, b }) => ops.sub(a, b)),
  opCase("Sub with broadcasting", { a: real([2, 1, 3]), b: real([4, 1]) }, ({ a, b }) =>
    ops.square(ops.sub(a, b)),
  ),
  opCase("Sub from a number", { x: x23 }, ({ x }) => ops.square(ops.sub(1, ops.sub(x, 0)))),
  opCase("Sub of int32", { a: integers, b: otherIntegers }, ({ a, b }) => ops.sub(a, b)),
  opCase("Mul", { a: x23, b: x23 }, ({ a, b }) => ops.mul(a, b)),
  opCase("Mul with broadcasting", { a: real([2, 1, 3]), b: real([4, 1]) }, ({ a, b }) =>
    ops.mul(a, b),
  ),
  opCase("Mul by numbers", { x: x23 }, ({ x }) => ops.mul(0.5, ops.mul(ops.mul(x, 1), -3))),
  opCase("Mul of int32", { a: integers, b: otherIntegers }, ({ a, b }) => ops.mul(a, b)),
  opCase("Div", { a: x23, b: positive }, ({ a, b }) => ops.div(a, b)),
  opCase("Div with broadcasting", { a: real([3]), b: real([2, 3], -2, -0.4) }, ({ a, b }) =>
    ops.div(a, b),
  ),
  opCase("Div of int32", { a: integers, b: otherIntegers }, ({ a, b }) => ops.div(a, b)),
  opCase("Pow", { a: positive, b: x23 }, ({ a, b }) => ops.pow(a, b)),
  opCase("Pow with broadcasting", { a: real([3], 0.3, 2), b: real([2, 1]) }, ({ a, b }) =>
    ops.pow(a, b),
  ),
  opCase("Pow of negatives by 3", { x: x23 }, ({ x }) => ops.pow(x, 3)),
  opCase("Min", { a: x23, b: x23 }, ({ a, b }) => ops.square(ops.minimum(a, b))),
  opCase("Min at ties", { a: steps, b: otherSteps }, ({ a, b }) => ops.minimum(a, b), {
    smooth: false,
  }),
  opCase("Max", { a: x23, b: real([2, 1], -2, 2) }, ({ a, b }) => ops.square(ops.maximum(a, b))),
  opCase("Max at ties", { a: steps, b: otherSteps }, ({ a, b }) => ops.maximum(a, b), {
    smooth: false,
  }),
  opCase("Greater", { a: steps, b: otherSteps }, ({ a, b }) => ops.greater(a, b)),
  opCase("GreaterOrEqual", { a: steps, b: otherSteps }, ({ a, b }) => ops.greaterOrEqual(a, b)),
  opCase("Less", { a: steps, b: otherSteps }, ({ a, b }) => ops.less(a, b)),
  opCase("LessOrEqual", { a: steps, b: otherSteps }, ({ a, b }) => ops.lessOrEqual(a, b)),
  opCase("Equal", { a: steps, b: otherSteps }, ({ a, b }) => ops.equal(a, b)),
  opCase("Equal of int32", { a: integers, b: otherIntegers }, ({ a, b }) => ops.equal(a, b)),
  opCase("comparison as weight", { a: x23, b: x23 }, ({ a, b }) =>
    ops.mul(ops.cast(ops.less(a, b), "float32"), ops.mul(a, b)),
  ),
  opCase("Not", { a: flags }, ({ a }) => ops.not(a)),
  opCase("And", { a: flags, b: otherFlags }, ({ a, b }) => ops.and(a, b)),
  opCase("Or", { a: flags, b: otherFlags }, ({ a, b }) => ops.or(a, b)),
  opCase("Where", { c: flags, a: x23, b: x23 }, ({ c, a, b }) => ops.square(ops.where(c, a, b))),
  opCase("Where with broadcasting", { c: flags, a: real([3]), b: real([2, 1]) }, ({ c, a, b }) =>
    ops.square(ops.where(c, a, b)),
  ),
  opCase("Where with a number", { c: flags, a: x23 }, ({ c, a }) =>
    ops.square(ops.where(c, a, 0.5)),
  ),
  opCase("Where of int32", { c: flags, a: integers, b: otherIntegers }, ({ c, a, b }) =>
    ops.where(c, a, b),
  ),
  opCase("Cast to int32", { x: real([2, 3], -3, 3, [-2, -1, 0, 1, 2]) }, ({ x }) =>
    ops.cast(x, "int32"),
  ),
  opCase("Cast to int32 and back", { x: real([2, 3], -3, 3, [-2, -1, 1, 2]) }, ({ x }) =>
    ops.mul(x, ops.cast(ops.cast(x, "int32"), "float32")),
  ),
  opCase("Cast to bool", { x: given("float32", [4], [0, 0.5, -2, 0]) }, ({ x }) =>
    ops.cast(x, "bool"),
  ),
  opCase("Cast from bool", { x: flags }, ({ x }) => ops.cast(x, "float32")),
  opCase("Cast from uint8", { x: given("uint8", [4], [0, 1, 128, 255]) }, ({ x }) =>
    ops.mul(ops.cast(x, "float32"), 0.5),
  ),
];

const x234 = real([2, 3, 4], -2, 2);

const reductions: readonly OpCase[] = [
  opCase("ReduceSum of all", { x: x234 }, ({ x }) => ops.square(ops.reduceSum(x))),
  opCase("ReduceSum", { x: x234 }, ({ x }) => ops.square(ops.reduceSum(x, { axes: [0, 2] }))),
  opCase("ReduceSum with keepdims", { x: x234 }, ({ x }) =>
    ops.mul(x, ops.reduceSum(x, { axes: [-1], keepdims: true })),
  ),
  opCase("ReduceMax of all", { x: x234 }, ({ x }) => ops.square(ops.reduceMax(x))),
  opCase("ReduceMax", { x: x234 }, ({ x }) => ops.square(ops.reduceMax(x, { axes: [1] }))),
  opCase("ReduceMax at ties", { x: steps }, ({ x }) => ops.reduceMax(x, { axes: [1] }), {
    smooth: false,
  }),
  opCase("reduceMean", { x: x234 }, ({ x }) => ops.square(ops.reduceMean(x, { axes: [0, 2] }))),
  opCase(
    "reduceMean over 3",
    { x: x234 },
    ({ x }) => ops.square(ops.reduceMean(x, { axes: [1] })),
    {
      rounded: true,
    },
  ),
  opCase("reduceLogSumExp", { x: x234 }, ({ x }) => ops.reduceLogSumExp(x, { axes: [1] })),
  opCase("reduceLogSumExp of large", { x: real([2, 4], 800, 803) }, ({ x }) =>
    ops.reduceLogSumExp(x, { axes: [-1], keepdims: true }),
  ),
  opCase("Softmax", { x: x234 }, ({ x }) => ops.softmax(x)),
  opCase("Softmax along axis 1", { x: x234 }, ({ x }) => ops.softmax(x, 1)),
  opCase("Softmax of large", { x: real([2, 4], 800, 803) }, ({ x }) => ops.softmax(x)),
];

const indices = given("int32", [2, 2], [3, 0, 3, 1]);

const movement: readonly OpCase[] = [
  opCase("Constant", { x: x23 }, ({ x }) =>
    ops.mul(x, ops.constantOf([2, 3], [1, -2, 0.5, 4, 0.25, -1])),
  ),
  opCase("Reshape", { x: x234 }, ({ x }) => ops.square(ops.reshape(x, [4, -1]))),
  opCase("Reshape to a scalar", { x: real([1, 1]) }, ({ x }) => ops.square(ops.reshape(x, []))),
  opCase("Reshape of expanded", { x: real([1]) }, ({ x }) =>
    ops.mul(ops.reshape(ops.expand(x, [4, 3]), [2, 6]), ops.square(x)),
  ),
  opCase("Expand", { x: real([2, 1]) }, ({ x }) => ops.expand(x, [2, 3])),
  opCase("Expand to new axes", { x: real([3, 1]) }, ({ x }) =>
    ops.expand(ops.square(x), [2, 3, 4]),
  ),
  opCase("Transpose", { x: x23 }, ({ x }) => ops.square(ops.transpose(x))),
  opCase("Transpose with perm", { x: x234 }, ({ x }) => ops.square(ops.transpose(x, [2, 0, 1]))),
  opCase("Transpose twice", { x: x234 }, ({ x }) =>
    ops.transpose(ops.transpose(x, [2, 0, 1]), [0, 2, 1]),
  ),
  opCase("Slice", { x: x234 }, ({ x }) =>
    ops.square(ops.slice(x, { axis: 1, start: 1 }, { axis: -1, start: -3, end: -1 })),
  ),
  opCase("Slice with step", { x: real([2, 7]) }, ({ x }) =>
    ops.square(ops.slice(x, { axis: 1, start: 1, end: 7, step: 2 })),
  ),
  opCase("Slice with step 3 that ends early", { x: real([8, 2]) }, ({ x }) =>
    ops.square(ops.slice(x, { axis: 0, step: 3 })),
  ),
  opCase("Slice with negative step", { x: real([2, 7]) }, ({ x }) =>
    ops.square(ops.slice(x, { axis: 1, start: -2, end: 0, step: -2 })),
  ),
  opCase("Slice of both axes backwards", { x: real([5, 4]) }, ({ x }) =>
    ops.square(ops.slice(x, { axis: 0, step: -2 }, { axis: 1, start: 2, step: -1 })),
  ),
  opCase("Slice of int32", { x: integers }, ({ x }) => ops.slice(x, { axis: 1, start: 1 })),
  opCase("flip", { x: x234 }, ({ x }) => ops.square(ops.flip(x, 1))),
  opCase("Pad", { x: x23 }, ({ x }) => ops.square(ops.pad(x, [1, 0], [0, 2]))),
  opCase("Pad of images", { x: real([1, 2, 2, 3]) }, ({ x }) =>
    ops.pad(x, [0, 0, 1, 2], [0, 0, 0, 1]),
  ),
  opCase("Pad by reflection", { x: real([1, 2, 3, 4]) }, ({ x }) =>
    ops.square(ops.pad(x, [0, 0, 1, 2], [0, 0, 2, 1], "reflect")),
  ),
  opCase("Pad by edges", { x: real([1, 2, 2, 3]) }, ({ x }) =>
    ops.square(ops.pad(x, [0, 0, 1, 2], [0, 0, 2, 1], "edge")),
  ),
  opCase("Concat", { a: real([1, 3]), b: real([2, 3]) }, ({ a, b }) =>
    ops.square(ops.concat([a, b, a], 0)),
  ),
  opCase("Concat along the last axis", { a: real([2, 3, 1]), b: real([2, 3, 2]) }, ({ a, b }) =>
    ops.square(ops.concat([a, b], -1)),
  ),
  opCase("split", { x: real([2, 6]) }, ({ x }) => {
    const [a, b, c] = ops.split(x, 1, [1, 3, 2]) as [Value, Value, Value];
    return ops.mul(ops.mul(a, b), ops.reduceSum(c, { axes: [1], keepdims: true }));
  }),
  opCase("Gather", { x: real([4, 3]), i: indices }, ({ x, i }) => ops.square(ops.gather(x, i))),
  opCase("Gather of scalars", { x: real([5]), i: indices }, ({ x, i }) =>
    ops.square(ops.gather(x, i)),
  ),
  opCase("Gather of int32", { x: given("int32", [4], [5, -6, 7, 8]), i: indices }, ({ x, i }) =>
    ops.gather(x, i),
  ),
  opCase("ScatterAdd", { x: real([2, 2, 3]), i: indices }, ({ x, i }) =>
    ops.square(ops.scatterAdd(x, i, 5)),
  ),
];

const geometry = (options: Partial<ConvAttrs>): ConvAttrs => ({
  strides: [1, 1],
  pads: [0, 0, 0, 0],
  dilations: [1, 1],
  group: 1,
  ...options,
});
const image = real([2, 2, 4, 5]);
const kernel = real([3, 2, 3, 3]);

const contractions: readonly OpCase[] = [
  opCase("MatMul", { a: real([2, 3]), b: real([3, 4]) }, ({ a, b }) => ops.matmul(a, b)),
  opCase("MatMul with transA", { a: real([3, 2]), b: real([3, 4]) }, ({ a, b }) =>
    ops.matmul(a, b, { transA: true }),
  ),
  opCase("MatMul with transB", { a: real([2, 3]), b: real([4, 3]) }, ({ a, b }) =>
    ops.matmul(a, b, { transB: true }),
  ),
  opCase("MatMul with both", { a: real([3, 2]), b: real([4, 3]) }, ({ a, b }) =>
    ops.matmul(a, b, { transA: true, transB: true }),
  ),
  opCase("MatMul of batches", { a: real([2, 1, 2, 3]), b: real([3, 3, 2]) }, ({ a, b }) =>
    ops.matmul(a, b),
  ),
  opCase("MatMul of batches with both", { a: real([3, 2]), b: real([2, 2, 2, 3]) }, ({ a, b }) =>
    ops.matmul(a, b, { transA: true, transB: true }),
  ),
  opCase("Conv", { x: image, w: kernel }, ({ x, w }) => ops.conv(x, w)),
  opCase("Conv 1x1", { x: real([1, 3, 2, 2]), w: real([2, 3, 1, 1]) }, ({ x, w }) =>
    ops.conv(x, w),
  ),
  opCase("Conv with pads", { x: real([1, 2, 3, 3]), w: kernel }, ({ x, w }) =>
    ops.conv(x, w, { pads: 1 }),
  ),
  opCase("Conv with uneven pads", { x: real([1, 2, 3, 3]), w: real([2, 2, 2, 3]) }, ({ x, w }) =>
    ops.conv(x, w, { pads: [1, 0, 2, 1] }),
  ),
  opCase("Conv with stride", { x: real([1, 2, 6, 6]), w: kernel }, ({ x, w }) =>
    ops.conv(x, w, { stride: 2, pads: 1 }),
  ),
  opCase("Conv with uneven stride", { x: real([1, 2, 5, 6]), w: real([2, 2, 2, 2]) }, ({ x, w }) =>
    ops.conv(x, w, { stride: [2, 3] }),
  ),
  opCase("Conv with dilation", { x: real([1, 2, 5, 6]), w: real([2, 2, 2, 3]) }, ({ x, w }) =>
    ops.conv(x, w, { dilation: [3, 2], pads: [0, 1, 1, 0] }),
  ),
  opCase("Conv with groups", { x: real([2, 4, 3, 3]), w: real([6, 2, 2, 2]) }, ({ x, w }) =>
    ops.conv(x, w, { group: 2 }),
  ),
  opCase("Conv by channel", { x: real([1, 3, 4, 4]), w: real([3, 1, 3, 3]) }, ({ x, w }) =>
    ops.conv(x, w, { group: 3, pads: 1 }),
  ),
  opCase("Conv with everything", { x: real([1, 4, 6, 5]), w: real([4, 2, 2, 2]) }, ({ x, w }) =>
    ops.conv(x, w, { stride: [2, 1], pads: [1, 2, 0, 1], dilation: [1, 2], group: 2 }),
  ),
  opCase("ConvInputGrad", { u: real([1, 3, 2, 3]), w: kernel }, ({ u, w }) =>
    ops.convInputGrad(u, w, [1, 2, 4, 5], geometry({})),
  ),
  opCase(
    "ConvInputGrad with everything",
    { u: real([1, 4, 3, 5]), w: real([4, 2, 3, 2]) },
    ({ u, w }) =>
      ops.convInputGrad(
        u,
        w,
        [1, 4, 6, 5],
        geometry({ strides: [2, 1], pads: [1, 1, 1, 1], dilations: [1, 2], group: 2 }),
      ),
  ),
  opCase("ConvWeightGrad", { x: image, u: real([2, 3, 2, 3]) }, ({ x, u }) =>
    ops.convWeightGrad(x, u, [3, 2, 3, 3], geometry({})),
  ),
  opCase(
    "ConvWeightGrad with everything",
    { x: real([2, 4, 6, 5]), u: real([2, 4, 3, 5]) },
    ({ x, u }) =>
      ops.convWeightGrad(
        x,
        u,
        [4, 2, 3, 2],
        geometry({ strides: [2, 1], pads: [1, 1, 1, 1], dilations: [1, 2], group: 2 }),
      ),
  ),
  opCase("convTranspose", { x: real([2, 3, 2, 2]), w: real([3, 2, 3, 3]) }, ({ x, w }) =>
    ops.convTranspose(x, w),
  ),
  opCase(
    "convTranspose with outputPadding",
    { x: real([1, 2, 2, 3]), w: real([2, 2, 3, 3]) },
    ({ x, w }) => ops.convTranspose(x, w, { stride: 2, pads: 1, outputPadding: 1 }),
  ),
  opCase(
    "convTranspose with everything",
    { x: real([1, 4, 2, 2]), w: real([4, 1, 2, 3]) },
    ({ x, w }) =>
      ops.convTranspose(x, w, {
        stride: [2, 3],
        pads: 1,
        dilation: [2, 1],
        group: 2,
        outputPadding: [0, 2],
      }),
  ),
  opCase("two layers", { x: image, v: real([2, 2, 3, 3]), w: real([1, 2, 2, 3]) }, ({ x, v, w }) =>
    ops.conv(ops.tanh(ops.conv(x, v)), w),
  ),
];

const resampling: readonly OpCase[] = [
  opCase("Downsample", { x: real([1, 2, 4, 6]) }, ({ x }) =>
    ops.square(ops.downsample(x, { factor: 2, taps: [0.5, -1, 2], pad: 1 })),
  ),
  opCase("Downsample by 3", { x: real([1, 1, 6, 3]) }, ({ x }) =>
    ops.square(ops.downsample(x, { factor: 3, taps: [0.5, -1, 2, 1, 0.25], pad: 2 })),
  ),
  opCase("Upsample", { x: real([1, 2, 2, 3]) }, ({ x }) =>
    ops.square(ops.upsample(x, { factor: 2, taps: [0.5, -1, 2], pad: 1 })),
  ),
  opCase("Upsample by 3", { x: real([1, 1, 2, 2]) }, ({ x }) =>
    ops.square(ops.upsample(x, { factor: 3, taps: [0.5, -1, 2, 1, 0.25], pad: 2 })),
  ),
  opCase("downsampleFir", { x: real([1, 2, 4, 6]) }, ({ x }) => ops.square(ops.downsampleFir(x))),
  opCase("upsampleFir", { x: real([1, 2, 2, 3]) }, ({ x }) => ops.square(ops.upsampleFir(x))),
  opCase("averagePool", { x: real([1, 2, 6, 3]) }, ({ x }) => ops.square(ops.averagePool(x, 3))),
  opCase("resizeNearest", { x: real([1, 2, 2, 2]) }, ({ x }) =>
    ops.square(ops.resizeNearest(x, 2)),
  ),
  opCase("resizeBilinear up", { x: real([1, 2, 2, 3]) }, ({ x }) =>
    ops.square(ops.resizeBilinear(x, 4, 6)),
  ),
  opCase("resizeBilinear down", { x: real([1, 1, 8, 8]) }, ({ x }) =>
    ops.square(ops.resizeBilinear(x, 4, 2)),
  ),
  opCase(
    "resizeBilinear to an odd size",
    { x: real([1, 1, 4, 5]) },
    ({ x }) => ops.square(ops.resizeBilinear(x, 7, 3)),
    { rounded: true },
  ),
];

/**
 * Every operation and composite function, at least once: the one table by which the interpreter, its gradients and every
 * runtime are tested.
 */
export const OP_CASES: readonly OpCase[] = [
  ...elementwise,
  ...reductions,
  ...movement,
  ...contractions,
  ...resampling,
];
