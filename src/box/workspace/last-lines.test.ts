import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lastLines } from "./last-lines.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ganbox-lines-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("lastLines", () => {
  it.each([
    ["empty", ""],
    ["one line", "a"],
    ["an ended line", "a\n"],
    ["empty lines", "a\n\n\nb\n"],
    [
      "letters of several bytes across chunks",
      `${"ä€".repeat(5000)}\n${"x".repeat(16_383)}\n${"𝔊".repeat(9000)}`,
    ],
    ["many lines", Array.from({ length: 5000 }, (_, i) => `line ${i}`).join("\n")],
  ])("reads %s backwards", (name, text) => {
    const path = join(folder, `${name}.txt`);
    writeFileSync(path, text);
    const lines = text.split("\n").filter((line) => line !== "");
    expect([...lastLines(path)].filter((line) => line !== "")).toEqual(lines.reverse());
  });

  it("gives nothing where there is no file", () => {
    expect([...lastLines(join(folder, "absent"))]).toEqual([]);
  });
});
