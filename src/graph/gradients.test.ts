import { describe, expect, it } from "vitest";
import { DTypeError, GradientError } from "../base/errors.ts";
import { hostTensor } from "../base/tensor.ts";
import { gradients } from "./gradients.ts";
import { interpret } from "./interpret.ts";
import * as ops from "./ops/index.ts";
import { scope, topologicalOrder, type Value } from "./value.ts";

const vector = (...values: number[]) =>
  hostTensor("float32", [values.length], Float32Array.from(values));

function numbersOf(value: Value, feeds: Parameters<typeof interpret>[1]): number[] {
  return Array.from(interpret([value], feeds)[0]?.data ?? [], Number);
}

function derivative(y: Value, x: Value): Value {
  return gradients(y, [x])[0] as Value;
}

describe("gradients", () => {
  const x = ops.input("x", [3]);
  const feeds = { x: vector(1, -2, 3) };

  it("can be taken any number of times", () => {
    let y = ops.square(ops.square(x));
    const expected = [(v: number) => 4 * v ** 3, (v: number) => 12 * v ** 2, (v: number) => 24 * v];
    for (const f of [...expected, () => 24, () => 0]) {
      y = derivative(y, x);
      expect(numbersOf(y, feeds)).toEqual([1, -2, 3].map(f));
    }
  });

  it("are zero for a value that y does not depend on, or only past stopGradient", () => {
    const other = ops.input("other", [2, 2]);
    const y = ops.mul(ops.stopGradient(other), ops.reduceSum(x));
    const [grad] = gradients(y, [other]);
    expect(grad?.shape).toEqual([2, 2]);
    expect(numbersOf(grad as Value, {})).toEqual([0, 0, 0, 0]);
  });

  it("include the value itself and values in between", () => {
    const h = ops.mul(x, 2);
    const y = ops.square(h);
    const [gy, gh, gx] = gradients(y, [y, h, x]) as [Value, Value, Value];
    expect(numbersOf(gy, feeds)).toEqual([1, 1, 1]);
    expect(numbersOf(gh, feeds)).toEqual([4, -8, 12]);
    expect(numbersOf(gx, feeds)).toEqual([8, -16, 24]);
  });

  it("add up over all paths", () => {
    const y = ops.add(ops.add(ops.mul(x, 3), x), ops.reduceSum(x));
    expect(numbersOf(derivative(y, x), feeds)).toEqual([7, 7, 7]);
  });

  it("weigh the results by the cotangent", () => {
    const cotangent = ops.constantOf([3], [1, 10, 0]);
    const [grad] = gradients(ops.square(x), [x], cotangent);
    expect(numbersOf(grad as Value, feeds)).toEqual([2, -40, 0]);
  });

  it("hold for a penalty on gradients", () => {
    // D(x) = sum(w x^2) has gradient 2 w x; R1 = sum (2 w x)^2, d R1 / dw = 8 w x^2.
    const w = ops.input("w", [3]);
    const logit = ops.reduceSum(ops.mul(w, ops.square(x)));
    const r1 = ops.reduceSum(ops.square(derivative(logit, x)));
    expect(numbersOf(derivative(r1, w), { ...feeds, w: vector(1, 2, -1) })).toEqual([8, 64, -72]);
  });

  it("build nothing for inputs that are not asked for", () => {
    const images = ops.input("images", [1, 1, 4, 4]);
    const weight = ops.input("weight", [1, 1, 3, 3]);
    const y = ops.conv(images, weight);
    const before = ops.scalar(0).id;
    const grad = derivative(y, weight);
    const after = ops.scalar(0).id;
    const built = topologicalOrder([grad]).filter((v) => v.id > before);
    expect(built.map((v) => v.op)).toEqual(["Constant", "Expand", "ConvWeightGrad"]);
    expect(after - before - 1).toBe(built.length);
  });

  it("stand in the scope of the operation they belong to", () => {
    const y = scope("discriminator", () => scope("conv0", () => ops.sin(x)));
    expect(derivative(y, x).scope).toBe("grad/discriminator/conv0");
  });

  it("need a float32 value", () => {
    const y = ops.cast(x, "int32");
    expect(() => gradients(y, [x])).toThrow(DTypeError);
    expect(() => gradients(y, [x])).toThrow("gradients: y is int32, expected float32.");
  });

  it("need a cotangent of the same shape", () => {
    const call = () => scope("loss", () => gradients(x, [x], ops.ones([2])));
    expect(call).toThrow(GradientError);
    expect(call).toThrow(
      "gradients (loss): cotangent has shape [2], expected [3], the shape of y.",
    );
  });
});
