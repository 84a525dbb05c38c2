/** @file ONNX Runtime's blocked convolution: data [N, C / b, H, W, b] under the logical shape [N, C, H, W]. */
import type { OnnxBuilder } from "../../graph/onnx/builder.ts";
import { convAttributes } from "../../graph/onnx/portable.ts";
import type { ConvAttrs } from "../../graph/value.ts";
import { NCHWC } from "./lowering.ts";

/** Images into blocks of channels. */
export function reorderInput(b: OnnxBuilder, x: string): string {
  return b.node("ReorderInput", [x], {}, NCHWC);
}

/** Blocks back into plain images of `channels` channels. */
export function reorderOutput(b: OnnxBuilder, x: string, channels: number): string {
  return b.node("ReorderOutput", [x], { channels }, NCHWC);
}

/** Kernels [O, C / group, kh, kw] as the blocked convolution reads them: [O / b, C / group / b, kh, kw, b (in), b (out)]. */
export function blockKernels(
  b: OnnxBuilder,
  weight: string,
  shape: readonly number[],
  block: number,
): string {
  const [o = 0, c = 0, kh = 0, kw = 0] = shape;
  const split = [o / block, block, c / block, block, kh, kw];
  return b.rearrange(weight, split, [0, 2, 4, 5, 3, 1], shape);
}

/** Kernels [O, C, kh, kw] for images of fewer channels than a block, which it reads in the plain layout: [O / b, C, kh, kw, b (out)]. */
export function plainKernels(
  b: OnnxBuilder,
  weight: string,
  shape: readonly number[],
  block: number,
): string {
  const [o = 0, c = 0, kh = 0, kw = 0] = shape;
  return b.rearrange(weight, [o / block, block, c * kh * kw], [0, 2, 1], shape);
}

/** The convolution itself, blocked images and kernels to blocked images. */
export function blockedConv(
  b: OnnxBuilder,
  x: string,
  kernels: string,
  attrs: ConvAttrs,
  kernel: readonly number[],
): string {
  return b.node("Conv", [x, kernels], convAttributes(attrs, kernel), NCHWC);
}
