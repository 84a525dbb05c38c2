import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hostTensor } from "../base/tensor.ts";
import { float16ToNumber, numberToFloat16 } from "./float16.ts";
import { decodeOnnx } from "./onnx/decode.ts";
import { encodeOnnx } from "./onnx/encode.ts";
import { toOnnx } from "./onnx/write.ts";
import { input, mul } from "./ops/index.ts";

describe("half precision", () => {
  it("keeps every half-precision number", () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = float16ToNumber(bits);
      if (Number.isNaN(value)) expect(float16ToNumber(numberToFloat16(value))).toBeNaN();
      else expect(numberToFloat16(value) === bits || value === 0).toBe(true);
    }
  });

  it("rounds to the nearest, ties to even", () => {
    // 1 + 2^-11 lies between 1 and 1 + 2^-10; 1 + 3 * 2^-11 between that and 1 + 2^-9.
    expect(float16ToNumber(numberToFloat16(1 + 2 ** -11))).toBe(1);
    expect(float16ToNumber(numberToFloat16(1 + 3 * 2 ** -11))).toBe(1 + 2 ** -9);
    expect(float16ToNumber(numberToFloat16(65519))).toBe(65504);
    expect(float16ToNumber(numberToFloat16(65520))).toBe(Number.POSITIVE_INFINITY);
    expect(numberToFloat16(2 ** -25)).toBe(0);
    fc.assert(
      fc.property(fc.float({ min: -60000, max: 60000, noNaN: true }), (value) => {
        const near = float16ToNumber(numberToFloat16(value));
        const bits = numberToFloat16(value) & 0x7fff;
        const neighbours = [bits - 1, bits + 1].filter((b) => b >= 0).map(float16ToNumber);
        const error = Math.abs(Math.abs(value) - Math.abs(near));
        for (const other of neighbours)
          expect(error).toBeLessThanOrEqual(Math.abs(Math.abs(value) - other));
      }),
    );
  });

  it("halves the large weights of a file that has them so, and leaves small and very large ones", () => {
    const data = Float32Array.from({ length: 2048 }, (_, i) => Math.sin(i) / 3);
    const outside = data.map((v) => v * 1e6);
    const weights = new Map([
      ["wide", hostTensor("float32", [2, 1024], data)],
      ["vast", hostTensor("float32", [2, 1024], outside)],
      ["small", hostTensor("float32", [1, 1], Float32Array.of(1 / 3))],
    ]);
    const y = mul(
      mul(mul(input("x", [1, 1]), input("wide", [2, 1024])), input("vast", [2, 1024])),
      input("small", [1, 1]),
    );
    const sizes = [true, false].map((half) => {
      const bytes = encodeOnnx(toOnnx({ y }, { weights, half }));
      const read = decodeOnnx(bytes, "test").graph.initializers;
      expect(read.get("vast")?.data).toEqual(outside);
      expect(read.get("small")?.data).toEqual(Float32Array.of(1 / 3));
      const wide = read.get("wide")?.data as Float32Array;
      const errors = wide.map((v, i) => Math.abs(v - (data[i] as number)));
      expect(Math.max(...errors) > 0).toBe(half);
      expect(Math.max(...errors)).toBeLessThan(2 ** -13);
      return bytes.length;
    });
    expect((sizes[1] as number) - (sizes[0] as number)).toBeGreaterThan(4000);
  });
});
