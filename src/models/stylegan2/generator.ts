import { add, sub } from "../../graph/ops/index.ts";
import { scope, type Value } from "../../graph/value.ts";
import type { Parameters } from "../../nn/parameters.ts";
import type { Architecture } from "../family.ts";
import { mapping } from "./mapping.ts";
import { synthesis } from "./synthesis.ts";

/**
 * The generator of StyleGAN2: z to w, and w to images. A model file holds it as it is at truncation 1, mean of w included.
 *
 * @see Karras et al. 2019, arXiv:1912.04958
 */
export function generator(p: Parameters, architecture: Architecture, z: Value, c?: Value): Value {
  return scope("generator", () => {
    const { w, average } = mapping(p, architecture, z, c);
    return synthesis(p, architecture, add(average, sub(w, average)));
  });
}
