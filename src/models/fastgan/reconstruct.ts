import {
  abs,
  add,
  and,
  averagePool,
  cast,
  greaterOrEqual,
  leakyRelu,
  less,
  mul,
  reduceMean,
  slice,
  sub,
  tanh,
} from "../../graph/ops/index.ts";
import { scope, type Value } from "../../graph/value.ts";
import { convLayer, LEAKY_GAIN, LEAKY_SLOPE } from "../../nn/layers.ts";
import type { Parameters } from "../../nn/parameters.ts";
import type { Objective } from "../family.ts";
import type { PhaseContext } from "../phase-context.ts";
import { doubledConv } from "./block.ts";

/** Channels of a decoder. */
const WIDTH = 64;

/** A small decoder: feature map [N, C, h, w] to a picture [N, planes, 4 h, 4 w], or one with `height` rows where that is less. */
function decode(p: Parameters, features: Value, planes: number, height: number): Value {
  let x = features;
  for (const name of ["conv1", "conv2"]) {
    if ((x.shape[2] as number) >= height) break;
    x = leakyRelu(doubledConv(p, name, x, WIDTH, { gain: LEAKY_GAIN }), LEAKY_SLOPE);
  }
  return tanh(convLayer(p, "rgb", x, planes, { kernel: 3 }));
}

/** One quarter of each map, [N, C, H, W] to [N, C, H / 2, W / 2]: which one, a number in 0 .. 1 says for each of the batch [N, 1, 1, 1]. */
function quarter(x: Value, choice: Value): Value {
  const [, , height, width] = x.shape as [number, number, number, number];
  const [rows, columns] = [height / 2, width / 2];
  const parts = [0, 1, 2, 3].map((i) => {
    const [row, column] = [rows * (i >> 1), columns * (i & 1)];
    const chosen = and(greaterOrEqual(choice, i / 4), less(choice, (i + 1) / 4));
    const part = slice(
      x,
      { axis: 2, start: row, end: row + rows },
      { axis: 3, start: column, end: column + columns },
    );
    return mul(part, cast(chosen, "float32"));
  });
  return parts.reduce((a, b) => add(a, b));
}

/** Pictures made smaller, to `height` rows. */
function shrunk(images: Value, height: number): Value {
  const factor = (images.shape[2] as number) / height;
  return factor === 1 ? images : averagePool(images, factor);
}

/** Mean absolute difference of a drawn picture and the real one at its size. */
function difference(drawn: Value, real: Value): Value {
  return reduceMean(abs(sub(drawn, shrunk(real, drawn.shape[2] as number))));
}

/**
 * The discriminator's other task, which keeps it from looking at a few details only: its features must hold enough of a real picture to draw the
 * whole of it small, and a random quarter of it larger. The distance is the mean absolute difference of pixels in [-1, 1] (the paper's is a
 * perceptual one, whose network would be larger than the model).
 *
 * @param seen The real images as the discriminator saw them.
 * @see Liu et al. 2021, arXiv:2101.04775
 */
export function reconstructionTask(
  context: PhaseContext,
  seen: Value,
  features: Readonly<Record<string, Value>>,
): Objective {
  const { whole, part } = features as { readonly whole: Value; readonly part: Value };
  const [, planes, height] = seen.shape as [number, number, number, number];
  const choice = context.random("quarter", [context.pairs, 1, 1, 1], "uniform");
  return scope("reconstruct", () => {
    const D = context.networks.D;
    const drawnWhole = decode(D.at("decodeWhole"), whole, planes, height);
    const drawnPart = decode(D.at("decodePart"), quarter(part, choice), planes, height / 2);
    const loss = add(difference(drawnWhole, seen), difference(drawnPart, quarter(seen, choice)));
    return { loss, reports: { reconstruction: loss } };
  });
}
