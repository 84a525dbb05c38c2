import { describe, expect, it } from "vitest";
import { ConfigError, DatasetError } from "../base/errors.ts";
import { checkCounts, METRICS, parseMetrics } from "./metric.ts";

describe("metrics by name", () => {
  it("are known, each once", () => {
    expect(parseMetrics(["kid", "fd", "kid"])).toEqual(["kid", "fd"]);
    expect(parseMetrics(METRICS)).toEqual(METRICS);
    expect(() => parseMetrics(["kids"])).toThrow('"kids" is unknown, did you mean "kid"?');
    expect(() => parseMetrics([])).toThrow(ConfigError);
  });

  it("need enough pictures", () => {
    expect(() => checkCounts(METRICS, { real: 6, generated: 10 })).not.toThrow();
    expect(() => checkCounts(["dc"], { real: 5, generated: 10 })).toThrow(DatasetError);
    expect(() => checkCounts(["dc"], { real: 5, generated: 10 })).toThrow(
      "the data set has 5 pictures to compare with, expected at least 6",
    );
    expect(() => checkCounts(["is"], { real: 6, generated: 9 })).toThrow(ConfigError);
  });
});
