import { DTypeError, GradientError } from "../base/errors.ts";
import { formatShape, sameShape } from "../base/shape.ts";
import { add, ones, zeros } from "./ops/index.ts";
import { type VjpContext, type VjpRule, vjpRules } from "./rules.ts";
import { here, type OpName, scope, topologicalOrder, type Value } from "./value.ts";

/**
 * Gradients of `sum(y * cotangent)` with respect to each of `wrt`, as new values of the same graph.
 *
 * Reverse accumulation over the paths between `wrt` and `y`. The results are ordinary values, so they can be differentiated
 * again: penalties on gradients (R1, R2, path length) are written down as they are read.
 *
 * @param y Any float32 tensor; usually a scalar loss.
 * @param wrt Values to differentiate by. One that `y` does not depend on has gradient zero.
 * @param cotangent Same shape as `y`. @default ones
 * @returns One gradient per value of `wrt`, of the same shape.
 * @throws {GradientError} if the cotangent has another shape.
 * @throws {DTypeError} if `y` is not float32.
 */
export function gradients(y: Value, wrt: readonly Value[], cotangent?: Value): Value[] {
  if (y.dtype !== "float32")
    throw new DTypeError(`${here("gradients")}: y is ${y.dtype}, expected float32.`);
  const seed = cotangent ?? ones(y.shape);
  if (!sameShape(seed.shape, y.shape)) {
    throw new GradientError(
      `${here("gradients")}: cotangent has shape ${formatShape(seed.shape)}, expected ${formatShape(y.shape)}, the shape of y.`,
    );
  }
  const order = topologicalOrder([y]);
  const targets = new Set(wrt);
  const onPath = new Set<Value>();
  for (const value of order) {
    if (targets.has(value) || value.inputs.some((i) => onPath.has(i))) onPath.add(value);
  }
  const cotangents = new Map<Value, Value>([[y, seed]]);
  for (const value of order.reverse()) {
    const dy = cotangents.get(value);
    if (dy === undefined || !onPath.has(value)) continue;
    scope(`grad/${value.scope}`, () => {
      for (const [i, cotangentOf] of applyRule(value, dy).entries()) {
        const source = value.inputs[i] as Value;
        if (cotangentOf === null || !onPath.has(source)) continue;
        const sum = cotangents.get(source);
        const part = cotangentOf();
        cotangents.set(source, sum === undefined ? part : add(sum, part));
      }
    });
  }
  return wrt.map((x) => cotangents.get(x) ?? zeros(x.shape));
}

function applyRule(value: Value, dy: Value): ReturnType<VjpRule<OpName>> {
  const rule = vjpRules[value.op] as VjpRule<OpName>;
  const x = value.inputs as unknown as VjpContext<OpName>["x"];
  return rule({ x, inputs: value.inputs, y: value, dy, attrs: value.attrs });
}
