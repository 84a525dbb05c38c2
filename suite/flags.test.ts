import { describe, expect, it } from "vitest";
import { ConfigError } from "../src/base/errors.ts";
import { wholeNumbers } from "./flags.ts";

describe("wholeNumbers", () => {
  it("takes flags and fills in defaults", () => {
    const defaults = { kimg: 60, seed: 0 };
    expect(wholeNumbers("x", [], defaults)).toEqual(defaults);
    expect(wholeNumbers("x", ["--seed", "3", "--kimg=5"], defaults)).toEqual({ kimg: 5, seed: 3 });
  });

  it.each([
    [["--seeds", "3"], "Flags are --kimg, --seed"],
    [["--kimg", "-3"], "suite x:"],
    [["--kimg", "1.5"], '--kimg is "1.5", expected a whole number'],
    [["ring"], "suite x:"],
  ])("refuses %j", (args, message) => {
    const parse = (): unknown => wholeNumbers("x", args, { kimg: 60, seed: 0 });
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(message);
  });
});
