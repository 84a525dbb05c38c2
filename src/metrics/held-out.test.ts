import { describe, expect, it } from "vitest";
import { splitByFile } from "./held-out.ts";

const files = Array.from({ length: 60 }, (_, i) => `${Math.floor(i / 3)}.jpg`);

describe("splitByFile", () => {
  it("keeps crops of one file together", () => {
    const { training, heldOut } = splitByFile(files, 0.2);
    expect([training.length, heldOut.length]).toEqual([48, 12]);
    const apart = new Set([...heldOut].map((i) => files[i]));
    expect([...training].some((i) => apart.has(files[i]))).toBe(false);
    expect([...training, ...heldOut].sort((a, b) => a - b)).toEqual([...files.keys()]);
  });

  it("does not depend on the order of the files", () => {
    const reversed = [...files].reverse();
    const names = (list: readonly string[]): string[] =>
      [...splitByFile(list, 0.2).heldOut].map((i) => list[i] as string).sort();
    expect(names(reversed)).toEqual(names(files));
  });

  it("holds out nothing, one file, or refuses", () => {
    expect(splitByFile(files, 0).heldOut).toHaveLength(0);
    expect(splitByFile(files, 0.001).heldOut).toHaveLength(3);
    expect(() => splitByFile(files, 1)).toThrow("held out: got 1, expected 0 to below 1");
    expect(() => splitByFile(files, -0.1)).toThrow("got -0.1");
    expect(() => splitByFile(files, 0.99)).toThrow("20 of 20 files would leave none");
  });
});
