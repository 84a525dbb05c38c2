import { concat, reshape } from "../../graph/ops/index.ts";
import { scope, type Value } from "../../graph/value.ts";
import { linearLayer } from "../../nn/layers.ts";
import type { Parameters } from "../../nn/parameters.ts";
import { type Architecture, startSize } from "../family.ts";
import { stages } from "../r3gan/generator.ts";
import { type Moment, motionOf } from "./motion.ts";

/** Length of the class embedding that is put behind z. */
const EMBEDDING = 64;

/**
 * Single frames [N, 3, H, W]: the stages of R3GAN on a first feature map that is a linear function of content and motion. A film is the frames of one
 * z and one motion code at many times.
 */
export function generator(
  p: Parameters,
  architecture: Architecture,
  z: Value,
  c: Value | undefined,
  moment: Moment,
): Value {
  return scope("generator", () => {
    const content = c === undefined ? z : concat([z, linearLayer(p, "embedding", c, EMBEDDING)], 1);
    const motion = motionOf(p.at("motion"), architecture, content, moment);
    const { height, width } = startSize(architecture);
    const channels = architecture.widths[0] as number;
    const first = linearLayer(p, "start", concat([content, motion], 1), channels * height * width);
    return stages(p, architecture, reshape(first, [-1, channels, height, width]));
  });
}
