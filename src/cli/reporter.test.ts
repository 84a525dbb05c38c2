import { describe, expect, it } from "vitest";
import type { MetricEvent, TickEvent } from "../base/events.ts";
import { tickFields } from "./reporter.ts";
import { statusLine } from "./status-line.ts";
import { formatDuration, formatNumber, showPath } from "./text.ts";

const TICK: TickEvent = {
  type: "tick",
  step: 384,
  kimg: 12.288,
  totalKimg: 200,
  imagesPerSecond: 38.21,
  seconds: 321,
  etaSeconds: 4912,
  lossG: 0.7012,
  lossD: 0.6934,
  realLogit: 0.104,
  fakeLogit: -0.2,
  r1: 1,
  r2: 1,
  realSign: 0.2,
  gradientNormD: 1,
  gradientNormG: 1,
  augmentP: 0.12,
  learningRate: 2e-4,
  gamma: 2,
  memoryMb: 811.6,
};

describe("status line", () => {
  it("shows the figures of a tick", () => {
    expect(tickFields(TICK).join("  ")).toBe(
      "12.3/200 kimg  38.2 img/s  ETA 1h 21m  loss D 0.69 G 0.70  real 0.10 fake -0.20  812 MB  p 0.12",
    );
  });

  it("shows the last quick metric after the time that is left", () => {
    const metric: MetricEvent = {
      type: "metric",
      step: 320,
      kimg: 10.24,
      network: "mixed5",
      samples: 500,
      kid: 0.04321,
      diversity: 0.8,
      best: true,
      cpuSeconds: 7,
    };
    expect(tickFields(TICK, metric).slice(2, 4)).toEqual(["ETA 1h 21m", "KID 0.043"]);
  });

  it("has a bar where there is room", () => {
    expect(statusLine(0.25, ["5/20"], 40)).toBe("[======                  ] 5/20");
    expect(statusLine(2, ["5/20"], 20)).toBe("[=============] 5/20");
  });

  it("never is wider than the terminal, and drops the last figures first", () => {
    for (let columns = 1; columns < 140; columns++) {
      const line = statusLine(0.5, tickFields(TICK), columns);
      expect(line.length).toBeLessThanOrEqual(columns);
      if (columns >= 13) expect(line).toContain("12.3/200 kimg");
    }
  });
});

describe("numbers as text", () => {
  it.each([
    [0, "0s"],
    [59.6, "1m 00s"],
    [250, "4m 10s"],
    [3599.7, "1h 00m"],
    [90_061, "25h 01m"],
    [Number.POSITIVE_INFINITY, "unknown"],
  ])("%d seconds are %s", (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  it.each([
    [0.012_345, "0.0123"],
    [12.288, "12.3"],
    [200, "200"],
    [1234.4, "1234"],
    [0.0002, "0.0002"],
  ])("%d is %s", (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  it("shows paths as short as they can be typed", () => {
    expect(showPath(process.cwd())).toBe(process.cwd());
    expect(showPath(`${process.cwd()}/my runs/0`)).toMatch(/^"my runs.0"$/);
  });
});
