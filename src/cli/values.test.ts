import { InvalidArgumentError } from "commander";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../base/errors.ts";
import { parseCount, parseNumber, parseSeeds } from "./values.ts";

describe("parseSeeds", () => {
  it.each([
    ["7", [7]],
    ["0-3", [0, 1, 2, 3]],
    ["5-5", [5]],
    ["0-2,40,1-3", [0, 1, 2, 40, 1, 2, 3]],
    [" 1 , 2 - 3 ", [1, 2, 3]],
    ["9007199254740991", [Number.MAX_SAFE_INTEGER]],
  ])("reads %j", (text, seeds) => {
    expect(parseSeeds(text)).toEqual(seeds);
  });

  it.each([
    ["a-b", /"a-b" is no seed, expected whole numbers and ranges such as 0-31,40/],
    ["", /"" is no seed/],
    ["1,,2", /"" is no seed/],
    ["-3", /"-3" is no seed/],
    ["1.5", /"1.5" is no seed/],
    ["1-2-3", /"1-2-3" is no seed/],
    ["0x10", /"0x10" is no seed/],
    ["9007199254740992", /is no seed/],
    ["9-3", /backwards.*3-9/],
    ["0-100000", /more than 100000 seeds/],
    ["0-99999,7", /more than 100000 seeds/],
    ["0-9007199254740991", /more than 100000 seeds/],
  ])("refuses %j", (text, message) => {
    expect(() => parseSeeds(text)).toThrow(message);
    expect(() => parseSeeds(text)).toThrow(ConfigError);
  });
});

describe("numbers", () => {
  it("reads numbers", () => {
    expect(parseNumber("0.8")).toBe(0.8);
    expect(parseNumber("-1e3")).toBe(-1000);
    expect(parseCount("30")).toBe(30);
  });

  it.each(["", " ", "x", "1,5", "NaN", "Infinity"])("refuses %j", (text) => {
    expect(() => parseNumber(text)).toThrow(InvalidArgumentError);
  });

  it.each(["0", "-1", "1.5", "x"])("refuses %j as a count", (text) => {
    expect(() => parseCount(text)).toThrow(InvalidArgumentError);
  });
});
