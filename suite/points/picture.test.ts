import { expect, it } from "vitest";
import { RING } from "./mixture.ts";
import { scatterPlot } from "./picture.ts";

it("shows good points in blue and others in red, the y axis pointing up", () => {
  const { width, height, data } = scatterPlot(RING, Float32Array.of(0, 1, 0, -0.5));
  const rows = { blue: [] as number[], red: [] as number[] };
  for (let i = 0; i < width * height; i++) {
    const [red, , blue] = data.subarray(3 * i) as unknown as [number, number, number];
    if (red !== blue) rows[red < blue ? "blue" : "red"].push(Math.floor(i / width));
  }
  const middle = (list: readonly number[]): number =>
    list.reduce((a, b) => a + b, 0) / list.length / height;
  // The picture ends 20 % beyond the outermost mode.
  expect(middle(rows.blue)).toBeCloseTo((1 - 1 / 1.2) / 2, 2);
  expect(middle(rows.red)).toBeCloseTo((1 + 0.5 / 1.2) / 2, 2);
});
