import * as ops from "../../graph/ops/index.ts";
import type { Value } from "../../graph/value.ts";
import type { PhaseContext } from "../phase-context.ts";
import { mapping } from "./mapping.ts";
import { styleCount } from "./settings.ts";
import { synthesis } from "./synthesis.ts";

const { add, mul, sub } = ops;

/**
 * Where each picture's styles change from one latent to the other: 1 for styles of the first, [n, styles, 1]. With probability `mixing` the change is
 * at 1 .. styles - 1, each as likely; otherwise all are of the first.
 *
 * @param u Even in 0 .. 1, [n, 1, 1].
 */
function ofFirst(u: Value, styles: number, mixing: number): Value {
  const n = u.shape[0] as number;
  const change = add(ops.floor(mul(u, (styles - 1) / mixing)), 1);
  const positions = ops.constantOf([1, styles, 1], [...Array(styles).keys()]);
  const before = ops.cast(ops.greater(change, positions), "float32");
  const alone = ops.expand(ops.cast(ops.greaterOrEqual(u, mixing), "float32"), [n, styles, 1]);
  return ops.maximum(before, alone);
}

/** Generated images of a pass, some with coarse styles of one latent and fine ones of another (style mixing, arXiv:1812.04948). */
export function mixedImages(context: PhaseContext): Value {
  const { architecture, networks, objective, pairs, z, c } = context;
  const styles = styleCount(architecture);
  if (objective.mixing === 0)
    return synthesis(networks.G, architecture, mapping(networks.G, architecture, z, c).w);
  const other = context.random("mixing/z", [pairs, architecture.latent], "normal");
  const classes = c === undefined ? undefined : ops.concat([c, c], 0);
  const { w } = mapping(networks.G, architecture, ops.concat([z, other], 0), classes);
  const length = w.shape[1] as number;
  const [first, second] = ops
    .split(w, 0, [pairs, pairs])
    .map((part) => ops.reshape(part, [pairs, 1, length])) as [Value, Value];
  const u = context.random("mixing/change", [pairs, 1, 1], "uniform");
  const share = ofFirst(u, styles, objective.mixing);
  return synthesis(networks.G, architecture, add(second, mul(share, sub(first, second))));
}
