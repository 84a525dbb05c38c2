import { describe, expect, it } from "vitest";
import { MediaError } from "../base/errors.ts";
import { fromImageData } from "./image-data.ts";

const canvas = (...data: number[]) => ({
  width: data.length / 4,
  height: 1,
  data: Uint8ClampedArray.from(data),
});

// The way to a canvas and back is tested in a browser (test/browser/page.suite.ts).
describe("fromImageData", () => {
  it("leaves out opaque alpha", () => {
    const image = fromImageData(canvas(1, 2, 3, 255, 4, 5, 6, 255));
    expect(image).toEqual({ width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) });
  });

  it("puts transparent pixels on the background", () => {
    const pixels = canvas(100, 0, 200, 0, 100, 0, 200, 51);
    expect([...fromImageData(pixels).data]).toEqual([255, 255, 255, 224, 204, 244]);
    expect([...fromImageData(pixels, [0, 50, 100]).data]).toEqual([0, 50, 100, 20, 40, 120]);
  });

  it("refuses other than four bytes a pixel", () => {
    const short = { width: 2, height: 1, data: new Uint8ClampedArray(4) };
    expect(() => fromImageData(short)).toThrow(MediaError);
    expect(() => fromImageData(short)).toThrow(/got 4 numbers for 2x1 pixels/);
  });
});
