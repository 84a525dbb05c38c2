import { expect, it } from "vitest";
import { DatasetError } from "../base/errors.ts";
import { exampleOf } from "../data/dataset.ts";
import { memoryDataset } from "../data/memory.ts";
import { trainingPart } from "./subset.ts";

const SIDE = 8;
const picture = (value: number): { width: number; height: number; data: Uint8Array } => ({
  width: SIDE,
  height: SIDE,
  data: new Uint8Array(3 * SIDE * SIDE).fill(value),
});

it("holds some pictures out and leaves the others as they were, in their order", async () => {
  const images = Array.from({ length: 20 }, (_, i) => picture(10 * i));
  const labels = images.map((_, i) => i % 3);
  const dataset = await memoryDataset(images, { labels, classes: ["a", "b", "c"] });
  const part = trainingPart(dataset, 0.25);
  expect(part.count).toBe(15);
  expect(part.contentHash).toBe(dataset.contentHash);
  const values = Array.from({ length: 15 }, (_, i) => {
    return exampleOf(part, i)[0] as number;
  });
  expect(values).toEqual([...values].sort((a, b) => a - b));
  expect(new Set(values).size).toBe(15);
  expect([...(part.labels ?? [])]).toEqual(values.map((value) => (value / 10) % 3));
  expect(part.files).toEqual(values.map((value) => dataset.files[value / 10]));
  expect(trainingPart(dataset, 0)).toBe(dataset);
});

it("refuses to hold out too little or too much", async () => {
  const dataset = await memoryDataset([1, 2, 3, 4].map(picture));
  expect(() => trainingPart(dataset, 0.1)).toThrow(DatasetError);
  expect(() => trainingPart(dataset, 0.1)).toThrow(
    /1 picture, expected at least 2\. Hold out more/,
  );
  expect(() => trainingPart(dataset, 0.99)).toThrow(/leave none to compare with/);
});
