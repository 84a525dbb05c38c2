import { add, concat, mul, reshape } from "../../graph/ops/index.ts";
import { scope, type Value } from "../../graph/value.ts";
import { biasedLeakyRelu, convLayer, LEAKY_GAIN, linearLayer } from "../../nn/layers.ts";
import type { Parameters } from "../../nn/parameters.ts";
import type { Architecture } from "../family.ts";
import { residualBlocks } from "../r3gan/block.ts";
import { foldRolls, foldTime, repeatTime, unfoldRolls, unfoldTime } from "./folds.ts";
import { BEATS, barsOf, OCTAVE, STEPS_PER_BEAT } from "./shape.ts";

/** Length of the class embedding that is put behind z. */
const EMBEDDING = 64;

/** Channels of the branch of one part. */
const BRANCH = 48;

/** Where outputs start: few cells are on, as in music. */
const SILENCE = -1;

/** Convolution, bias and leaky ReLU. */
function layer(
  p: Parameters,
  name: string,
  x: Value,
  channels: number,
  options: { readonly kernel?: number; readonly group?: number } = {},
): Value {
  const wide = convLayer(p, name, x, channels, { ...options, gain: LEAKY_GAIN });
  return biasedLeakyRelu(p, `${name}.bias`, wide);
}

/** The bar before as feature maps of its beats [N, widths[1], 4, o] and of all of it [N, widths[0], 1, o]. */
function hear(
  p: Parameters,
  { widths }: Architecture,
  before: Value,
): Readonly<Record<"bars" | "beats", Value>> {
  const [wide, narrow] = widths as [number, number];
  const beats = layer(p, "beats", foldRolls(before), narrow, { kernel: 3 });
  return { beats, bars: layer(p, "bar", foldTime(beats, BEATS), wide) };
}

/** z to the first feature map [N, widths[0], bars, o]: something of its own for each bar, over a learned picture of the octaves. */
function start(p: Parameters, architecture: Architecture, z: Value): Value {
  const bars = barsOf(architecture);
  const wide = architecture.widths[0] as number;
  const ofBars = reshape(linearLayer(p, "linear", z, wide * bars), [-1, wide, bars, 1]);
  return mul(ofBars, p.get("basis", [1, wide, 1, architecture.width / OCTAVE], 1));
}

/**
 * The generator of music: a segment [N, parts, steps, pitches] from z and the bar before it.
 *
 * The trunk goes from bars to beats, with octaves as its other axis. At both levels it is shown the bar before, once for each bar, at the same place in
 * the bar: music repeats what it did a bar ago more than anything else. Behind it each part has a branch of its own, which writes the steps and pitch
 * classes of each beat and octave.
 *
 * Outputs are as they come, as R3GAN's are: the discriminator holds them near -1 and 1. Behind a hyperbolic tangent, or a threshold that gradients pass as
 * if they were behind one, cells far from sounding do not learn any more, and the music fades into silence.
 *
 * @param inputs `before`: the bar before [N, parts, steps of a bar, pitches], 1 where a note sounds, else -1; all -1 at the begin of a piece.
 * @see Dong et al. 2017, "MuseGAN", arXiv:1709.06298, for branches by part and time apart from pitch
 */
export function generator(
  p: Parameters,
  architecture: Architecture,
  z: Value,
  c: Value | undefined,
  inputs: Readonly<Record<string, Value>>,
): Value {
  return scope("generator", () => {
    const { channels: parts, widths } = architecture;
    const [wide, narrow] = widths as [number, number];
    const latent = c === undefined ? z : concat([z, linearLayer(p, "embedding", c, EMBEDDING)], 1);
    const heard = hear(p.at("before"), architecture, inputs.before as Value);
    /** Feature maps beside those of the bar before, then residual blocks. */
    const level = (name: "bars" | "beats", x: Value, channels: number): Value =>
      scope(name, () => {
        const at = p.at(name);
        const both = concat([x, repeatTime(heard[name], barsOf(architecture))], 1);
        return residualBlocks(at, architecture, layer(at, "merge", both, channels));
      });
    const ofBars = level("bars", start(p.at("start"), architecture, latent), wide);
    const rising = unfoldTime(convLayer(p, "rise", ofBars, BEATS * narrow), BEATS);
    const ofBeats = level("beats", rising, narrow);
    const branches = layer(p, "branches", ofBeats, BRANCH * parts);
    const own = layer(p, "own", branches, BRANCH * parts, { kernel: 3, group: parts });
    const count = OCTAVE * STEPS_PER_BEAT * parts;
    const cells = convLayer(p, "cells", own, count, { group: parts, gain: 0.5 });
    const bias = p.get("cells.bias", [1, count, 1, 1], 0, SILENCE);
    return unfoldRolls(add(cells, bias), parts);
  });
}
