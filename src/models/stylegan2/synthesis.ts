import {
  add,
  conv,
  leakyRelu,
  matmul,
  mul,
  reduceSum,
  reshape,
  slice,
  square,
  upsampleFir,
} from "../../graph/ops/index.ts";
import { scope, type Value } from "../../graph/value.ts";
import { LEAKY_SLOPE } from "../../nn/layers.ts";
import type { Parameters } from "../../nn/parameters.ts";
import { type Architecture, stageName, startSize } from "../family.ts";
import { convUp } from "./filter.ts";
import { dense, GAIN, inverseRoot, limit } from "./layers.ts";
import { settingsOf } from "./settings.ts";

/** A number a picture and channel, for feature maps: [N, C] to [N, C, 1, 1]. */
const perChannel = (x: Value): Value => reshape(x, [-1, x.shape[1] as number, 1, 1]);

/** How a style's convolution changes the feature maps. */
interface StyledOptions {
  readonly channels: number;
  /** Twice the resolution. */
  readonly up: boolean;
  readonly clamp: number;
}

/**
 * Convolution whose kernels are scaled by a style for each picture, and scaled back to unit variance; then noise, bias and leaky ReLU.
 *
 * Scaling a kernel's inputs and outputs is scaling the feature maps before and after it: `y_o = d_o sum_i W_oi * (s_i x_i)` with `d_o = 1 /
 * sqrt(sum_i,k (W_oik s_i)^2)`. All pictures so share one convolution.
 *
 * @param x [N, C, H, W], or [1, C, H, W] for the same in all pictures.
 * @param w Styles [N, W].
 * @see Karras et al. 2019, "Analyzing and Improving the Image Quality of StyleGAN", arXiv:1912.04958
 */
function styledConvolution(
  p: Parameters,
  x: Value,
  w: Value,
  { channels, up, clamp }: StyledOptions,
): Value {
  const inputs = x.shape[1] as number;
  const style = dense(p, "affine", w, inputs, { bias: 1 }); // [N, C]
  const weight = p.get("weight", [channels, inputs, 3, 3], 1);
  const energy = reduceSum(square(weight), { axes: [2, 3] }); // [O, C]
  const scale = inverseRoot(matmul(square(style), energy, { transB: true })); // [N, O]
  const styled = mul(x, perChannel(style));
  const y = up ? convUp(styled, weight) : conv(styled, weight, { pads: 1 });
  const [n = 0, , h = 0, width = 0] = y.shape;
  const noise = mul(
    p.noise("noise_const", n, [1, h, width]),
    mul(p.get("noise_strength", [], 0), GAIN),
  );
  const bias = reshape(mul(p.get("bias", [channels], 0), GAIN), [1, channels, 1, 1]);
  const scaled = mul(y, perChannel(mul(scale, GAIN)));
  return limit(leakyRelu(add(scaled, add(noise, bias)), LEAKY_SLOPE), clamp);
}

/** Feature maps [N, C, H, W] to images [N, colours, H, W] by a 1x1 convolution that a style scales: a matrix of its own for each picture. */
function toRgb(p: Parameters, x: Value, w: Value, colours: number, clamp: number): Value {
  const [, channels = 0, height = 0, width = 0] = x.shape;
  const style = dense(p, "affine", w, channels, { bias: 1 });
  const weight = reshape(p.get("weight", [colours, channels, 1, 1], 1), [1, colours, channels]);
  const bias = reshape(p.get("bias", [colours], 0), [1, colours, 1, 1]);
  const kernels = mul(weight, reshape(mul(style, 1 / Math.sqrt(channels)), [-1, 1, channels]));
  const flat = matmul(kernels, reshape(x, [-1, channels, height * width])); // [N, colours, H W]
  return limit(add(reshape(flat, [-1, colours, height, width]), bias), clamp);
}

/**
 * The synthesis network: a learned start, two styled convolutions a stage (one in the first), and the sum of every stage's colours, enlarged.
 *
 * @param w One w a picture [N, W], or one a style [N, 2 stages, W].
 */
export function synthesis(p: Parameters, architecture: Architecture, w: Value): Value {
  const at = p.at("synthesis");
  const { clamp } = settingsOf(architecture);
  const { height, width } = startSize(architecture);
  const styles = w.shape.at(-1) as number;
  const style = (i: number): Value =>
    w.shape.length === 2 ? w : reshape(slice(w, { axis: 1, start: i, end: i + 1 }), [-1, styles]);
  return scope("synthesis", () => {
    const first = architecture.widths[0] as number;
    const constant = at.at(`b${stageName(architecture, 0)}`);
    let x = reshape(constant.get("const", [first, height, width], 1), [1, first, height, width]);
    let images: Value | undefined;
    for (const [i, channels] of architecture.widths.entries()) {
      const name = `b${stageName(architecture, i)}`;
      const stage = at.at(name);
      const convolve = (part: string, layer: number, up: boolean): Value =>
        scope(part, () =>
          styledConvolution(stage.at(part), x, style(layer), { channels, up, clamp }),
        );
      scope(name, () => {
        if (i > 0) x = convolve("conv0", 2 * i - 1, true);
        x = convolve("conv1", 2 * i, false);
        const colours = scope("torgb", () =>
          toRgb(stage.at("torgb"), x, style(2 * i + 1), architecture.channels, clamp),
        );
        images = images === undefined ? colours : add(upsampleFir(images), colours);
      });
    }
    return images as Value;
  });
}
