import { clip, input } from "../graph/ops/index.ts";
import type { Value } from "../graph/value.ts";
import { Parameters } from "../nn/parameters.ts";
import type { Architecture } from "./family.ts";
import { familyOf } from "./registry.ts";

/** A generator in two halves. Both take their weights by parameter name. */
export interface StyleGraphs {
  /** `w` [batch, W] and the mean of w [W] from the inputs `z` and, for conditional models, one-hot `c`. */
  readonly mapping: (batch: number) => Readonly<Record<"w" | "average", Value>>;
  /** `images` in [-1, 1] from the input `w`. */
  readonly synthesis: (batch: number) => Readonly<Record<"images", Value>>;
}

/** The halves of a generator; undefined for families without a space of styles. */
export function styleGraphs(architecture: Architecture): StyleGraphs | undefined {
  const { mapping, synthesis } = familyOf(architecture.family);
  if (mapping === undefined || synthesis === undefined) return undefined;
  const { latent, classes } = architecture;
  const styles = (batch: number): Readonly<Record<"w" | "average", Value>> => {
    const c = classes === 0 ? undefined : input("c", [batch, classes]);
    return mapping(new Parameters("G"), architecture, input("z", [batch, latent]), c);
  };
  const length = styles(1).w.shape[1] as number;
  return {
    mapping: styles,
    synthesis: (batch) => {
      const w = input("w", [batch, length]);
      return { images: clip(synthesis(new Parameters("G"), architecture, w), -1, 1) };
    },
  };
}
