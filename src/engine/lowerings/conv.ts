import { hostTensor } from "../../base/tensor.ts";
import type { OnnxBuilder } from "../../graph/onnx/builder.ts";
import { convAttributes, portableLowerings } from "../../graph/onnx/portable.ts";
import type { ConvAttrs, Value } from "../../graph/value.ts";
import type { Target } from "../target.ts";
import { blockedConv, blockKernels, plainKernels, reorderInput, reorderOutput } from "./blocked.ts";
import type { Candidate } from "./lowering.ts";
import { stridedInputGradCandidates } from "./strided.ts";

const shapesOf = (value: Value): [readonly number[], readonly number[]] => [
  (value.inputs[0] as Value).shape,
  (value.inputs[1] as Value).shape,
];

function isPointwise(kernel: readonly number[], { strides, pads, group }: ConvAttrs): boolean {
  return (
    kernel[2] === 1 &&
    kernel[3] === 1 &&
    strides[0] === 1 &&
    strides[1] === 1 &&
    pads.every((p) => p === 0) &&
    group === 1
  );
}

function isUnitStride({ strides }: ConvAttrs): boolean {
  return strides[0] === 1 && strides[1] === 1;
}

function divides(block: number, ...sizes: readonly number[]): boolean {
  return block > 0 && sizes.every((size) => size % block === 0);
}

/** Images [N, C, H, W] and kernels [O, C, 1, 1] as one product a picture: W X with X as [C, H W]. */
function pointwise(
  b: OnnxBuilder,
  x: string,
  weight: string,
  xShape: readonly number[],
  o: number,
  c: number,
): string {
  const [n = 0, , h = 0, w = 0] = xShape;
  const product = b.node("MatMul", [b.reshape(weight, [1, o, c]), b.reshape(x, [n, c, h * w])]);
  return b.reshape(product, [n, o, h, w]);
}

function blocked(
  b: OnnxBuilder,
  x: string,
  weight: string,
  wShape: readonly number[],
  attrs: ConvAttrs,
  { channelBlock }: Target,
): string {
  const kernels = blockKernels(b, weight, wShape, channelBlock);
  return reorderOutput(
    b,
    blockedConv(b, reorderInput(b, x), kernels, attrs, wShape.slice(2)),
    wShape[0] as number,
  );
}

/** Ways to convolve. */
export const convCandidates: readonly Candidate<"Conv">[] = [
  { name: "portable", supports: () => true, lower: () => portableLowerings.Conv },
  {
    name: "pointwise",
    supports: (value) => isPointwise(shapesOf(value)[1], value.attrs),
    lower:
      () =>
      (b, value, [x = "", weight = ""]) => {
        const [xShape, [o = 0, c = 0]] = shapesOf(value);
        return pointwise(b, x, weight, xShape, o, c);
      },
  },
  {
    name: "blocked",
    supports: (value, { channelBlock }) => {
      const [o = 0, cg = 0] = shapesOf(value)[1];
      return divides(channelBlock, o / value.attrs.group, cg);
    },
    lower:
      (target) =>
      (b, value, [x = "", weight = ""]) =>
        blocked(b, x, weight, shapesOf(value)[1], value.attrs, target),
  },
  {
    name: "blocked-few",
    supports: (value, { channelBlock }) => {
      const [o = 0, c = 0] = shapesOf(value)[1];
      return value.attrs.group === 1 && c < channelBlock && o % channelBlock === 0;
    },
    lower:
      ({ channelBlock }) =>
      (b, value, [x = "", weight = ""]) => {
        const kernel = shapesOf(value)[1];
        const kernels = plainKernels(b, weight, kernel, channelBlock);
        const y = blockedConv(b, x, kernels, value.attrs, kernel.slice(2));
        return reorderOutput(b, y, kernel[0] as number);
      },
  },
];

/** Kernels of the convolution that is the adjoint of one with unit stride: mirrored, inputs and outputs exchanged within a group. */
function adjointKernels(
  b: OnnxBuilder,
  weight: string,
  shape: readonly number[],
  group: number,
): string {
  const [o = 0, cg = 0, kh = 0, kw = 0] = shape;
  const taps = kh * kw;
  const target = [cg * group, o / group, kh, kw];
  const rows = b.rearrange(
    weight,
    [group, o / group, cg, taps],
    [0, 2, 1, 3],
    taps === 1 ? target : [o * cg, taps],
  );
  if (taps === 1) return rows;
  // A product with the exchange matrix mirrors the taps; a slice with negative steps would copy them one by one.
  const exchange = new Float32Array(taps * taps);
  for (let i = 0; i < taps; i++) exchange[i * taps + taps - 1 - i] = 1;
  const mirrored = b.node("MatMul", [
    rows,
    b.tensor(hostTensor("float32", [taps, taps], exchange)),
  ]);
  return b.reshape(mirrored, target);
}

/** Geometry of that adjoint convolution. */
function adjointAttrs({ pads, dilations, group }: ConvAttrs, kernel: readonly number[]): ConvAttrs {
  const reach = [0, 1].map(
    (axis) => (dilations[axis] as number) * ((kernel[axis + 2] as number) - 1),
  );
  const [top, left, bottom, right] = pads;
  const [vertical = 0, horizontal = 0] = reach;
  return {
    strides: [1, 1],
    pads: [vertical - top, horizontal - left, vertical - bottom, horizontal - right],
    dilations,
    group,
  };
}

function adjointFits(value: Value<"ConvInputGrad">): boolean {
  const kernel = shapesOf(value)[1];
  return isUnitStride(value.attrs) && adjointAttrs(value.attrs, kernel).pads.every((p) => p >= 0);
}

/** Ways to form the gradient of a convolution by its images. */
export const convInputGradCandidates: readonly Candidate<"ConvInputGrad">[] = [
  { name: "portable", supports: () => true, lower: () => portableLowerings.ConvInputGrad },
  {
    name: "mirrored",
    supports: adjointFits,
    lower:
      () =>
      (b, value, [dy = "", weight = ""]) => {
        const kernel = shapesOf(value)[1];
        const kernels = adjointKernels(b, weight, kernel, value.attrs.group);
        return b.node(
          "Conv",
          [dy, kernels],
          convAttributes(adjointAttrs(value.attrs, kernel), kernel.slice(2)),
        );
      },
  },
  {
    name: "pointwise",
    supports: (value) => isPointwise(shapesOf(value)[1], value.attrs),
    lower:
      () =>
      (b, value, [dy = "", weight = ""]) => {
        const [dyShape, kernel] = shapesOf(value);
        const [o = 0, c = 0] = kernel;
        return pointwise(b, dy, adjointKernels(b, weight, kernel, 1), dyShape, c, o);
      },
  },
  {
    name: "blocked",
    supports: (value, { channelBlock }) => {
      const [o = 0, cg = 0] = shapesOf(value)[1];
      return adjointFits(value) && divides(channelBlock, o / value.attrs.group, cg);
    },
    lower:
      (target) =>
      (b, value, [dy = "", weight = ""]) => {
        const kernel = shapesOf(value)[1];
        const [o = 0, cg = 0, kh = 0, kw = 0] = kernel;
        const { group } = value.attrs;
        const kernels = adjointKernels(b, weight, kernel, group);
        return blocked(
          b,
          dy,
          kernels,
          [cg * group, o / group, kh, kw],
          adjointAttrs(value.attrs, kernel),
          target,
        );
      },
  },
  ...stridedInputGradCandidates,
];
