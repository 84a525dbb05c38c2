/** @file Operations that the WebGPU provider of ONNX Runtime 1.30 computes wrongly, written in ways that it computes rightly. */
import type { OnnxBuilder } from "../../graph/onnx/builder.ts";
import { portableLowerings } from "../../graph/onnx/portable.ts";
import { input } from "../../graph/ops/index.ts";
import { type ConvAttrs, makeValue, type OpName, type Value } from "../../graph/value.ts";
import type { Candidate } from "./lowering.ts";

/** Such an operation, and the uses of it that come out wrong. */
interface Repair<K extends OpName> extends Omit<Candidate<K>, "supports"> {
  readonly concerns: (value: Value<K>) => boolean;
}

const shapeOf = (value: Value, input: number): readonly number[] => (value.inputs[input] as Value).shape;

/** A backward slice starts at the last element whatever its start: take the elements forwards, then all of them backwards. */
const slice: Repair<"Slice"> = {
  name: "forwards",
  concerns: (value) =>
    value.attrs.steps.some((step, i) => step < 0 && value.attrs.starts[i] !== (shapeOf(value, 0)[i] as number) - 1),
  lower: () => (b, value, [x = ""]) => {
    const { steps } = value.attrs;
    const starts = value.attrs.starts.map((start, i) => Math.min(start, start + (steps[i] as number) * ((value.shape[i] as number) - 1)));
    const strides = steps.map(Math.abs);
    const ends = starts.map((start, i) => start + (strides[i] as number) * ((value.shape[i] as number) - 1) + 1);
    const axes = starts.map((_, i) => i);
    const forwards = b.node("Slice", [x, b.ints(starts), b.ints(ends), b.ints(axes), b.ints(strides)]);
    const turned = axes.filter((i) => (steps[i] as number) < 0);
    const all = (n: number): string => b.ints(turned.map(() => n));
    return b.node("Slice", [forwards, all(-1), all(-(2 ** 31)), b.ints(turned), all(-1)]);
  },
};

/** Whether only the far edges are padded: a kernel of one pixel, or as large as the image, then ignores the padding. */
function padsFarEdgesOnly({ pads: [top, left, bottom, right] }: ConvAttrs): boolean {
  return top === 0 && left === 0 && (bottom > 0 || right > 0);
}

/** The same operation on images that were padded before. */
function paddedBefore<K extends "Conv" | "ConvWeightGrad">(b: OnnxBuilder, value: Value<K>, [x = "", other = ""]: readonly string[]): string {
  const [n = 0, c = 0, h = 0, w = 0] = shapeOf(value, 0);
  const [top, left, bottom, right] = value.attrs.pads;
  const padded = b.node("Pad", [x, b.ints([0, 0, top, left, 0, 0, bottom, right])]);
  const images = input("images", [n, c, h + top + bottom, w + left + right]);
  const attrs = { ...value.attrs, pads: [0, 0, 0, 0] } as const;
  const unpadded = makeValue(value.op, [images, value.inputs[1] as Value], attrs, value.shape, value.dtype);
  const lower = portableLowerings[value.op] as (b: OnnxBuilder, value: Value, inputs: readonly string[]) => string;
  return lower(b, unpadded, [padded, other]);
}

const conv: Repair<"Conv"> = {
  name: "padded",
  concerns: (value) => padsFarEdgesOnly(value.attrs),
  lower: () => paddedBefore,
};

const convWeightGrad: Repair<"ConvWeightGrad"> = {
  name: "padded",
  concerns: (value) => padsFarEdgesOnly(value.attrs),
  lower: () => paddedBefore,
};

/**
 * A transposed convolution with one output channel a group but several inputs reads the wrong weights from the second group on.
 */
function misreadsGroups(value: Value<"ConvInputGrad">): boolean {
  const [o = 0, cg = 0] = shapeOf(value, 1);
  return cg === 1 && value.attrs.group > 1 && o > value.attrs.group;
}

/** The same with a second channel of zeros in each group. */
function widened(b: OnnxBuilder, value: Value<"ConvInputGrad">, [dy = "", weight = ""]: readonly string[]): string {
  const [n = 0, c = 0, h = 0, w = 0] = value.shape;
  const [o = 0, , kh = 0, kw = 0] = shapeOf(value, 1);
  const wide = b.node("Pad", [weight, b.ints([0, 0, 0, 0, 0, 1, 0, 0])]);
  const inputs = [value.inputs[0] as Value, input("weight", [o, 2, kh, kw])];
  const doubled = makeValue("ConvInputGrad", inputs, value.attrs, [n, 2 * c, h, w], value.dtype);
  const both = portableLowerings.ConvInputGrad(b, doubled, [dy, wide]);
  return b.node("Slice", [both, b.ints([0]), b.ints([2 * c]), b.ints([1]), b.ints([2])]);
}

const convInputGrad: Repair<"ConvInputGrad"> = {
  name: "transposed",
  // With uneven pads the convolution that stands for a transposed one may pad far edges only.
  concerns: (value) => {
    const [top, left, bottom, right] = value.attrs.pads;
    return misreadsGroups(value) || top !== bottom || left !== right;
  },
  lower: () => (b, value, inputs) => (misreadsGroups(value) ? widened : portableLowerings.ConvInputGrad)(b, value, inputs),
};

const REPAIRS: { readonly [K in OpName]?: Repair<K> } = {
  Conv: conv,
  ConvInputGrad: convInputGrad,
  ConvWeightGrad: convWeightGrad,
  Slice: slice,
};

/** The only way to write `value` for WebGPU, or undefined if the portable one is right. */
export function webgpuRepair(value: Value): Candidate<OpName> | undefined {
  const repair = REPAIRS[value.op] as Repair<OpName> | undefined;
  return repair?.concerns(value) === true ? { ...repair, supports: () => true } : undefined;
}
