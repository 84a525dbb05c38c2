/** @file The gradient of a strided convolution by its images, without the zeros that a transposed convolution is usually made of. */
import { hostTensor } from "../../base/tensor.ts";
import type { OnnxBuilder } from "../../graph/onnx/builder.ts";
import type { Value } from "../../graph/value.ts";
import type { Target } from "../target.ts";
import { blockedConv, reorderInput, reorderOutput } from "./blocked.ts";
import type { Candidate } from "./lowering.ts";

type Grad = Value<"ConvInputGrad">;

/** One axis of the images: pixels at the same place of a stride are reached by the same taps of the kernel. */
interface Place {
  /** First of its taps; the others follow at distances of the stride. */
  readonly tap: number;
  /** Zeros before and behind the cotangent. */
  readonly pads: readonly [number, number];
}

/**
 * Row `stride u + place` of the images is `sum_t dy[u + m - t] w[tap + stride t]` over t = 0 .. taps - 1: a convolution of the cotangent with the
 * mirrored taps, one row for each u.
 */
function placesOf({ inputs: [dy, weight], shape, attrs }: Grad, axis: 0 | 1): Place[] {
  const stride = attrs.strides[axis] as number;
  const before = attrs.pads[axis] as number;
  const [small, kernel] = [(dy as Value).shape[axis + 2], (weight as Value).shape[axis + 2]];
  const taps = (kernel as number) / stride;
  const length = (shape[axis + 2] as number) / stride;
  return Array.from({ length: stride }, (_, place) => {
    const tap = (place + before) % stride;
    const m = (place + before - tap) / stride;
    return { tap, pads: [taps - 1 - m, length + m - (small as number)] as const };
  });
}

function fits(value: Grad, { channelBlock }: Target): boolean {
  const { strides, dilations, group } = value.attrs;
  const [o = 0, c = 0, ...kernel] = (value.inputs[1] as Value).shape;
  const sides = value.shape.slice(2);
  const divides = (stride: number, axis: number): boolean =>
    (kernel[axis] as number) % stride === 0 && (sides[axis] as number) % stride === 0;
  return (
    channelBlock > 0 &&
    o % channelBlock === 0 &&
    c % channelBlock === 0 &&
    group === 1 &&
    strides.some((s) => s > 1) &&
    dilations.every((d) => d === 1) &&
    strides.every(divides) &&
    ([0, 1] as const).every((axis) =>
      placesOf(value, axis).every(({ pads }) => pads.every((p) => p >= 0)),
    )
  );
}

/** Kernels [O, C, kh, kw] as one blocked kernel for each pair of first taps, mirrored: [sh sw, C, O, kh / sh, kw / sw]. */
function kernelsOfPlaces(b: OnnxBuilder, value: Grad, weight: string, block: number): string {
  const [o = 0, c = 0, kh = 0, kw = 0] = (value.inputs[1] as Value).shape;
  const [sh = 1, sw = 1] = value.attrs.strides;
  const taps = kh * kw;
  // A product with a permutation sorts the taps; transposing single numbers is slower.
  const sorting = new Float32Array(taps * taps);
  let to = 0;
  for (let i = 0; i < sh; i++)
    for (let j = 0; j < sw; j++)
      for (let y = kh - sh + i; y >= 0; y -= sh)
        for (let x = kw - sw + j; x >= 0; x -= sw) sorting[(y * kw + x) * taps + to++] = 1;
  const sorted = b.node("MatMul", [
    b.reshape(weight, [o * c, taps]),
    b.tensor(hostTensor("float32", [taps, taps], sorting)),
  ]);
  return b.rearrange(
    sorted,
    [o / block, block, c / block, block, sh * sw, taps / (sh * sw)],
    [4, 2, 0, 5, 1, 3],
    [sh * sw, c, o, kh / sh, kw / sw],
  );
}

/** Parts [.., 1, ..] side by side along their axis of size 1. */
function beside(b: OnnxBuilder, parts: readonly string[], axis: number): string {
  return parts.length === 1 ? (parts[0] as string) : b.node("Concat", parts, { axis });
}

/** One blocked convolution for each place of a stride, and their pixels in turns. */
function places(b: OnnxBuilder, value: Grad, dy: string, weight: string, block: number): string {
  const [o = 0, c = 0, kh = 0, kw = 0] = (value.inputs[1] as Value).shape;
  const [n = 0, , h = 0, w = 0] = value.shape;
  const [sh = 1, sw = 1] = value.attrs.strides;
  const [blocks, kernel] = [(n * c) / block, [kh / sh, kw / sw]];
  const kernels = kernelsOfPlaces(b, value, weight, block);
  const cotangent = reorderInput(b, dy);
  const pixels = (row: Place, column: Place): string => {
    const at = row.tap * sw + column.tap;
    const own = b.node("Slice", [kernels, b.ints([at]), b.ints([at + 1]), b.ints([0])]);
    const pads = [row.pads[0], column.pads[0], row.pads[1], column.pads[1]] as const;
    const attrs = { strides: [1, 1], pads, dilations: [1, 1], group: 1 } as const;
    return blockedConv(b, cotangent, b.reshape(own, [c, o, ...kernel]), attrs, kernel);
  };
  const rows = placesOf(value, 0).map((row) => {
    const columns = placesOf(value, 1).map((column) =>
      b.reshape(pixels(row, column), [blocks, h / sh, w / sw, 1, block]),
    );
    return b.reshape(beside(b, columns, 3), [blocks, h / sh, 1, w * block]);
  });
  return reorderOutput(b, b.reshape(beside(b, rows, 2), [n, c, h, w]), c);
}

/** Ways to form the gradient of a strided convolution by its images. */
export const stridedInputGradCandidates: readonly Candidate<"ConvInputGrad">[] = [
  {
    name: "places",
    supports: fits,
    lower:
      ({ channelBlock }) =>
      (b, value, [dy = "", weight = ""]) =>
        places(b, value, dy, weight, channelBlock),
  },
];
