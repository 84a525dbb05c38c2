/**
 * @file Operations that the WebGPU provider of ONNX Runtime 1.30 computes wrongly, or on the CPU, written in ways that it computes
 * rightly, on the device.
 */
import type { OnnxBuilder } from "../../graph/onnx/builder.ts";
import { type Lowering, portableLowerings } from "../../graph/onnx/portable.ts";
import { input } from "../../graph/ops/index.ts";
import { type ConvAttrs, makeValue, type OpName, type Value } from "../../graph/value.ts";
import type { Candidate } from "./lowering.ts";

/** ONNX's number of the type float32. */
const FLOAT = 1;

/** Such an operation. */
interface Repair<K extends OpName> extends Omit<Candidate<K>, "supports"> {
  /** Whether this use of it needs the repair. */
  readonly concerns: (value: Value<K>) => boolean;
}

const shapeOf = (value: Value, i: number): readonly number[] => (value.inputs[i] as Value).shape;

/** `Sign` exists on the CPU only: (x > 0) - (x < 0). */
const sign: Repair<"Sign"> = {
  name: "compared",
  concerns: () => true,
  lower:
    () =>
    (b, _, [x = ""]) => {
      const is = (comparison: string): string =>
        b.node("Cast", [b.node(comparison, [x, b.scalar(0)])], { to: FLOAT });
      return b.node("Sub", [is("Greater"), is("Less")]);
    },
};

/** A backward slice starts at the last element whatever its start: take the elements forwards, then all of them backwards. */
const slice: Repair<"Slice"> = {
  name: "forwards",
  concerns: ({ attrs: { starts, steps }, inputs: [x] }) =>
    steps.some((step, i) => step < 0 && starts[i] !== ((x as Value).shape[i] as number) - 1),
  lower:
    () =>
    (b, value, [x = ""]) => {
      const { steps } = value.attrs;
      const strides = steps.map(Math.abs);
      const spans = strides.map((stride, i) => stride * ((value.shape[i] as number) - 1));
      const firsts = value.attrs.starts.map((start, i) =>
        (steps[i] as number) < 0 ? start - (spans[i] as number) : start,
      );
      const ends = firsts.map((first, i) => first + (spans[i] as number) + 1);
      const axes = [...steps.keys()];
      const forwards = b.node("Slice", [
        x,
        b.ints(firsts),
        b.ints(ends),
        b.ints(axes),
        b.ints(strides),
      ]);
      const turned = axes.filter((i) => (steps[i] as number) < 0);
      const all = (n: number): string => b.ints(turned.map(() => n));
      return b.node("Slice", [forwards, all(-1), all(-(2 ** 31)), b.ints(turned), all(-1)]);
    },
};

/** Whether only the far edges are padded: a kernel of one pixel, or as large as the image, then ignores the padding. */
function padsFarEdgesOnly({ pads: [top, left, bottom, right] }: ConvAttrs): boolean {
  return top === 0 && left === 0 && (bottom > 0 || right > 0);
}

/**
 * The same with one more row and column of results before the others, which are cut off. (A `Pad` would be fused into the
 * convolution again.)
 *
 * @param step Padding that makes one more result along each axis.
 */
function shifted(
  b: OnnxBuilder,
  value: Value<"Conv" | "ConvWeightGrad">,
  step: readonly [number, number],
  inputs: readonly string[],
): string {
  const [n = 0, c = 0, h = 0, w = 0] = value.shape;
  const [top, left, bottom, right] = value.attrs.pads;
  const attrs: ConvAttrs = { ...value.attrs, pads: [top + step[0], left + step[1], bottom, right] };
  const larger = makeValue(value.op, value.inputs, attrs, [n, c, h + 1, w + 1], value.dtype);
  const lower = portableLowerings[value.op] as Lowering<"Conv" | "ConvWeightGrad">;
  return b.node("Slice", [
    lower(b, larger, inputs),
    b.ints([1, 1]),
    b.ints([h + 1, w + 1]),
    b.ints([2, 3]),
  ]);
}

const conv: Repair<"Conv"> = {
  name: "shifted",
  concerns: (value) => padsFarEdgesOnly(value.attrs),
  lower: () => (b, value, inputs) => shifted(b, value, value.attrs.strides, inputs),
};

const convWeightGrad: Repair<"ConvWeightGrad"> = {
  name: "shifted",
  concerns: (value) => padsFarEdgesOnly(value.attrs),
  lower: () => (b, value, inputs) => shifted(b, value, value.attrs.dilations, inputs),
};

/** A transposed convolution with one output channel a group but several inputs reads the wrong weights from the second group on. */
function misreadsGroups(value: Value<"ConvInputGrad">): boolean {
  const [o = 0, cg = 0] = shapeOf(value, 1);
  return cg === 1 && value.attrs.group > 1 && o > value.attrs.group;
}

/** The same with a second channel of zeros in each group. */
function widened(
  b: OnnxBuilder,
  value: Value<"ConvInputGrad">,
  [dy = "", weight = ""]: readonly string[],
): string {
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
  lower: () => (b, value, inputs) =>
    (misreadsGroups(value) ? widened : portableLowerings.ConvInputGrad)(b, value, inputs),
};

const REPAIRS: { readonly [K in OpName]?: Repair<K> } = {
  Conv: conv,
  ConvInputGrad: convInputGrad,
  ConvWeightGrad: convWeightGrad,
  Sign: sign,
  Slice: slice,
};

/** The only way to write `value` for WebGPU, or undefined if the portable one is right. */
export function webgpuRepair(value: Value): Candidate<OpName> | undefined {
  const repair = REPAIRS[value.op] as Repair<OpName> | undefined;
  return repair?.concerns(value) === true ? { ...repair, supports: () => true } : undefined;
}
