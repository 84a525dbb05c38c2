import { describe, expect, it } from "vitest";
import { DARK_SERIES, LIGHT_SERIES, seriesColour } from "./palette.ts";

type Triple = readonly [number, number, number];

/** Linear light of people with all cones, and without those for red, green or blue (Machado et al. 2009, severity 1). */
const EYES: Readonly<Record<string, readonly [Triple, Triple, Triple]>> = {
  "all cones": [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

const product = (rows: readonly Triple[], x: Triple): Triple =>
  rows.map((row) => row[0] * x[0] + row[1] * x[1] + row[2] * x[2]) as unknown as Triple;

const map = (x: Triple, f: (value: number) => number): Triple => [f(x[0]), f(x[1]), f(x[2])];

function linear(colour: string): Triple {
  const bytes = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  return map(bytes as unknown as Triple, (byte) => {
    const x = byte / 255;
    return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
  });
}

/** Björn Ottosson's OKLab, in which distances are differences to the eye. */
function oklab(light: Triple): Triple {
  const cones = product(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    map(light, (x) => Math.min(1, Math.max(0, x))),
  );
  return product(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    map(cones, Math.cbrt),
  );
}

const luminance = (colour: string): number => {
  const [r, g, b] = linear(colour);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

describe.each([
  ["light", LIGHT_SERIES, "#fbfbfa"],
  ["dark", DARK_SERIES, "#15171a"],
])("colours on %s paper", (_, colours, paper) => {
  it.each(Object.entries(EYES))("differ for people with %s", (_name, eye) => {
    const seen = colours.map((colour) => oklab(product(eye, linear(colour))));
    const distances = seen.flatMap((a, i) =>
      seen.slice(i + 1).map((b) => Math.hypot(...a.map((x, k) => x - (b[k] as number)))),
    );
    expect(Math.min(...distances)).toBeGreaterThan(0.12);
  });

  it("stand out from the paper", () => {
    for (const colour of colours) {
      const both = [luminance(colour), luminance(paper)].map((x) => x + 0.05);
      expect(Math.max(...both) / Math.min(...both)).toBeGreaterThan(2.3);
    }
  });
});

it("repeats from the ninth series on", () => {
  expect(new Set(Array.from({ length: 8 }, (_, i) => seriesColour(i))).size).toBe(8);
  expect(seriesColour(8)).toBe(seriesColour(0));
});
