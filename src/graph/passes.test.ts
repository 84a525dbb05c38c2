import { describe, expect, it } from "vitest";
import { hostTensor } from "../base/tensor.ts";
import { gradients } from "./gradients.ts";
import * as ops from "./ops/index.ts";
import { eliminateCommonSubexpressions } from "./passes.ts";
import { scope, topologicalOrder, type Value } from "./value.ts";

const x = ops.input("x", [2, 3]);
const y = ops.input("y", [2, 3]);

function sizeAfter(...outputs: Value[]): number {
  return topologicalOrder(eliminateCommonSubexpressions(outputs)).length;
}

/** True when elimination makes one value of two. */
function merges(a: Value, b: Value): boolean {
  const [first, second] = eliminateCommonSubexpressions([a, b]);
  return first === second;
}

describe("eliminateCommonSubexpressions", () => {
  it("makes one value of equal subgraphs, however deep and wherever built", () => {
    const build = (): Value => ops.softmax(ops.mul(ops.sin(x), ops.add(ops.exp(y), 0.5)));
    const a = scope("a", build);
    const b = scope("b", build);
    expect(merges(a, b)).toBe(true);
    expect(sizeAfter(a, b)).toBe(topologicalOrder([a]).length);
  });

  it.each<[string, Value, Value, boolean]>([
    ["inputs of the same name", ops.neg(ops.input("z", [1])), ops.neg(ops.input("z", [1])), true],
    ["inputs of other names", ops.input("z", [1]), ops.input("u", [1]), false],
    ["x + y and y + x", ops.add(x, y), ops.add(y, x), true],
    ["x - y and y - x", ops.sub(x, y), ops.sub(y, x), false],
    ["x / y and y / x", ops.div(x, y), ops.div(y, x), false],
    ["max and min", ops.maximum(x, y), ops.minimum(x, y), false],
    ["inputs of other types", ops.input("z", [1]), ops.input("z", [1], "int32"), false],
    ["exchanged branches", ops.where(ops.less(x, y), x, y), ops.where(ops.less(x, y), y, x), false],
    ["equal attributes", ops.leakyRelu(x, 0.2), ops.leakyRelu(x, 0.2), true],
    ["other attributes", ops.leakyRelu(x, 0.2), ops.leakyRelu(x, 0.1), false],
    [
      "other result shapes",
      ops.expand(ops.reduceSum(x), [2]),
      ops.expand(ops.reduceSum(x), [3]),
      false,
    ],
    ["numbers", ops.mul(x, 3), ops.mul(x, 3), true],
    ["0 and -0", ops.div(x, 0), ops.div(x, -0), false],
    ["NaN", ops.mul(x, Number.NaN), ops.mul(x, Number.NaN), true],
    [
      "a float and an int",
      ops.scalar(1),
      ops.constant(hostTensor("int32", [], Int32Array.of(1))),
      false,
    ],
    [
      "other clip limits",
      ops.clip(x, 0, Number.POSITIVE_INFINITY),
      ops.clip(x, 0, Number.NaN),
      false,
    ],
  ])("%s: %#", (_, a, b, expected) => {
    expect(merges(a, b)).toBe(expected);
  });

  it("tells large constants apart by identity", () => {
    const numbers = Float32Array.from({ length: 100 }, (_, i) => i);
    const tensor = hostTensor("float32", [100], numbers);
    expect(merges(ops.constant(tensor), ops.constant(tensor))).toBe(true);
    const other = hostTensor(
      "float32",
      [100],
      numbers.map((v) => -v),
    );
    expect(merges(ops.constant(tensor), ops.constant(other))).toBe(false);
  });

  it("drops what no output needs", () => {
    const h = ops.sin(x);
    const [grad] = gradients(ops.mul(h, ops.exp(y)), [x]) as [Value];
    ops.exp(grad); // needed by nobody
    const kept = topologicalOrder(eliminateCommonSubexpressions([grad]));
    expect(kept.map((v) => v.op)).not.toContain("Sin");
    expect(kept.filter((v) => v.op === "Exp")).toHaveLength(1);
  });

  it("leaves a graph without repetitions as it is", () => {
    const output = ops.mul(ops.sin(x), ops.cos(x));
    expect(eliminateCommonSubexpressions([output])[0]).toBe(output);
  });

  it("keeps the order and number of outputs", () => {
    const a = ops.sin(x);
    const b = ops.cos(x);
    expect(eliminateCommonSubexpressions([b, a, ops.cos(x), b])).toEqual([b, a, b, b]);
  });
});
