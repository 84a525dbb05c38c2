import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TINY_RESOLUTION, tinyModel } from "../../test/tiny-model.ts";
import { CheckpointError, ConfigError, MediaError } from "../base/errors.ts";
import { decodeImage } from "../media/image.node.ts";
import { writeWalk } from "./film.node.ts";
import type { Generator } from "./generator.ts";
import { writeImages, writeSeedGrid } from "./images.node.ts";
import { loadGenerator, modelFileOf } from "./load.node.ts";

let folder: string;
let generator: Generator;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ganbox-create-"));
  writeFileSync(join(folder, "tiny.onnx"), tinyModel());
  generator = await loadGenerator(join(folder, "tiny.onnx"), { threads: 1 });
});
afterAll(async () => {
  await generator.dispose();
  rmSync(folder, { recursive: true, force: true });
});

describe("loadGenerator", () => {
  it("takes a run folder for its model", async () => {
    const run = join(folder, "00000-run");
    mkdirSync(join(run, "model"), { recursive: true });
    writeFileSync(join(run, "model", "generator.onnx"), tinyModel());
    expect(modelFileOf(run)).toBe(join(run, "model", "generator.onnx"));
    const loaded = await loadGenerator(run);
    expect(loaded.info.architecture.height).toBe(TINY_RESOLUTION);
  });

  it("says what is wrong with a path", () => {
    const young = join(folder, "00001-run");
    mkdirSync(young);
    expect(() => modelFileOf(young)).toThrow(/no run \(no config.json\)/);
    writeFileSync(join(young, "config.json"), "{}");
    expect(() => modelFileOf(young)).toThrow(/no model yet.*ganbox resume/);
    expect(() => modelFileOf(join(folder, "absent"))).toThrow(CheckpointError);
  });

  it("names the file that is damaged", async () => {
    const half = join(folder, "half.onnx");
    writeFileSync(half, tinyModel().subarray(0, 3000));
    await expect(loadGenerator(half)).rejects.toThrow(half);
  });
});

describe("writeImages", () => {
  it("writes a file a seed, each once, and the grid of them", async () => {
    const outputDir = join(folder, "new", "pictures");
    const progress: string[] = [];
    const onProgress = (done: number, total: number): void =>
      void progress.push(`${done}/${total}`);
    const paths = await writeImages(generator, {
      seeds: [12, 0, 12, 70_000],
      outputDir,
      grid: true,
      onProgress,
    });
    expect(paths.map((path) => basename(path))).toEqual([
      "seed0012.png",
      "seed0000.png",
      "seed70000.png",
      "grid.png",
    ]);
    expect(progress).toEqual(["1/3", "2/3", "3/3"]);
    const [first, second] = await Promise.all(paths.map((path) => decodeImage(path)));
    expect(first!.data).not.toEqual(second!.data);
    const grid = await decodeImage(paths.at(-1)!);
    expect([grid.width, grid.height]).toEqual([2 * TINY_RESOLUTION, 2 * TINY_RESOLUTION]);
    const corner = await sharp(paths.at(-1)!)
      .extract({ left: 0, top: 0, width: TINY_RESOLUTION, height: TINY_RESOLUTION })
      .raw()
      .toBuffer();
    expect(new Uint8Array(corner)).toEqual(new Uint8Array(first!.data));
  });

  it("makes pictures larger with the network, which shows the same", async () => {
    const plain = await writeImages(generator, { seeds: [3], outputDir: join(folder, "plain") });
    for (const upscale of [2, 4] as const) {
      const outputDir = join(folder, `${upscale}x`);
      const [path = ""] = await writeImages(generator, { seeds: [3], outputDir, upscale });
      const side = upscale * TINY_RESOLUTION;
      expect(await sharp(path).metadata()).toMatchObject({ width: side, height: side });
      const mean = async (file: string): Promise<number> =>
        (await sharp(file).stats()).channels[0]?.mean ?? Number.NaN;
      expect(Math.abs((await mean(path)) - (await mean(plain[0] ?? "")))).toBeLessThan(8);
    }
    const wrong = { seeds: [3], outputDir: join(folder, "3x"), upscale: 3 as 2 };
    await expect(writeImages(generator, wrong)).rejects.toThrow(/upscale: got 3, expected 2 or 4/);
  });

  it("refuses seeds that are none", async () => {
    const outputDir = join(folder, "none");
    await expect(writeImages(generator, { seeds: [], outputDir })).rejects.toThrow(ConfigError);
    await expect(writeImages(generator, { seeds: [0.5], outputDir })).rejects.toThrow(/0.5/);
  });

  it("says that a folder cannot be written", async () => {
    const file = join(folder, "a-file");
    writeFileSync(file, "");
    const outputDir = join(file, "below");
    await expect(writeImages(generator, { seeds: [0], outputDir })).rejects.toThrow(MediaError);
    await expect(writeSeedGrid(generator, join(file, "grid.png"), [0])).rejects.toThrow(MediaError);
  });
});

describe("writeWalk", () => {
  it("writes a looping film whose first frame is the first seed's picture", async () => {
    const path = join(folder, "walk.gif");
    const options = { seeds: [1, 5], seconds: 1, fps: 10, size: TINY_RESOLUTION };
    let frames = 0;
    await writeWalk(generator, path, { ...options, onProgress: () => frames++ });
    expect(frames).toBe(10);
    const { pages, loop, width, pageHeight } = await sharp(path, { pages: -1 }).metadata();
    expect({ pages, loop, width, pageHeight }).toEqual({
      pages: 10,
      loop: 0,
      width: TINY_RESOLUTION,
      pageHeight: TINY_RESOLUTION,
    });
    const [still] = await writeImages(generator, { seeds: [1], outputDir: folder });
    const expected = (await decodeImage(still!)).data;
    const first = (await decodeImage(path)).data; // a GIF's palette is coarse
    const error = expected.reduce((sum, x, i) => sum + Math.abs(x - first[i]!), 0);
    expect(error / expected.length).toBeLessThan(6);
  });

  it("enlarges small pictures", async () => {
    const path = join(folder, "large.gif");
    await writeWalk(generator, path, { seeds: [1, 5], seconds: 0.3, fps: 10 });
    expect((await sharp(path).metadata()).width).toBe(256);
  });

  it.each([
    [{ seeds: [1], seconds: 1 }, /at least 2/],
    [{ seeds: [1, 2], seconds: 0 }, /0 frames/],
    [{ seeds: [1, 2], seconds: Number.NaN }, /NaN/],
    [{ seeds: [1, 2], seconds: 1e6 }, /expected 2 to/],
  ])("refuses %o", async (options, message) => {
    const path = join(folder, "never.gif");
    await expect(writeWalk(generator, path, options)).rejects.toThrow(message);
    expect(() => readFileSync(path)).toThrow(/ENOENT/);
  });

  it("leaves nothing of a film that failed", async () => {
    const path = join(folder, "failed.gif");
    const options = { seeds: [1, 2], seconds: 1, truncationPsi: -1 };
    await expect(writeWalk(generator, path, options)).rejects.toThrow(ConfigError);
    expect(() => readFileSync(path)).toThrow(/ENOENT/);
    expect(() => readFileSync(`${path}.partial`)).toThrow(/ENOENT/);
  });
});
