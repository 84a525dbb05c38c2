import { describe, expect, it } from "vitest";
import { classesOfFolders } from "./classes.ts";
import { cropOffsets, cropWindows } from "./crops.ts";

describe("cropOffsets", () => {
  it.each([
    [64, [0]],
    [83, [9]], // aspect 1.297
    [84, [0, 20]], // 1.31
    [127, [0, 63]],
    [128, [0, 64]],
    [160, [0, 48, 96]],
    [640, [0, 288, 576]],
  ])("auto, 64 of %i", (long, expected) => {
    expect(cropOffsets(64, long, "auto")).toEqual(expected);
  });

  it("spreads a given number from end to end, without repeats", () => {
    expect(cropOffsets(10, 30, 5)).toEqual([0, 5, 10, 15, 20]);
    expect(cropOffsets(10, 30, 1)).toEqual([10]);
    expect(cropOffsets(10, 10, 5)).toEqual([0]);
    expect(cropOffsets(10, 11, 5)).toEqual([0, 1]);
  });
});

describe("cropWindows", () => {
  const portrait = { width: 8, height: 12 };

  it("goes along the side that is too long", () => {
    const corners = (width: number, height: number): unknown =>
      cropWindows({ width, height }, portrait, "auto");
    expect(corners(8, 12)).toEqual([{ left: 0, top: 0 }]);
    expect(corners(12, 12)).toEqual([
      { left: 0, top: 0 },
      { left: 4, top: 0 },
    ]); // 1.5 times as wide as a crop
    expect(corners(8, 13)).toEqual([{ left: 0, top: 0 }]);
    expect(corners(8, 30)).toEqual([
      { left: 0, top: 0 },
      { left: 0, top: 9 },
      { left: 0, top: 18 },
    ]);
  });
});

describe("classesOfFolders", () => {
  it("takes the folders below those that all files share", () => {
    expect(classesOfFolders(["cat/1.png", "cat/x/2.png", "dog/1.png"])).toEqual({
      classes: ["cat", "dog"],
      labels: Uint16Array.of(0, 0, 1),
    });
    expect(classesOfFolders(["photos/b/1.png", "photos/a/1.png"])).toEqual({
      classes: ["a", "b"],
      labels: Uint16Array.of(1, 0),
    });
  });

  it.each([
    [[]],
    [["a.png", "b.png"]],
    [["cat/1.png", "dog/1.png", "a.png"]],
    [["cat/1.png", "cat/2.png"]],
  ])("finds none in %j", (files) => {
    expect(classesOfFolders(files)).toEqual({ classes: [], labels: undefined });
  });
});
