import { invariant } from "../../base/errors.ts";
import { sizeOf } from "../../base/shape.ts";
import { type HostTensor, hostTensor } from "../../base/tensor.ts";
import type { ConvAttrs, OpName, ResampleAttrs, Value } from "../value.ts";
import { float, type OnnxBuilder, type ShortAttributes } from "./builder.ts";
import { DATA_TYPE } from "./schema.ts";

/** Writes one value as ONNX nodes, given the names of its inputs, and returns the name of its result. */
export type Lowering<K extends OpName> = (
  builder: OnnxBuilder,
  value: Value<K>,
  inputs: readonly string[],
) => string;

const direct =
  (opType: string): Lowering<OpName> =>
  (b, _, inputs) =>
    b.node(opType, inputs);

/** ONNX attributes of a convolution's geometry. */
export function convAttributes(
  { strides, pads, dilations, group }: ConvAttrs,
  kernel: readonly number[],
): ShortAttributes {
  return { kernel_shape: kernel, strides, pads, dilations, group };
}

const PERM_SWAP_FIRST = [1, 0, 2, 3];

/** Images and cotangent change roles: channels become the batch, the batch becomes the channels that are summed over. */
const convWeightGrad: Lowering<"ConvWeightGrad"> = (b, value, [x = "", dy = ""]) => {
  const { strides, pads, dilations, group } = value.attrs;
  const [images, cotangent] = value.inputs as [Value, Value];
  const [n = 0, c = 0, h = 0, w = 0] = images.shape;
  const [, , dh = 0, dw = 0] = cotangent.shape;
  const [o = 0, cg = 0, kh = 0, kw = 0] = value.shape;
  const grouped = b.reshape(x, [n, group, c / group, h, w]);
  const swapped = b.reshape(b.transpose(grouped, [2, 1, 0, 3, 4]), [cg, group * n, h, w]);
  const kernels = b.transpose(dy, PERM_SWAP_FIRST);
  const attributes = {
    kernel_shape: [dh, dw],
    strides: dilations,
    pads,
    dilations: strides,
    group,
  };
  const full = b.node("Conv", [swapped, kernels], attributes);
  const cut = b.node("Slice", [full, b.ints([0, 0]), b.ints([kh, kw]), b.ints([2, 3])]);
  invariant(o % group === 0, "weight gradient of uneven groups");
  return b.transpose(cut, PERM_SWAP_FIRST);
};

const convInputGrad: Lowering<"ConvInputGrad"> = (b, value, [dy = "", weight = ""]) => {
  const { strides, pads, dilations, group } = value.attrs;
  const [cotangent, kernels] = value.inputs as [Value, Value];
  const kernel = kernels.shape.slice(2);
  const outputPadding = [0, 1].map((axis) => {
    const [size = 0, small = 0, k = 0] = [
      value.shape[axis + 2],
      cotangent.shape[axis + 2],
      kernel[axis],
    ];
    const [stride = 1, dilation = 1, before = 0, after = 0] = [
      strides[axis],
      dilations[axis],
      pads[axis],
      pads[axis + 2],
    ];
    return size - ((small - 1) * stride - before - after + dilation * (k - 1) + 1);
  });
  return b.node("ConvTranspose", [dy, weight], {
    kernel_shape: kernel,
    strides,
    pads,
    dilations,
    group,
    output_padding: outputPadding,
  });
};

/** The matrix [from, to] of a one-dimensional `downsample`: `y = x M`. */
function resampleMatrix(from: number, { factor, taps, pad }: ResampleAttrs): HostTensor {
  const to = from / factor;
  const data = new Float32Array(from * to);
  for (let i = 0; i < to; i++) {
    for (const [t, tap] of taps.entries()) {
      const at = factor * i + t - pad;
      if (at >= 0 && at < from) data[at * to + i] = (data[at * to + i] as number) + tap;
    }
  }
  return hostTensor("float32", [from, to], data);
}

function transposed({ shape, data }: HostTensor): HostTensor {
  const [rows = 0, columns = 0] = shape;
  const out = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j] as number;
  return hostTensor("float32", [columns, rows], out);
}

const matrixCache = new Map<string, HostTensor>();

/** Resampling matrices are shared within and across graphs, so that the builder sees equal ones as one. */
function sharedMatrix(from: number, attrs: ResampleAttrs, flip: boolean): HostTensor {
  const key = `${from}|${flip}|${JSON.stringify(attrs)}`;
  let matrix = matrixCache.get(key);
  if (matrix === undefined) {
    matrix = resampleMatrix(from, attrs);
    if (flip) matrix = transposed(matrix);
    matrixCache.set(key, matrix);
  }
  return matrix;
}

/** Both axes as products with constant matrices: right for any filter, and a GEMM everywhere. */
const downsample: Lowering<"Downsample"> = (b, value, [x = ""]) => {
  const [, , h = 0, w = 0] = (value.inputs[0] as Value).shape;
  const narrow = b.node("MatMul", [x, b.tensor(sharedMatrix(w, value.attrs, false))]);
  return b.node("MatMul", [b.tensor(sharedMatrix(h, value.attrs, true)), narrow]);
};

const upsample: Lowering<"Upsample"> = (b, value, [x = ""]) => {
  const [, , h = 0, w = 0] = value.shape;
  const tall = b.node("MatMul", [b.tensor(sharedMatrix(h, value.attrs, false)), x]);
  return b.node("MatMul", [tall, b.tensor(sharedMatrix(w, value.attrs, true))]);
};

/** Exchanges the last two axes of an operand. */
function swapLast(b: OnnxBuilder, name: string, rank: number): string {
  return b.transpose(
    name,
    [...Array(rank).keys()].map((i) => (i < rank - 2 ? i : 2 * rank - 3 - i)),
  );
}

/** Standard ONNX (opset 18) for every operation: runs on any execution provider, and is all that exported files contain. */
export const portableLowerings: { readonly [K in OpName]: Lowering<K> } = {
  Input: (_, value) => value.attrs.name,
  Constant: (b, value) => b.tensor(value.attrs.tensor),
  StopGradient: (_b, _v, [x = ""]) => x,
  Cast: (b, value, inputs) => b.node("Cast", inputs, { to: DATA_TYPE[value.attrs.to] }),
  Neg: direct("Neg"),
  Exp: direct("Exp"),
  Log: direct("Log"),
  Sqrt: direct("Sqrt"),
  Reciprocal: direct("Reciprocal"),
  Sin: direct("Sin"),
  Cos: direct("Cos"),
  Tanh: direct("Tanh"),
  Sigmoid: direct("Sigmoid"),
  Softplus: direct("Softplus"),
  Erf: direct("Erf"),
  Abs: direct("Abs"),
  Sign: direct("Sign"),
  Floor: direct("Floor"),
  LeakyRelu: (b, value, inputs) =>
    value.attrs.alpha === 0
      ? b.node("Relu", inputs)
      : b.node("LeakyRelu", inputs, { alpha: float(value.attrs.alpha) }),
  // Scaled far beyond 1 and clipped: twice as fast as comparing and selecting. Subnormal inputs may give values in between.
  LeakyReluMask: (b, value, [x = ""]) =>
    b.node("Clip", [b.node("Mul", [x, b.scalar(3e38)]), b.scalar(value.attrs.alpha), b.scalar(1)]),
  Clip: (b, value, [x = ""]) =>
    b.node("Clip", [x, b.scalar(value.attrs.min), b.scalar(value.attrs.max)]),
  Not: direct("Not"),
  Add: direct("Add"),
  Sub: direct("Sub"),
  Mul: direct("Mul"),
  Div: direct("Div"),
  Pow: direct("Pow"),
  Min: direct("Min"),
  Max: direct("Max"),
  Greater: direct("Greater"),
  GreaterOrEqual: direct("GreaterOrEqual"),
  Less: direct("Less"),
  LessOrEqual: direct("LessOrEqual"),
  Equal: direct("Equal"),
  And: direct("And"),
  Or: direct("Or"),
  Where: direct("Where"),
  ReduceSum: (b, value, [x = ""]) =>
    b.node("ReduceSum", [x, b.ints(value.attrs.axes)], { keepdims: 1 }),
  ReduceMax: (b, value, [x = ""]) =>
    b.node("ReduceMax", [x, b.ints(value.attrs.axes)], { keepdims: 1 }),
  Softmax: (b, value, inputs) => b.node("Softmax", inputs, { axis: value.attrs.axis }),
  Reshape: (b, value, [x = ""]) => b.reshape(x, value.shape),
  Expand: (b, value, [x = ""]) => b.node("Expand", [x, b.ints(value.shape)]),
  Transpose: (b, value, inputs) => b.node("Transpose", inputs, { perm: value.attrs.perm }),
  Slice: (b, value, [x = ""]) => {
    const { starts, steps } = value.attrs;
    // One step past the last element taken; below zero ONNX needs a number smaller than -size.
    const ends = value.shape.map((count, i) => {
      const end =
        (starts[i] as number) + (steps[i] as number) * (count - 1) + Math.sign(steps[i] as number);
      return end < 0 ? -(2 ** 31) : end;
    });
    const source = (value.inputs[0] as Value).shape;
    const axes = source.flatMap((d, i) => (d === value.shape[i] && steps[i] === 1 ? [] : [i]));
    const pick = (list: readonly number[]): string =>
      b.ints(axes.map((axis) => list[axis] as number));
    return b.node("Slice", [x, pick(starts), pick(ends), b.ints(axes), pick(steps)]);
  },
  Pad: (b, value, [x = ""]) =>
    b.node("Pad", [x, b.ints([...value.attrs.before, ...value.attrs.after])]),
  Concat: (b, value, inputs) => b.node("Concat", inputs, { axis: value.attrs.axis }),
  Gather: (b, _, inputs) => b.node("Gather", inputs, { axis: 0 }),
  ScatterAdd: (b, value, [updates = "", indices = ""]) => {
    const rest = value.shape.slice(1);
    const width = sizeOf(rest);
    const count = sizeOf((value.inputs[1] as Value).shape);
    const rows = value.shape[0] as number;
    const target = b.node("Expand", [b.scalar(0), b.ints([rows, width])]);
    const places = b.node("Expand", [b.reshape(indices, [count, 1]), b.ints([count, width])]);
    const sums = b.node("ScatterElements", [target, places, b.reshape(updates, [count, width])], {
      axis: 0,
      reduction: "add",
    });
    return b.reshape(sums, value.shape);
  },
  MatMul: (b, value, [a = "", c = ""]) => {
    const [left, right] = value.inputs as [Value, Value];
    const { transA, transB } = value.attrs;
    if (left.shape.length === 2 && right.shape.length === 2 && (transA || transB)) {
      return b.node("Gemm", [a, c], { transA: transA ? 1 : 0, transB: transB ? 1 : 0 });
    }
    return b.node("MatMul", [
      transA ? swapLast(b, a, left.shape.length) : a,
      transB ? swapLast(b, c, right.shape.length) : c,
    ]);
  },
  Conv: (b, value, inputs) =>
    b.node("Conv", inputs, convAttributes(value.attrs, (value.inputs[1] as Value).shape.slice(2))),
  ConvInputGrad: convInputGrad,
  ConvWeightGrad: convWeightGrad,
  Downsample: downsample,
  Upsample: upsample,
};
