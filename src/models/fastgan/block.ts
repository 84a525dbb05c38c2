import {
  add,
  constantOf,
  convTranspose,
  matmul,
  mul,
  reshape,
  resizeNearest,
  sigmoid,
  split,
  transpose,
} from "../../graph/ops/index.ts";
import { scope, type Value } from "../../graph/value.ts";
import { convLayer } from "../../nn/layers.ts";
import { batchNorm } from "../../nn/normalisation.ts";
import type { Parameters } from "../../nn/parameters.ts";

/** Gated linear unit over channels, [N, 2 C, ...] to [N, C, ...]: the first half times the sigmoid of the second (Dauphin et al. 2016, arXiv:1612.08083). */
export function gated(x: Value): Value {
  const half = (x.shape[1] as number) / 2;
  const [value, gate] = split(x, 1, [half, half]) as [Value, Value];
  return mul(value, sigmoid(gate));
}

/** Adds the same noise to every channel, with a learned strength that starts at 0. */
export function addNoise(p: Parameters, name: string, x: Value): Value {
  const [n, , height, width] = x.shape as [number, number, number, number];
  const noise = p.noise(`${name}.noise`, n, [1, height, width]);
  return add(x, mul(noise, p.get(`${name}.strength`, [], 0)));
}

/** Side of a kernel, and of one that does its work on a map of half the size. */
const [SIDE, WIDE] = [3, 4];

/** Rows j of the wide kernel as sums of rows of the other one: each pixel of the small map is two of the large one. `[j, k]` is 1 where k is in the sum j. */
const SUMS = [
  [0, 0, 1],
  [0, 1, 1],
  [1, 1, 0],
  [1, 0, 0],
] as const;

/** The same for both axes, [9, 16]. */
function wideKernel(): Value {
  const sums = SUMS.map((row) => row as readonly number[]);
  const data = Float32Array.from({ length: SIDE ** 2 * WIDE ** 2 }, (_, i) => {
    const [from, to] = [Math.floor(i / WIDE ** 2), i % WIDE ** 2];
    const rows = sums[Math.floor(to / WIDE)]?.[Math.floor(from / SIDE)] ?? 0;
    const columns = sums[to % WIDE]?.[from % SIDE] ?? 0;
    return rows * columns;
  });
  return constantOf([SIDE ** 2, WIDE ** 2], data);
}

/**
 * 3x3 convolution of a map whose pixels are doubled along both axes, [N, C, H, W] to [N, channels, 2 H, 2 W].
 *
 * The large map has each number four times. So in training this is a transposed convolution of the small one by sums of the kernel's taps, which is
 * the same with 4/9 of the multiplications; outside training, and in files, it is the plain convolution.
 */
export function doubledConv(
  p: Parameters,
  name: string,
  x: Value,
  channels: number,
  options: { readonly gain?: number } = {},
): Value {
  if (!p.training)
    return convLayer(p, name, resizeNearest(x, 2), channels, { kernel: SIDE, ...options });
  const inputs = x.shape[1] as number;
  const { gain = 1 } = options;
  const std = gain / Math.sqrt(inputs * SIDE ** 2);
  const kernel = p.get(name, [channels, inputs, SIDE, SIDE], std);
  return scope(name, () => {
    const sums = matmul(reshape(kernel, [channels * inputs, SIDE ** 2]), wideKernel());
    const turned = transpose(reshape(sums, [channels, inputs, WIDE ** 2]), [1, 0, 2]);
    const weight = reshape(turned, [inputs, channels, WIDE, WIDE]);
    return convTranspose(x, weight, { stride: 2, pads: 1 });
  });
}

/** Noise, batch normalisation and gate behind the convolution `name`, [N, 2 C, H, W] to [N, C, H, W]. */
function noisyGate(p: Parameters, name: string, wide: Value): Value {
  return gated(batchNorm(p, `${name}.norm`, addNoise(p, name, wide)));
}

/** 3x3 convolution, noise, batch normalisation and gate, [N, C, H, W] to [N, channels, H, W]. */
export function gatedConv(p: Parameters, name: string, x: Value, channels: number): Value {
  return noisyGate(p, name, convLayer(p, name, x, 2 * channels, { kernel: SIDE }));
}

/** The same with twice the size, [N, C, H, W] to [N, channels, 2 H, 2 W]. */
export function gatedDoubledConv(p: Parameters, name: string, x: Value, channels: number): Value {
  return noisyGate(p, name, doubledConv(p, name, x, 2 * channels));
}
