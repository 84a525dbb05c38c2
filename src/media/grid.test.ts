import { describe, expect, it } from "vitest";
import { ShapeError } from "../base/errors.ts";
import { imageGrid } from "./grid.ts";
import type { Image } from "./image.ts";

/** A picture of one pixel. */
const dot = (value: number): Image => ({
  width: 1,
  height: 1,
  data: new Uint8Array(3).fill(value),
});

/** The red channel, row by row. */
function red({ width, data }: Image): number[][] {
  const reds = [...data].filter((_, i) => i % 3 === 0);
  return Array.from({ length: reds.length / width }, (_, y) =>
    reds.slice(y * width, (y + 1) * width),
  );
}

describe("imageGrid", () => {
  it("fills rows from the top left, with gaps and empty places in the background colour", () => {
    const grid = imageGrid([dot(1), dot(2), dot(3)], { columns: 2, gap: 1, background: [9, 8, 7] });
    expect(red(grid)).toEqual([
      [1, 9, 2],
      [9, 9, 9],
      [3, 9, 9],
    ]);
    expect([...grid.data.subarray(3, 6)]).toEqual([9, 8, 7]);
  });

  it("keeps the pixels of each picture in place", () => {
    const wide = (base: number): Image => ({
      width: 3,
      height: 2,
      data: Uint8Array.from({ length: 18 }, (_, i) => base + i),
    });
    const grid = imageGrid([wide(0), wide(100)], { columns: 1 });
    expect([grid.width, grid.height]).toEqual([3, 4]);
    expect([...grid.data]).toEqual([...wide(0).data, ...wide(100).data]);
  });

  it.each([
    [1, 1, 1],
    [2, 2, 1],
    [5, 3, 2],
    [16, 4, 4],
    [17, 5, 4],
  ])("lays out %i pictures as %i x %i", (count, columns, rows) => {
    const grid = imageGrid(Array.from({ length: count }, () => dot(0)));
    expect([grid.width, grid.height]).toEqual([columns, rows]);
  });

  it("is no wider than its pictures", () => {
    expect(imageGrid([dot(0)], { columns: 8, gap: 2 }).width).toBe(1);
  });

  it("rejects what does not fit", () => {
    expect(() => imageGrid([])).toThrow(ShapeError);
    expect(() => imageGrid([dot(0), { width: 2, height: 1, data: new Uint8Array(6) }])).toThrow(
      "image 1 is 2x1, expected 1x1",
    );
    expect(() => imageGrid([{ width: 2, height: 1, data: new Uint8Array(3) }])).toThrow(
      "has 3 bytes, expected 6",
    );
    expect(() => imageGrid([dot(0)], { columns: 0 })).toThrow("columns is 0");
    expect(() => imageGrid([dot(0)], { gap: 0.5 })).toThrow("gap is 0.5");
  });
});
