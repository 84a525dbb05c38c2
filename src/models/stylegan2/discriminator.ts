import {
  add,
  concat,
  downsampleFir,
  expand,
  mul,
  reduceMean,
  reduceSum,
  reshape,
  sqrt,
  square,
  sub,
} from "../../graph/ops/index.ts";
import { scope, type Value } from "../../graph/value.ts";
import type { Parameters } from "../../nn/parameters.ts";
import { type Architecture, stageName } from "../family.ts";
import { beforeStride } from "./filter.ts";
import { convolution, dense, normalize, TINY } from "./layers.ts";
import { MAPPING_RATE } from "./mapping.ts";
import { settingsOf } from "./settings.ts";

/** Size of the groups: at most `wanted` (0: any), and such that images that do not belong together are never in one. */
function groupSize(wanted: number, together: number): number {
  let size = wanted === 0 ? together : Math.min(wanted, together);
  while (together % size !== 0) size--;
  return size;
}

/**
 * Feature maps [N, C, H, W] with one more channel: how much the images of a group differ, the mean of their standard deviations over all features.
 *
 * @param size Images in a group; neighbours in the batch are in one.
 * @see Karras et al. 2017, "Progressive Growing of GANs", arXiv:1710.10196
 */
function withDeviation(x: Value, size: number): Value {
  const [n = 0, c = 0, h = 0, w = 0] = x.shape;
  const groups = reshape(x, [n / size, size, c * h * w]);
  const centred = sub(groups, reduceMean(groups, { axes: [1], keepdims: true }));
  const variance = reduceMean(square(centred), { axes: [1], keepdims: true });
  const deviation = reduceMean(sqrt(add(variance, TINY)), { axes: [2], keepdims: true }); // [N / size, 1, 1]
  const maps = reshape(expand(deviation, [n / size, size, h * w]), [n, 1, h, w]);
  return concat([x, maps], 1);
}

/** Last feature map to logits [N, 1]; with classes, a product with what a mapping network makes of the class. */
function finish(
  p: Parameters,
  architecture: Architecture,
  x: Value,
  { c, together }: { readonly c: Value | undefined; readonly together: number },
): Value {
  const { clamp, group, classLayers } = settingsOf(architecture);
  const channels = architecture.widths[0] as number;
  const at = p.at(`b${stageName(architecture, 0)}`);
  const seen = withDeviation(x, groupSize(group, together));
  const y = convolution(at, "conv", seen, channels, { kernel: 3, clamp });
  const flat = dense(at, "fc", reshape(y, [y.shape[0] as number, -1]), channels, { active: true });
  if (c === undefined) return dense(at, "out", flat, 1);
  const views = dense(at, "out", flat, channels);
  const mapped = p.at("mapping");
  let wanted = normalize(dense(mapped, "embed", c, channels));
  for (let i = 0; i < classLayers; i++)
    wanted = dense(mapped, `fc${i}`, wanted, channels, { rate: MAPPING_RATE, active: true });
  const agreement = reduceSum(mul(views, wanted), { axes: [1], keepdims: true });
  return mul(agreement, 1 / Math.sqrt(channels));
}

/**
 * The residual discriminator of StyleGAN2: each stage halves the resolution, on one path through two convolutions, on the other through one pixel.
 *
 * @param together Images that came together, one behind the other: only their statistics are mixed. @default all
 * @see Karras et al. 2019, arXiv:1912.04958
 */
export function discriminator(
  p: Parameters,
  architecture: Architecture,
  images: Value,
  c?: Value,
  together = images.shape[0] as number,
): Value {
  return scope("discriminator", () => {
    const { widths } = architecture;
    const { clamp } = settingsOf(architecture);
    const top = p.at(`b${stageName(architecture, widths.length - 1)}`);
    let x = convolution(top, "fromrgb", images, widths.at(-1) as number, { kernel: 1, clamp });
    for (let i = widths.length - 1; i > 0; i--) {
      const stage = `b${stageName(architecture, i)}`;
      x = scope(stage, () => {
        const at = p.at(stage);
        const [width, next] = [widths[i] as number, widths[i - 1] as number];
        const gain = Math.SQRT1_2;
        const direct = { kernel: 1, active: false, gain, clamp: 0 } as const;
        const skip = convolution(at, "skip", downsampleFir(x), next, direct);
        const y = convolution(at, "conv0", x, width, { kernel: 3, clamp });
        const strided = { kernel: 3, stride: 2, gain, clamp } as const;
        return add(skip, convolution(at, "conv1", beforeStride(y), next, strided));
      });
    }
    return scope("finish", () => finish(p, architecture, x, { c, together }));
  });
}
