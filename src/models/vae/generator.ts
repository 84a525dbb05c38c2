import { add, concat, mul, reshape } from "../../graph/ops/index.ts";
import { scope, type Value } from "../../graph/value.ts";
import { linearLayer } from "../../nn/layers.ts";
import type { Parameters } from "../../nn/parameters.ts";
import { type Architecture, startSize } from "../family.ts";
import { stages } from "../r3gan/generator.ts";

/**
 * The decoder: R3GAN's generator with a constant added to the first feature map, which draws the mean picture. Without one, codes would carry what all
 * pictures have in common as an offset, and those of new pictures lack it. Classes are put behind z.
 */
export function generator(p: Parameters, architecture: Architecture, z: Value, c?: Value): Value {
  return scope("decoder", () => {
    const channels = architecture.widths[0] as number;
    const { height, width } = startSize(architecture);
    const own = p.at("start");
    const shape = [1, channels, height, width];
    const latent = c === undefined ? z : concat([z, c], 1);
    const scale = reshape(linearLayer(own, "linear", latent, channels), [-1, channels, 1, 1]);
    const first = add(mul(own.get("basis", shape, 1), scale), own.get("constant", shape, 0));
    return stages(p, architecture, first);
  });
}
