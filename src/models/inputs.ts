import type { Random } from "../base/random.ts";
import { sizeOf } from "../base/shape.ts";
import { type HostTensor, hostTensor } from "../base/tensor.ts";
import type { Architecture } from "./family.ts";
import { familyOf } from "./registry.ts";

/** What a generator needs beside z and c for one example, by name. */
export type ExampleInputs = Readonly<Record<string, Float32Array>>;

/** Inputs for one example where none are given: what the family draws for it, else zeros. */
export function drawInputs(architecture: Architecture, random: Random): ExampleInputs {
  const { inputs, drawInputs: draw } = familyOf(architecture.family);
  if (draw !== undefined) return draw(architecture, random);
  const shapes = Object.entries(inputs?.(architecture) ?? {});
  return Object.fromEntries(shapes.map(([name, shape]) => [name, new Float32Array(sizeOf(shape))]));
}

/** Inputs of several examples as tensors with the batch axis in front; zeros where there are fewer than `batch`. */
export function stackInputs(
  architecture: Architecture,
  examples: readonly ExampleInputs[],
  batch: number,
): Record<string, HostTensor> {
  const shapes = Object.entries(familyOf(architecture.family).inputs?.(architecture) ?? {});
  const stacked = shapes.map(([name, shape]) => {
    const tensor = hostTensor("float32", [batch, ...shape]);
    const size = sizeOf(shape);
    for (const [n, inputs] of examples.entries()) tensor.data.set(inputs[name] ?? [], n * size);
    return [name, tensor] as const;
  });
  return Object.fromEntries(stacked);
}
