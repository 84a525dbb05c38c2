import { describe, expect, it } from "vitest";
import { DatasetError } from "../base/errors.ts";
import type { Image } from "../media/image.ts";
import { exampleOf, plainReading } from "./dataset.ts";
import { memoryDataset } from "./memory.ts";

/** A picture whose pixel number p has the colour (p, 100 + p, 200 + p) + `shift`. */
function picture(shift: number, width = 2, height = width): Image {
  const data = Uint8Array.from(
    { length: 3 * width * height },
    (_, i) => shift + (i % 3) * 100 + Math.floor(i / 3),
  );
  return { width, height, data };
}

describe("memoryDataset", () => {
  it("gives planes, as they are or mirrored", async () => {
    const dataset = await memoryDataset([picture(0), picture(10)]);
    expect(dataset).toMatchObject({ count: 2, height: 2, width: 2, channels: 3, classes: [] });
    const out = new Uint8Array(14);
    dataset.read(1, out, 1, plainReading(dataset, 1));
    expect([...out]).toEqual([0, 10, 11, 12, 13, 110, 111, 112, 113, 210, 211, 212, 213, 0]);
    dataset.read(0, out, 2, plainReading(dataset, 0, true));
    expect([...out]).toEqual([0, 10, 1, 0, 3, 2, 101, 100, 103, 102, 201, 200, 203, 202]);
  });

  it("takes pictures of any shape", async () => {
    const dataset = await memoryDataset([picture(0, 3, 1), picture(10, 3, 1)]);
    expect(dataset).toMatchObject({ width: 3, height: 1, facts: 0 });
    expect([...exampleOf(dataset, 1, true)]).toEqual([12, 11, 10, 112, 111, 110, 212, 211, 210]);
  });

  it("keeps what it was given, whatever becomes of the arrays", async () => {
    const images = [picture(0), picture(10)];
    const dataset = await memoryDataset(images);
    images[0]?.data.fill(255);
    const out = new Uint8Array(12);
    dataset.read(0, out, 0, plainReading(dataset, 0));
    expect(out[0]).toBe(0);
  });

  it("has a hash of pixels, labels and classes", async () => {
    const images = [picture(0), picture(10)];
    const hash = async (...args: Parameters<typeof memoryDataset>): Promise<string> =>
      (await memoryDataset(...args)).contentHash;
    expect(await hash(images)).toMatch(/^[0-9a-f]{64}$/);
    expect(await hash(images)).toBe(await hash([picture(0), picture(10)]));
    const hashes = [
      await hash(images),
      await hash([picture(10), picture(0)]),
      await hash(images, { labels: [0, 1], classes: ["a", "b"] }),
      await hash(images, { labels: [1, 0], classes: ["a", "b"] }),
    ];
    expect(new Set(hashes).size).toBe(4);
  });

  it.each([
    [[], {}, /got 0 pictures, expected at least 2/],
    [[picture(0)], {}, /got 1 pictures/],
    [[picture(0), picture(0, 3)], {}, /picture 1 is 3x3 with 27 bytes, .*2x2/],
    [[picture(0), { ...picture(0), height: 1 }], {}, /picture 1 is 2x1/],
    [[picture(0), { ...picture(0), data: new Uint8Array(16) }], {}, /16 bytes/],
    [[picture(0), picture(1)], { labels: [0], classes: ["a"] }, /got 1 labels for 2 pictures/],
    [[picture(0), picture(1)], { labels: [0, 2], classes: ["a", "b"] }, /got label 2/],
  ])("refuses pictures or labels that do not fit %#", async (images, options, message) => {
    await expect(memoryDataset(images, options)).rejects.toThrow(DatasetError);
    await expect(memoryDataset(images, options)).rejects.toThrow(message);
  });
});
