import { add, mul, sigmoid, split } from "../../graph/ops/index.ts";
import type { Value } from "../../graph/value.ts";
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

/** 3x3 convolution, noise, batch normalisation and gate, [N, C, H, W] to [N, channels, H, W]. */
export function gatedConv(p: Parameters, name: string, x: Value, channels: number): Value {
  const wide = convLayer(p, name, x, 2 * channels, { kernel: 3 });
  return gated(batchNorm(p, `${name}.norm`, addNoise(p, name, wide)));
}
