import { describe, expect, it } from "vitest";
import { DTypeError, ShapeError } from "../base/errors.ts";
import { hostTensor } from "../base/tensor.ts";
import { erf } from "./interpret/erf.ts";
import { interpret } from "./interpret.ts";
import * as ops from "./ops/index.ts";
import { scope } from "./value.ts";

const float32 = (shape: readonly number[], values: readonly number[]) =>
  hostTensor("float32", shape, Float32Array.from(values));
const int32 = (shape: readonly number[], values: readonly number[]) =>
  hostTensor("int32", shape, Int32Array.from(values));

describe("interpret", () => {
  const x = ops.input("x", [2, 2]);

  it("computes in float64", () => {
    const third = hostTensor("float64", [], Float64Array.of(1 / 3));
    const [y] = interpret([ops.mul(ops.input("third", []), 3)], { third });
    expect(y).toEqual(hostTensor("float64", [], Float64Array.of(1)));
  });

  it("returns every output in order, also one that is an input", () => {
    const feed = float32([2, 2], [1, 2, 3, 4]);
    const [sum, same] = interpret([ops.reduceSum(x), x], { x: feed });
    expect(sum?.data).toEqual(Float64Array.of(10));
    expect(same?.data).toEqual(Float64Array.of(1, 2, 3, 4));
  });

  it("returns memory of its own", () => {
    const feed = int32([2], [1, 2]);
    const i = ops.input("i", [2], "int32");
    const results = interpret([i, ops.reshape(i, [2, 1])], { i: feed });
    results[0]?.data.fill(0 as never);
    expect(feed.data).toEqual(Int32Array.of(1, 2));
    expect(results[1]?.data).toEqual(Int32Array.of(1, 2));
  });

  it("keeps int32, uint8 and bool exact", () => {
    const i = ops.input("i", [2], "int32");
    const bytes = ops.input("bytes", [2], "uint8");
    const feeds = {
      i: int32([2], [2 ** 24 + 1, -(2 ** 30)]),
      bytes: hostTensor("uint8", [2], Uint8Array.of(3, 255)),
    };
    const one = ops.constant(int32([], [1]));
    const outputs = [ops.add(i, one), ops.flip(bytes, 0), ops.greater(i, one)];
    expect(interpret(outputs, feeds)).toEqual([
      int32([2], [2 ** 24 + 2, 1 - 2 ** 30]),
      hostTensor("uint8", [2], Uint8Array.of(255, 3)),
      hostTensor("bool", [2], Uint8Array.of(1, 0)),
    ]);
  });

  it.each([
    ["missing", {}, ShapeError, 'interpret: input "x" is missing, expected float32 [2, 2].'],
    [
      "of another shape",
      { x: float32([4], [1, 2, 3, 4]) },
      ShapeError,
      'interpret: input "x" has shape [4], expected [2, 2].',
    ],
    [
      "of another type",
      { x: int32([2, 2], [1, 2, 3, 4]) },
      DTypeError,
      'interpret: input "x" is int32, expected float32 or float64.',
    ],
  ])("names a feed that is %s", (_, feeds, type, message) => {
    const call = () => interpret([ops.neg(x)], feeds);
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });

  it("does not take int64", () => {
    const long = ops.input("long", [1], "int64");
    const call = () => interpret([long], { long: hostTensor("int64", [1], BigInt64Array.of(1n)) });
    expect(call).toThrow(DTypeError);
  });

  it.each([-1, 3])("names the operation whose index is out of range (%i)", (index) => {
    const i = ops.constant(int32([1], [index]));
    const rows = ops.constantOf([3, 1], [1, 2, 3]);
    const gathered = scope("generator", () => ops.gather(rows, i));
    expect(() => interpret([gathered], {})).toThrow(
      `Gather (generator): index ${index} lies outside the tensor's rows, expected 0 to 2.`,
    );
    const scattered = ops.scatterAdd(ops.constantOf([1, 1], [1]), i, 3);
    expect(() => interpret([scattered], {})).toThrow(ShapeError);
  });

  it("does not overflow where the result is finite", () => {
    const large = ops.constantOf([2], [1000, -1000]);
    const outputs = [ops.softplus(large), ops.sigmoid(large), ops.softmax(large)];
    const results = interpret(outputs, {}).map((t) => [...(t.data as Float64Array)]);
    expect(results).toEqual([
      [1000, 0],
      [1, 0],
      [1, 0],
    ]);
  });
});

describe("erf", () => {
  // By mpmath 1.3 with 40 digits, rounded to the nearest double.
  it.each([
    [1e-8, 1.1283791670955126e-8],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [1.5, 0.9661051464753108],
    [1.9375, 0.9938568063952132],
    [2, 0.9953222650189527],
    [2.0625, 0.9964637508747902],
    [2.5, 0.999593047982555],
    [3, 0.9999779095030014],
    [4, 0.9999999845827421],
    [5.5, 0.9999999999999927],
    [30, 1],
    [Number.POSITIVE_INFINITY, 1],
  ])("of %f is %f", (x, expected) => {
    expect(Math.abs(erf(x) / expected - 1)).toBeLessThan(1e-15);
    expect(erf(-x)).toBe(-erf(x));
  });

  it("keeps zero and NaN", () => {
    expect(erf(0)).toBe(0);
    expect(erf(Number.NaN)).toBeNaN();
  });
});
