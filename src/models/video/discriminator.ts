import * as ops from "../../graph/ops/index.ts";
import { scope, type Value } from "../../graph/value.ts";
import { convLayer, LEAKY_GAIN, LEAKY_SLOPE, linearLayer } from "../../nn/layers.ts";
import type { Parameters } from "../../nn/parameters.ts";
import { type Architecture, stageName } from "../family.ts";
import { residualBlocks } from "../r3gan/block.ts";
import { featureMaps, finish } from "../r3gan/discriminator.ts";
import { clipNumbers } from "./shape.ts";

/** Stage, counted from the smallest, whose feature maps of all frames are put together: 16 x 16 where the first is 4 x 4. */
const MERGED_STAGE = 2;

/** Waves by which the network sees a gap in time, in turns over the length of a clip. */
const WAVES = [0.25, 0.5, 1, 2, 4];

/** Length of what the network knows about the gaps. */
const HIDDEN = 64;

/** The times between neighbouring frames as the network sees them, [N, HIDDEN], from times [N, F] in lengths of a clip. */
function gapsOf(p: Parameters, times: Value): Value {
  const frames = times.shape[1] as number;
  const gaps = ops.sub(
    ops.slice(times, { axis: 1, start: 1 }),
    ops.slice(times, { axis: 1, end: frames - 1 }),
  );
  const waves = WAVES.flatMap((turns) => {
    const angle = ops.mul(gaps, 2 * Math.PI * turns);
    return [ops.sin(angle), ops.cos(angle)];
  });
  const x = linearLayer(p, "hidden", ops.concat([gaps, ...waves], 1), HIDDEN, LEAKY_GAIN);
  return ops.leakyRelu(ops.add(x, p.get("hidden-bias", [1, HIDDEN], 0)), LEAKY_SLOPE);
}

/** One logit [N, 1] for the motion of a clip: frames put together halfway through, with the gaps between them. */
function motionLogit(
  p: Parameters,
  architecture: Architecture,
  map: Value,
  times: Value,
  stage: number,
  c?: Value,
): Value {
  const { widths } = architecture;
  const [, channels, height, width] = map.shape as [number, number, number, number];
  const [n, frames] = times.shape as [number, number];
  const gaps = gapsOf(p.at("gaps"), times);
  const side = ops.reshape(map, [n, frames * channels, height, width]);
  let x = convLayer(p, "merge", side, channels);
  const shift = linearLayer(p, "gap-shift", gaps, channels);
  x = ops.add(x, ops.reshape(shift, [n, channels, 1, 1]));
  for (let i = stage; i >= 0; i--) {
    const name = `b${stageName(architecture, i)}`;
    x = scope(name, () => {
      const y = residualBlocks(p.at(name), architecture, x);
      if (i === 0) return y;
      const half = ops.downsampleFir(y);
      const next = widths[i - 1] as number;
      return half.shape[1] === next ? half : convLayer(p.at(name), "transition", half, next);
    });
  }
  const known = c === undefined ? gaps : ops.concat([gaps, c], 1);
  return finish(p.at("finish"), architecture, x, known);
}

/**
 * Logits [N, 2 F] of clips [N, 3 F, H, W]: F times one for the motion of the clip, and one for each frame as a picture. Pictures without motion are
 * judged by the latter alone: their former are 0.
 *
 * The frames go through the discriminator of the picture family; in the middle their feature maps branch off, side by side, to a second head that
 * knows the gaps in time.
 *
 * @param times [N, F] of the frames [s].
 * @param moving [N, 1], 1 for clips and 0 for single pictures.
 * @see Skorokhodov et al. 2021, "StyleGAN-V", arXiv:2112.14683, for a discriminator of few frames and their gaps
 */
export function discriminator(
  p: Parameters,
  architecture: Architecture,
  clips: Value,
  { times, moving }: { readonly times: Value; readonly moving: Value },
  c?: Value,
): Value {
  return scope("discriminator", () => {
    const { seconds } = clipNumbers(architecture);
    const [n, , height, width] = clips.shape as [number, number, number, number];
    const frames = times.shape[1] as number;
    const pictures = ops.reshape(clips, [n * frames, 3, height, width]);
    const maps = featureMaps(p, architecture, pictures);
    const stage = Math.min(MERGED_STAGE, maps.length - 1);
    const [last, merged] = [maps[0] as Value, maps[stage] as Value];
    const frameLogits = scope("finish", () =>
      finish(p.at("finish"), architecture, last, c && repeatRows(c, frames)),
    );
    const motion = scope("motion", () =>
      motionLogit(p.at("motion"), architecture, merged, ops.mul(times, 1 / seconds), stage, c),
    );
    const motions = ops.expand(ops.mul(motion, moving), [n, frames]);
    return ops.concat([motions, ops.reshape(frameLogits, [n, frames])], 1);
  });
}

/** Every row [N, D] `times` times, [N times, D]. */
export function repeatRows(x: Value, times: number): Value {
  const [n, width] = x.shape as [number, number];
  return ops.reshape(ops.expand(ops.reshape(x, [n, 1, width]), [n, times, width]), [
    n * times,
    width,
  ]);
}
