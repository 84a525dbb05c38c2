import { hostTensor } from "../../base/tensor.ts";
import type { OnnxBuilder } from "../../graph/onnx/builder.ts";
import { portableLowerings } from "../../graph/onnx/portable.ts";
import type { ConvAttrs, Value } from "../../graph/value.ts";
import { blockedConv, reorderInput, reorderOutput } from "./blocked.ts";
import { type Candidate, MICROSOFT } from "./lowering.ts";

type Grad = Value<"ConvWeightGrad">;

interface Geometry {
  readonly n: number;
  readonly c: number;
  readonly h: number;
  readonly w: number;
  readonly o: number;
  readonly dh: number;
  readonly dw: number;
  readonly kh: number;
  readonly kw: number;
  readonly cg: number;
  readonly group: number;
}

function geometry(value: Grad): Geometry {
  const [n = 0, c = 0, h = 0, w = 0] = (value.inputs[0] as Value).shape;
  const [, o = 0, dh = 0, dw = 0] = (value.inputs[1] as Value).shape;
  const [, cg = 0, kh = 0, kw = 0] = value.shape;
  return { n, c, h, w, o, dh, dw, kh, kw, cg, group: value.attrs.group };
}

function isDense({ attrs }: Grad): boolean {
  return attrs.strides.every((s) => s === 1) && attrs.dilations.every((d) => d === 1);
}

function isPointwise(value: Grad): boolean {
  const { kh, kw, group } = geometry(value);
  return (
    isDense(value) && kh === 1 && kw === 1 && group === 1 && value.attrs.pads.every((p) => p === 0)
  );
}

const product = (
  b: OnnxBuilder,
  a: string,
  c: string,
  attributes: { transA?: number; transB?: number },
): string => b.node("FusedMatMul", [a, c], attributes, MICROSOFT);

/** dY X^T a picture, then the sum over pictures. */
function pointwise(b: OnnxBuilder, value: Grad, x: string, dy: string): string {
  const { n, c, h, w, o } = geometry(value);
  const parts = product(b, b.reshape(dy, [n, o, h * w]), b.reshape(x, [n, c, h * w]), {
    transB: 1,
  }); // [N, O, C]
  return b.reshape(b.node("ReduceSum", [parts, b.ints([0])], { keepdims: 0 }), value.shape);
}

/** All pictures side by side, [C, N H W], and one long product cut into `parts` that run on their own threads. */
function pointwiseLong(b: OnnxBuilder, value: Grad, x: string, dy: string, parts: number): string {
  const { n, c, h, w, o } = geometry(value);
  const each = n / parts;
  const long = (name: string, channels: number): string =>
    b.rearrange(
      name,
      [parts, each, channels, h * w],
      [0, 2, 1, 3],
      [parts, channels, each * h * w],
    );
  const sums = product(b, long(dy, o), long(x, c), { transB: 1 }); // [parts, O, C]
  return b.reshape(b.node("ReduceSum", [sums, b.ints([0])], { keepdims: 0 }), value.shape);
}

/**
 * One product a tap. Rows of the padded picture lie end to end, so a tap is a shift along that line; the cotangent's rows are
 * padded to the same length with zeros, which cancel what runs over a row's end.
 */
function shifts(b: OnnxBuilder, value: Grad, x: string, dy: string): string {
  const { n, h, w, o, dh, dw, kh, kw, cg, group } = geometry(value);
  const [top, left, bottom, right] = value.attrs.pads;
  const row = w + left + right;
  const length = dh * row;
  const padded = b.node("Pad", [x, b.ints([0, 0, top, left, 0, 0, bottom + 1, right])]);
  const lines = b.reshape(padded, [n, group, cg, (h + top + bottom + 1) * row]);
  const cotangent = b.reshape(b.node("Pad", [dy, b.ints([0, 0, 0, 0, 0, 0, 0, row - dw])]), [
    n,
    group,
    o / group,
    length,
  ]);
  const taps: string[] = [];
  for (let i = 0; i < kh; i++) {
    for (let j = 0; j < kw; j++) {
      const start = i * row + j;
      const shifted = b.node("Slice", [
        lines,
        b.ints([start]),
        b.ints([start + length]),
        b.ints([3]),
      ]);
      const parts = product(b, shifted, cotangent, { transB: 1 }); // [N, group, C / group, O / group]
      taps.push(b.node("ReduceSum", [parts, b.ints([0])], { keepdims: 1 }));
    }
  }
  const stacked = b.node("Concat", taps, { axis: 0 }); // [kh kw, group, C / group, O / group]
  return b.rearrange(stacked, [kh * kw, group, cg, o / group], [1, 3, 2, 0], value.shape);
}

/** [N, rest] to [N / b, rest, b]: a matrix transpose, which `ReorderInput` does in parallel when N poses as channels. */
function picturesInward(b: OnnxBuilder, x: string, n: number, rest: number): string {
  return reorderInput(b, b.reshape(x, [1, n, 1, rest]));
}

/** Zeros around blocked images, by a convolution of every channel with the number 1: it runs in parallel, `Pad` does not. */
function padBlocked(
  b: OnnxBuilder,
  x: string,
  shape: readonly number[],
  pads: ConvAttrs["pads"],
): string {
  if (pads.every((p) => p === 0)) return x;
  const channels = shape[1] as number;
  const ones = b.tensor(
    hostTensor("float32", [channels, 1, 1, 1], new Float32Array(channels).fill(1)),
  );
  return blockedConv(
    b,
    b.reshape(x, shape),
    ones,
    { strides: [1, 1], pads, dilations: [1, 1], group: channels },
    [1, 1],
  );
}

/**
 * The blocked convolution with batch and channels exchanged: pictures are its channels, the cotangent its kernels, the taps its
 * output pixels. Strides become dilations.
 */
function exchanged(b: OnnxBuilder, value: Grad, x: string, dy: string, block: number): string {
  const { n, h, w, o, dh, dw, cg, group } = geometry(value);
  const blocks = n / block;
  const inward = picturesInward(b, x, n, group * cg * h * w);
  const images = b.rearrange(
    inward,
    [blocks, group, cg, h * w * block],
    [2, 1, 0, 3],
    [cg, group * n, h, w],
  );
  const padded = padBlocked(b, images, [cg, group * n, h, w], value.attrs.pads);
  // [N / b, O, dh dw, b] to [N / b, O / b, dh dw b (pictures), b (outputs)], then blocks of outputs first.
  const pictures = b.reshape(picturesInward(b, dy, n, o * dh * dw), [
    (blocks * o) / block,
    block,
    1,
    dh * dw * block,
  ]);
  const outputs = reorderInput(b, pictures);
  const kernels = b.rearrange(
    outputs,
    [blocks, o / block, dh * dw * block * block],
    [1, 0, 2],
    [o, n, dh, dw],
  );
  return tapsOf(b, value, padded, kernels);
}

/** The convolution of `exchanged`: its output pixels are the taps. Rows and columns of the pictures that no kernel reached give taps too many. */
function tapsOf(b: OnnxBuilder, value: Grad, padded: string, kernels: string): string {
  const { h, w, o, dh, dw, kh, kw, cg, group } = geometry(value);
  const { strides, pads } = value.attrs;
  const attrs = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: strides, group } as const;
  const taps = reorderOutput(b, blockedConv(b, padded, kernels, attrs, [dh, dw]), o); // [C / group, O, kh, kw]
  const [top, left, bottom, right] = pads;
  const exact =
    h + top + bottom - (strides[0] as number) * (dh - 1) === kh &&
    w + left + right - (strides[1] as number) * (dw - 1) === kw;
  const cut = exact
    ? taps
    : b.node("Slice", [taps, b.ints([0, 0]), b.ints([kh, kw]), b.ints([2, 3])]);
  return b.rearrange(cut, [cg, o, kh, kw], [1, 0, 2, 3], value.shape);
}

/** The same for fewer pictures than a block has channels: the blocked convolution reads so few channels in the plain layout, one after the other. */
function exchangedFew(b: OnnxBuilder, value: Grad, x: string, dy: string, block: number): string {
  const { n, c, h, w, o, dh, dw } = geometry(value);
  const [top, left, bottom, right] = value.attrs.pads;
  const images = b.rearrange(x, [n, c, h * w], [1, 0, 2], [c, n, h, w]);
  const padded = value.attrs.pads.every((p) => p === 0)
    ? images
    : b.node("Pad", [images, b.ints([0, 0, top, left, 0, 0, bottom, right])]);
  const kernels = b.rearrange(
    reorderInput(b, dy),
    [n, o / block, dh * dw * block],
    [1, 0, 2],
    [o, n, dh, dw],
  );
  return tapsOf(b, value, padded, kernels);
}

/** Ways to form the gradient of a convolution by its kernels. */
export const convWeightGradCandidates: readonly Candidate<"ConvWeightGrad">[] = [
  { name: "portable", supports: () => true, lower: () => portableLowerings.ConvWeightGrad },
  {
    name: "pointwise",
    supports: (value, target) => target.fusedMatMul && isPointwise(value),
    lower:
      () =>
      (b, value, [x = "", dy = ""]) =>
        pointwise(b, value, x, dy),
  },
  ...[1, 2, 4].map(
    (parts): Candidate<"ConvWeightGrad"> => ({
      name: `pointwise-long-${parts}`,
      supports: (value, target) =>
        target.fusedMatMul && isPointwise(value) && geometry(value).n % parts === 0,
      lower:
        () =>
        (b, value, [x = "", dy = ""]) =>
          pointwiseLong(b, value, x, dy, parts),
    }),
  ),
  {
    name: "shifts",
    supports: (value, target) => target.fusedMatMul && isDense(value) && !isPointwise(value),
    lower:
      () =>
      (b, value, [x = "", dy = ""]) =>
        shifts(b, value, x, dy),
  },
  {
    name: "exchanged",
    supports: (value, { channelBlock }) => {
      const { n, o, group } = geometry(value);
      return (
        channelBlock > 0 &&
        value.attrs.dilations.every((d) => d === 1) &&
        n % channelBlock === 0 &&
        (o / group) % channelBlock === 0
      );
    },
    lower:
      ({ channelBlock }) =>
      (b, value, [x = "", dy = ""]) =>
        exchanged(b, value, x, dy, channelBlock),
  },
  {
    name: "exchanged-few",
    supports: (value, { channelBlock }) => {
      const { n, o, group } = geometry(value);
      return (
        n < channelBlock &&
        group === 1 &&
        value.attrs.dilations.every((d) => d === 1) &&
        o % channelBlock === 0
      );
    },
    lower:
      ({ channelBlock }) =>
      (b, value, [x = "", dy = ""]) =>
        exchangedFew(b, value, x, dy, channelBlock),
  },
];
