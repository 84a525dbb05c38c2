import { ShapeError } from "../../base/errors.ts";
import { broadcastShapes, formatShape, type Shape } from "../../base/shape.ts";
import { type ConvAttrs, here, makeValue, type Value } from "../value.ts";
import { requireDType, requireImages } from "./require.ts";

/** Whether an operand is used with its last two axes exchanged. */
export interface MatMulOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
}

/**
 * Matrix product over the last two axes, [..., m, k] x [..., k, n] to [..., m, n]; leading axes broadcast.
 *
 * @throws {ShapeError} if the inner sizes differ or a rank is below 2.
 */
export function matmul(
  a: Value,
  b: Value,
  { transA = false, transB = false }: MatMulOptions = {},
): Value {
  requireDType("MatMul", a, "float32");
  requireDType("MatMul", b, "float32");
  if (a.shape.length < 2 || b.shape.length < 2) {
    throw new ShapeError(
      `${here("MatMul")}: shapes ${formatShape(a.shape)} and ${formatShape(b.shape)}, expected rank 2 or more.`,
    );
  }
  const [m, k] = transA ? [a.shape.at(-1), a.shape.at(-2)] : [a.shape.at(-2), a.shape.at(-1)];
  const [k2, n] = transB ? [b.shape.at(-1), b.shape.at(-2)] : [b.shape.at(-2), b.shape.at(-1)];
  if (k !== k2) {
    throw new ShapeError(
      `${here("MatMul")}: ${formatShape(a.shape)}${transA ? "^T" : ""} x ${formatShape(b.shape)}${transB ? "^T" : ""} has inner sizes ${k} and ${k2}, expected equal ones.`,
    );
  }
  const batch = broadcastShapes(here("MatMul"), a.shape.slice(0, -2), b.shape.slice(0, -2));
  return makeValue(
    "MatMul",
    [a, b],
    { transA, transB },
    [...batch, m as number, n as number],
    a.dtype,
  );
}

/** Geometry of a convolution; one number stands for both axes (and, in `pads`, all four sides). */
export interface ConvOptions {
  /** @default 1 */
  readonly stride?: number | readonly [number, number];
  /** Zeros around the picture: top, left, bottom, right. @default 0 */
  readonly pads?: number | readonly [number, number, number, number];
  /** @default 1 */
  readonly dilation?: number | readonly [number, number];
  /** Channels are split into this many independent groups. @default 1 */
  readonly group?: number;
}

function convAttrs(options: ConvOptions): ConvAttrs {
  const pair = (v: number | readonly [number, number]): readonly [number, number] =>
    typeof v === "number" ? [v, v] : v;
  const { stride = 1, pads = 0, dilation = 1, group = 1 } = options;
  return {
    strides: pair(stride),
    pads: typeof pads === "number" ? [pads, pads, pads, pads] : pads,
    dilations: pair(dilation),
    group,
  };
}

/** Size of a convolution's output along one spatial axis (0 is height, 1 is width). */
export function convOutputSize(
  size: number,
  kernel: number,
  attrs: ConvAttrs,
  axis: 0 | 1,
): number {
  const padded = size + attrs.pads[axis] + (attrs.pads[axis + 2] as number);
  return Math.floor((padded - attrs.dilations[axis] * (kernel - 1) - 1) / attrs.strides[axis]) + 1;
}

/**
 * Cross-correlation of images with kernels.
 *
 * @param x Images [N, C, H, W].
 * @param weight Kernels [O, C / group, kh, kw].
 * @returns [N, O, h, w] with `h = floor((H + pads - dilation (kh - 1) - 1) / stride) + 1`.
 * @throws {ShapeError} if the channels do not fit or the kernel is larger than the padded image.
 */
export function conv(x: Value, weight: Value, options: ConvOptions = {}): Value {
  const attrs = convAttrs(options);
  const [n, c, height, width] = requireImages("Conv", x);
  const [o, cg, kh, kw] = requireImages("Conv", weight, "weight", "[O, C / group, kh, kw]");
  if (cg * attrs.group !== c || o % attrs.group !== 0) {
    throw new ShapeError(
      `${here("Conv")}: input has ${c} channels, weight ${formatShape(weight.shape)} with group ${attrs.group} expects ${cg * attrs.group} and outputs divisible by the group.`,
    );
  }
  const [h, w] = [convOutputSize(height, kh, attrs, 0), convOutputSize(width, kw, attrs, 1)];
  if (h < 1 || w < 1)
    throw new ShapeError(
      `${here("Conv")}: kernel ${kh} x ${kw} does not fit the padded input of ${formatShape(x.shape)}, expected at least ${attrs.dilations[0] * (kh - 1) + 1} x ${attrs.dilations[1] * (kw - 1) + 1} pixels.`,
    );
  return makeValue("Conv", [x, weight], attrs, [n, o, h, w], x.dtype);
}

/** Adjoint of `conv` in its images: cotangent [N, O, h, w] and weight [O, C / group, kh, kw] to [N, C, H, W] = `inputShape`. */
export function convInputGrad(
  dy: Value,
  weight: Value,
  inputShape: Shape,
  attrs: ConvAttrs,
): Value {
  return makeValue("ConvInputGrad", [dy, weight], attrs, inputShape, dy.dtype);
}

/** Adjoint of `conv` in its kernels: images [N, C, H, W] and cotangent [N, O, h, w] to [O, C / group, kh, kw] = `weightShape`. */
export function convWeightGrad(x: Value, dy: Value, weightShape: Shape, attrs: ConvAttrs): Value {
  return makeValue("ConvWeightGrad", [x, dy], attrs, weightShape, x.dtype);
}

/** Geometry of a transposed convolution. */
export interface ConvTransposeOptions extends ConvOptions {
  /** Rows and columns added at the bottom and right, below the stride. @default 0 */
  readonly outputPadding?: number | readonly [number, number];
}

/**
 * Transposed convolution (the adjoint of `conv`).
 *
 * @param x Images [N, C, H, W].
 * @param weight Kernels [C, O / group, kh, kw], as in ONNX and PyTorch.
 * @returns [N, O, h, w] with `h = (H - 1) stride - pads + dilation (kh - 1) + 1 + outputPadding`.
 * @throws {ShapeError} if the channels do not fit, `outputPadding` is not below the stride, or nothing is left inside the pads.
 */
export function convTranspose(x: Value, weight: Value, options: ConvTransposeOptions = {}): Value {
  const attrs = convAttrs(options);
  const [n, c, height, width] = requireImages("ConvTranspose", x);
  const [c2, og, kh, kw] = requireImages(
    "ConvTranspose",
    weight,
    "weight",
    "[C, O / group, kh, kw]",
  );
  if (c !== c2 || c % attrs.group !== 0) {
    throw new ShapeError(
      `${here("ConvTranspose")}: input has ${c} channels, weight ${formatShape(weight.shape)} expects ${c2}, divisible by group ${attrs.group}.`,
    );
  }
  const { outputPadding = 0 } = options;
  const extra = typeof outputPadding === "number" ? [outputPadding, outputPadding] : outputPadding;
  // Beyond the stride, the adjoint would be a convolution with one more output.
  if (extra.some((e, axis) => e < 0 || e >= (attrs.strides[axis] as number))) {
    throw new ShapeError(
      `${here("ConvTranspose")}: outputPadding is ${formatShape(extra)}, expected 0 or more and less than the strides ${formatShape(attrs.strides)}.`,
    );
  }
  const size = (s: number, k: number, axis: 0 | 1): number =>
    (s - 1) * attrs.strides[axis] -
    attrs.pads[axis] -
    (attrs.pads[axis + 2] as number) +
    attrs.dilations[axis] * (k - 1) +
    1 +
    (extra[axis] as number);
  const [h, w] = [size(height, kh, 0), size(width, kw, 1)];
  if (h < 1 || w < 1)
    throw new ShapeError(
      `${here("ConvTranspose")}: the result of ${formatShape(x.shape)} would be ${h} x ${w} pixels, expected at least 1 x 1. Use smaller pads.`,
    );
  return convInputGrad(x, weight, [n, og * attrs.group, h, w], attrs);
}
