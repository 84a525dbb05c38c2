import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DatasetError } from "../base/errors.ts";
import { type Dataset, exampleOf } from "./dataset.ts";
import { openDataset } from "./open.node.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ganbox-idx-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function idx(sizes: number[], data: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * sizes.length);
  header.writeUInt32BE(0x800 + sizes.length);
  for (const [axis, size] of sizes.entries()) header.writeUInt32BE(size, 4 + 4 * axis);
  return Buffer.concat([header, data]);
}

/** Three pictures of 28 x 28: pixel i of picture n is (i + 50 n) mod 256. */
const PIXELS = Uint8Array.from(
  { length: 3 * 784 },
  (_, i) => ((i % 784) + 50 * Math.floor(i / 784)) % 256,
);
const IMAGES = idx([3, 28, 28], PIXELS);
const LABELS = idx([3], Uint8Array.of(2, 0, 3));

const write = (name: string, bytes: Uint8Array): Promise<void> =>
  writeFile(join(folder, name), bytes);
const open = (resolution = 28, name = ""): Promise<Dataset> =>
  openDataset(join(folder, name), { resolution, cacheDir: join(folder, ".cache") });

function picture(dataset: Dataset, index: number): Uint8Array {
  return exampleOf(dataset, index);
}

describe("openDataset on IDX files", () => {
  it.each([
    ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", true],
    ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", false],
    ["train-images.idx3-ubyte", "train-labels.idx1-ubyte", false],
  ])("reads %s and its labels", async (images, labels, packed) => {
    await write(images, packed ? gzipSync(IMAGES) : IMAGES);
    await write(labels, packed ? gzipSync(LABELS) : LABELS);
    const dataset = await open();
    expect(dataset).toMatchObject({
      count: 3,
      width: 28,
      height: 28,
      classes: ["0", "1", "2", "3"],
      warnings: [],
    });
    expect([...(dataset.labels ?? [])]).toEqual([2, 0, 3]);
    expect(dataset.files).toEqual([0, 1, 2].map((i) => `${images}#${i}`));
    for (const i of [0, 1, 2]) {
      const plane = [...PIXELS.subarray(i * 784, (i + 1) * 784)];
      expect([...picture(dataset, i)]).toEqual([...plane, ...plane, ...plane]);
    }
  });

  it("reads coloured pictures", async () => {
    const pixels = Uint8Array.from({ length: 2 * 28 * 28 * 3 }, (_, i) => i % 251);
    await write("train-images-idx4-ubyte", idx([2, 28, 28, 3], pixels));
    await write("train-labels-idx1-ubyte", idx([2], Uint8Array.of(1, 0)));
    const dataset = await open();
    expect([...(dataset.labels ?? [])]).toEqual([1, 0]);
    for (const n of [0, 1]) {
      const planes = picture(dataset, n);
      for (let i = 0; i < planes.length; i++) {
        const [channel, pixel] = [Math.floor(i / 784), i % 784];
        expect(planes[i]).toBe(pixels[(n * 784 + pixel) * 3 + channel]);
      }
    }
  });

  it("rejects pictures with another number of channels", async () => {
    await write("train-images-idx4-ubyte", idx([2, 28, 28, 4], new Uint8Array(2 * 28 * 28 * 4)));
    await expect(open()).rejects.toThrow("the pictures have 4 channels (sizes 2x28x28x4)");
  });

  it("takes the training set, and says that it leaves the test set out", async () => {
    await write("t10k-images-idx3-ubyte", idx([2, 28, 28], new Uint8Array(2 * 784)));
    await write("train-images-idx3-ubyte", IMAGES);
    const dataset = await open();
    expect([dataset.count, dataset.labels]).toEqual([3, undefined]);
    expect(dataset.warnings).toEqual([
      "t10k-images-idx3-ubyte is not part of the training set and was left out.",
    ]);
    expect((await open(28, "t10k-images-idx3-ubyte")).count).toBe(2);
  });

  it("frames 28 to 32 in black without resampling", async () => {
    await write("train-images-idx3-ubyte", IMAGES);
    const dataset = await open(32);
    const plane = picture(dataset, 0).subarray(0, 1024);
    for (let y = 0; y < 32; y++) {
      for (let x = 0; x < 32; x++) {
        const inside = x >= 2 && x < 30 && y >= 2 && y < 30;
        expect(plane[y * 32 + x]).toBe(inside ? PIXELS[(y - 2) * 28 + x - 2] : 0);
      }
    }
    expect(dataset.warnings).toEqual([]);
  });

  it("resizes to other sizes", async () => {
    await write("train-images-idx3-ubyte", idx([2, 28, 28], new Uint8Array(2 * 784).fill(90)));
    for (const resolution of [16, 64]) {
      const dataset = await open(resolution);
      expect([...new Set(picture(dataset, 1))]).toEqual([90]);
    }
    expect((await open(64)).warnings).toEqual([
      "2 pictures are smaller than 64x64 and were enlarged: they look soft.",
    ]);
  });

  it.each<[string, Uint8Array, string]>([
    [
      "another kind",
      idx([20], new Uint8Array(20)),
      "not an IDX file of bytes with 3 axes (it starts with 0x801), expected 0x803",
    ],
    ["a stump", Buffer.from([0, 0, 8]), "(3 bytes)"],
    ["a cut file", IMAGES.subarray(0, 1000), "has 1000 bytes, expected 2368 for 3x28x28"],
    ["no picture", idx([0, 28, 28], new Uint8Array()), "at least 1 picture"],
  ])("rejects %s", async (_, bytes, reason) => {
    await write("train-images-idx3-ubyte", bytes);
    await expect(open()).rejects.toThrow(DatasetError);
    await expect(open()).rejects.toThrow(reason);
  });

  it("rejects a damaged archive and labels of another number", async () => {
    await write("train-images-idx3-ubyte.gz", gzipSync(IMAGES).subarray(0, 200));
    await expect(open()).rejects.toThrow("the IDX file cannot be read");
    await write("train-images-idx3-ubyte.gz", gzipSync(IMAGES));
    await write("train-labels-idx1-ubyte", idx([2], Uint8Array.of(1, 2)));
    await expect(open()).rejects.toThrow(
      "the file has 2 labels, expected 3, one for each picture in train-images-idx3-ubyte.gz",
    );
  });
});
