import { execFile } from "node:child_process";
import {
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import sharp, { type FormatEnum } from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CancelledError, ConfigError, DatasetError } from "../base/errors.ts";
import { type Dataset, exampleOf, plainReading } from "./dataset.ts";
import { type DatasetOptions, openDataset } from "./open.node.ts";
import { openPacked } from "./packed.node.ts";

let folder = "";
let photos = "";
let cacheDir = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ganbox-data-"));
  photos = join(folder, "photos");
  cacheDir = join(folder, "cache");
  await mkdir(photos);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

type Paint = (x: number, y: number) => readonly [number, number, number];

/** Writes a picture of the format that its name says, made by a function of the pixel's place. */
async function draw(name: string, width: number, height: number, paint: Paint): Promise<void> {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) data.set(paint(i % width, Math.floor(i / width)), i * 3);
  const path = join(photos, name);
  await mkdir(resolve(path, ".."), { recursive: true });
  const format = extname(name).slice(1).toLowerCase() as keyof FormatEnum;
  await sharp(data, { raw: { width, height, channels: 3 } })
    .toFormat(format)
    .toFile(path);
}

const flat =
  (value: number): Paint =>
  () => [value, value, value];

const open = (options: Partial<DatasetOptions> = {}): Promise<Dataset> =>
  openDataset(photos, { resolution: 8, cacheDir, ...options });

function picture(dataset: Dataset, index: number, flip = false): Uint8Array {
  return exampleOf(dataset, index, flip);
}

/** Counts the files that were decoded. */
async function decodes(
  options: Partial<DatasetOptions> = {},
): Promise<{ dataset: Dataset; decoded: number }> {
  let decoded = 0;
  const dataset = await open({ ...options, onProgress: () => decoded++ });
  return { dataset, decoded };
}

async function packFolder(): Promise<string> {
  const [name = "", ...others] = await readdir(join(cacheDir, "datasets"));
  expect(others).toEqual([]);
  return join(cacheDir, "datasets", name);
}

async function message(opening: Promise<unknown>): Promise<string> {
  const error = await opening.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(DatasetError);
  return (error as DatasetError).message;
}

describe("pictures that are not square", () => {
  it("are cut from the middle, or along the side that is too long", async () => {
    // Twice as wide as high: columns of a colour each.
    await draw("wide.png", 32, 16, (x, y) => [8 * x, y, 1]);
    // As high as wide: rows of a colour each.
    await draw("square.png", 16, 16, (x, y) => [x, 16 * y, 2]);
    const dataset = await open({ resolution: "8x12", crops: 1 });
    expect(dataset).toMatchObject({ count: 2, channels: 3, width: 8, height: 12 });
    const [square, wide] = [0, 1].map((i) => picture(dataset, i)) as [Uint8Array, Uint8Array];
    expect(square).toHaveLength(3 * 8 * 12);
    // The square keeps its height: its top and its bottom are there, its sides are not.
    const green = (planes: Uint8Array, row: number): number => planes[8 * 12 + 8 * row] as number;
    expect(green(square, 0)).toBeLessThan(12);
    expect(green(square, 11)).toBeGreaterThan(228);
    const red = wide.subarray(0, 8);
    expect(red[0]).toBeGreaterThan(8 * 9);
    expect(red[7]).toBeLessThan(8 * 23);
    expect([...picture(dataset, 1, true).subarray(0, 8)]).toEqual([...red].reverse());
  });

  it("give crops from end to end, and another hash than squares", async () => {
    await draw("a.png", 8, 12, (_, y) => [20 * y, 0, 0]);
    await draw("tall.png", 8, 36, (_, y) => [7 * y, 0, 0]);
    const dataset = await open({ resolution: "8x12" });
    // The first has the shape, the second is three times as high.
    expect(dataset.files).toEqual(["a.png", "tall.png", "tall.png", "tall.png"]);
    const tops = [1, 2, 3].map((i) => picture(dataset, i)[0]);
    expect(tops).toEqual([0, 7 * 12, 7 * 24]);
    expect([...picture(dataset, 0).subarray(0, 96)]).toEqual(
      Array.from({ length: 96 }, (_, i) => 20 * Math.floor(i / 8)),
    );
    const again = await decodes({ resolution: "8x12" });
    expect(again.decoded).toBe(0);
    expect(again.dataset.contentHash).toBe(dataset.contentHash);
    expect((await open({ resolution: 12 })).contentHash).not.toBe(dataset.contentHash);
    const { warnings } = await open({ resolution: "16x24" });
    expect(warnings.join()).toContain("2 pictures are smaller than 16x24");
  });
});

describe("openDataset", () => {
  it("gives pictures as planes, in the order of their names, mirrored on request", async () => {
    await draw("b.png", 8, 8, (x, y) => [x, 10 * y, 200]);
    await draw("a.png", 8, 8, flat(7));
    const dataset = await open();
    expect(dataset).toMatchObject({
      count: 2,
      channels: 3,
      height: 8,
      width: 8,
      facts: 0,
      classes: [],
      labels: undefined,
      skipped: [],
      warnings: [],
    });
    expect(dataset.files).toEqual(["a.png", "b.png"]);
    expect([...new Set(picture(dataset, 0))]).toEqual([7]);
    const planes = (red: (x: number) => number): number[] => [
      ...Array.from({ length: 64 }, (_, i) => red(i % 8)),
      ...Array.from({ length: 64 }, (_, i) => 10 * Math.floor(i / 8)),
      ...Array.from({ length: 64 }, () => 200),
    ];
    expect([...picture(dataset, 1)]).toEqual(planes((x) => x));
    expect([...picture(dataset, 1, true)]).toEqual(planes((x) => 7 - x));
    const out = new Uint8Array(200).fill(1);
    dataset.read(0, out, 4, plainReading(dataset, 0));
    expect([out[3], out[4], out[195], out[196]]).toEqual([1, 7, 7, 1]);
  });

  it("reads sub-folders, links, every format and any case of extension, and leaves hidden files out", async () => {
    for (const name of [
      "1.PNG",
      "deep/er/2.Jpg",
      "deep/3.jpeg",
      "4.webp",
      "5.avif",
      "6.gif",
      "7.tif",
      "8.TIFF",
    ])
      await draw(name, 8, 8, flat(90));
    await draw(".hidden.png", 8, 8, flat(0));
    await draw(".folder/9.png", 8, 8, flat(0));
    await writeFile(join(photos, "notes.txt"), "x");
    await writeFile(join(photos, "phone.HEIC"), "x");
    if (process.platform !== "win32") await symlink(photos, join(photos, "deep", "ring"));
    const dataset = await open();
    expect(dataset.files).toEqual([
      "1.PNG",
      "4.webp",
      "5.avif",
      "6.gif",
      "7.tif",
      "8.TIFF",
      "deep/3.jpeg",
      "deep/er/2.Jpg",
    ]);
    for (let i = 0; i < dataset.count; i++)
      for (const value of picture(dataset, i)) expect(Math.abs(value - 90)).toBeLessThanOrEqual(2);
    expect(dataset.warnings).toEqual([
      "Pictures of other formats were left out (1 .heic): convert them to PNG or JPEG to use them.",
    ]);
  });

  it("takes sub-folders as classes", async () => {
    await draw("dog/1.png", 8, 8, flat(1));
    await draw("cat/1.png", 8, 24, flat(2));
    const dataset = await open();
    expect(dataset.classes).toEqual(["cat", "dog"]);
    expect([...(dataset.labels ?? [])]).toEqual([0, 0, 0, 1]);
    expect(dataset.files).toEqual(["cat/1.png", "cat/1.png", "cat/1.png", "dog/1.png"]);
  });
});

describe("openDataset on sizes and damaged files", () => {
  it("crops along the longer side", async () => {
    await draw("tall.png", 8, 16, (_, y) => (y < 8 ? [1, 1, 1] : [2, 2, 2]));
    await draw("wide.png", 24, 8, (x) => (x < 8 ? [3, 3, 3] : x < 16 ? [4, 4, 4] : [5, 5, 5]));
    const dataset = await open();
    expect(dataset.count).toBe(5);
    expect([0, 1, 2, 3, 4].map((i) => [...new Set(picture(dataset, i))])).toEqual([
      [1],
      [2],
      [3],
      [4],
      [5],
    ]);
    const middle = await open({ crops: 1 });
    expect(middle.count).toBe(2);
    expect([...new Set(picture(middle, 1))]).toEqual([4]);
  });

  it("resizes, and warns of pictures that it enlarged", async () => {
    await draw("large.png", 64, 64, (x) => (x < 32 ? [255, 0, 0] : [0, 0, 255]));
    await draw("small.png", 4, 4, flat(50));
    const dataset = await open();
    const large = picture(dataset, 0);
    expect([large[0], large[7], large[128], large[135]]).toEqual([255, 0, 0, 255]);
    expect([...new Set(picture(dataset, 1))]).toEqual([50]);
    expect(dataset.warnings).toEqual([
      "1 pictures are smaller than 8x8 and were enlarged: they look soft.",
    ]);
  });

  it("skips unreadable files and says which and why", async () => {
    for (const name of ["a.png", "b.png", "whole.jpg"])
      await draw(name, 64, 64, (x, y) => [x * 4, y * 4, (x * y) % 256]);
    const jpeg = await readFile(join(photos, "whole.jpg"));
    await writeFile(join(photos, "cut.jpg"), jpeg.subarray(0, jpeg.length / 2));
    await writeFile(join(photos, "empty.png"), "");
    await writeFile(join(photos, "text.png"), "not a picture");
    const huge = await readFile(join(photos, "a.png")); // with another size in its header
    huge.writeUInt32BE(30_000, 16);
    huge.writeUInt32BE(30_000, 20);
    huge.writeUInt32BE(crc32(huge.subarray(12, 29)), 29);
    await writeFile(join(photos, "huge.png"), huge);
    const first = await open();
    const again = await decodes();
    expect(again.decoded).toBe(0);
    for (const dataset of [first, again.dataset]) {
      expect(dataset.files).toEqual(["a.png", "b.png", "whole.jpg"]);
      expect(dataset.skipped.map(({ file }) => file)).toEqual([
        "cut.jpg",
        "empty.png",
        "huge.png",
        "text.png",
      ]);
      const [cut, empty, large, text] = dataset.skipped.map(({ reason }) => reason);
      expect(cut).toContain("the picture cannot be decoded");
      expect(empty).toContain("the file is empty (0 bytes)");
      expect(large).toContain("too large (30000x30000, 900 million pixels)");
      expect(text).toContain("unsupported image format");
      expect(dataset.warnings).toHaveLength(1);
      expect(dataset.warnings[0]).toContain(
        "4 unreadable files were skipped:\n  cut.jpg: the picture",
      );
    }
  });
});

describe("openDataset on bad input", () => {
  it("says that the folder is missing", async () => {
    expect(await message(openDataset(join(folder, "none"), { resolution: 8, cacheDir }))).toContain(
      "cannot be opened",
    );
  });

  it("says that the folder is empty", async () => {
    expect(await message(open())).toContain(
      "the folder holds no pictures (it is empty), expected files ending in .png",
    );
  });

  it("says what lies in a folder without pictures", async () => {
    for (const name of ["a.txt", "b.txt", "c.mp3", "LICENSE"])
      await writeFile(join(photos, name), "x");
    expect(await message(open())).toContain("(4 files: 2 .txt, 1 without extension, 1 .mp3)");
  });

  it("asks for more than one picture, however many crops it gives", async () => {
    await draw("a.png", 32, 8, flat(1));
    expect(await message(open())).toContain(
      "there is only 1 picture, expected at least 2. Add more pictures.",
    );
    await writeFile(join(photos, "b.png"), "");
    expect(await message(open())).toContain(
      "only 1 of 2 pictures can be read, expected at least 2. For example b.png: the file is empty",
    );
  });

  it("says that no picture can be read", async () => {
    for (const name of ["a.png", "b.jpg"]) await writeFile(join(photos, name), "text");
    expect(await message(open())).toContain(
      "none of 2 pictures can be read, expected at least 2. For example a.png: the picture cannot be decoded",
    );
    expect(await readdir(join(cacheDir, "datasets"))).toEqual([]);
  });

  it("refuses a single picture as a data set", async () => {
    await draw("a.png", 8, 8, flat(1));
    expect(
      await message(openDataset(join(photos, "a.png"), { resolution: 8, cacheDir })),
    ).toContain("a single file is no data set");
  });

  it.each([
    ...[63, 4, 1028, "64x50", "4x64"].map((value) => [value, "multiples of 4 from 8 to 1024"]),
    ...[0, -8, 33.5, Number.NaN, "64x", "axb"].map((value) => [value, "the side of a square"]),
  ])("rejects resolution %s", async (resolution, expected) => {
    const error = await open({ resolution }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as Error).message).toContain(
      `resolution: got ${resolution}, expected ${expected}`,
    );
  });

  it("rejects other options out of range", async () => {
    await expect(open({ crops: 0 })).rejects.toThrow(ConfigError);
    await expect(open({ crops: 65 })).rejects.toThrow("crops: got 65");
    await expect(open({ background: [0, 0, 256] })).rejects.toThrow("background: got [0, 0, 256]");
  });

  it("says that the cache folder cannot be written", async () => {
    for (const name of ["a.png", "b.png"]) await draw(name, 8, 8, flat(1));
    await writeFile(join(folder, "file"), "");
    expect(await message(open({ cacheDir: join(folder, "file") }))).toContain(
      "the cache folder cannot be written",
    );
  });

  it("stops on request and leaves nothing behind", async () => {
    for (let i = 0; i < 40; i++) await draw(`${i}.jpg`, 8, 8, flat(i));
    const controller = new AbortController();
    const opening = open({
      signal: controller.signal,
      onProgress: (done) => done === 5 && controller.abort(),
    });
    await expect(opening).rejects.toThrow(CancelledError);
    expect(await readdir(join(cacheDir, "datasets"))).toEqual([]);
    await expect(open({ signal: AbortSignal.abort() })).rejects.toThrow(CancelledError);
  });
});

describe("the cache", () => {
  beforeEach(async () => {
    for (let i = 0; i < 5; i++) await draw(`${i}.png`, 8, 8, (x, y) => [i, x, y]);
  });

  it("is used by the second opening, and by a copy of the folder", async () => {
    const first = await decodes();
    const second = await decodes();
    await cp(photos, join(folder, "copy"), { recursive: true });
    photos = join(folder, "copy");
    const copy = await decodes();
    expect([first.decoded, second.decoded, copy.decoded]).toEqual([5, 0, 0]);
    for (const { dataset } of [second, copy]) {
      expect(dataset.contentHash).toBe(first.dataset.contentHash);
      for (let i = 0; i < 5; i++) expect(picture(dataset, i)).toEqual(picture(first.dataset, i));
    }
  });

  it("is not used for other content, names or options", async () => {
    const hashes = new Set([(await open()).contentHash]);
    const expectNew = async (options: Partial<DatasetOptions> = {}): Promise<void> => {
      const { dataset, decoded } = await decodes(options);
      expect(decoded).toBeGreaterThan(0);
      expect(hashes.has(dataset.contentHash)).toBe(false);
      hashes.add(dataset.contentHash);
    };
    await expectNew({ resolution: 12 });
    await expectNew({ crops: 2 });
    await expectNew({ background: [0, 0, 0] });
    await copyFile(join(photos, "0.png"), join(photos, "5.png"));
    await expectNew();
    await copyFile(join(photos, "1.png"), join(photos, "5.png"));
    await expectNew();
    await rm(join(photos, "2.png"));
    await expectNew();
  });

  it("remembers the hashes of files that did not change, and hashes changed ones", async () => {
    const past = new Date(Date.now() - 60_000);
    for (const name of await readdir(photos)) await utimes(join(photos, name), past, past);
    const first = await open();
    // Other content behind the same name, size and time shows that the file is not read again.
    const bytes = await readFile(join(photos, "3.png"));
    const other = Uint8Array.from(bytes).fill(0, 40);
    await writeFile(join(photos, "3.png"), other);
    await utimes(join(photos, "3.png"), past, past);
    const remembered = await decodes();
    expect([remembered.decoded, remembered.dataset.contentHash]).toEqual([0, first.contentHash]);
    await utimes(join(photos, "3.png"), past, new Date(Date.now() - 30_000));
    const changed = await open();
    expect(changed.contentHash).not.toBe(first.contentHash);
    expect(changed.skipped.map(({ file }) => file)).toEqual(["3.png"]);
  });

  it("survives the loss of the source folder", async () => {
    const dataset = await open();
    await rm(photos, { recursive: true });
    expect(picture(dataset, 4).slice(0, 64)).toEqual(new Uint8Array(64).fill(4));
  });
});

describe("a damaged, shared or large cache", () => {
  beforeEach(async () => {
    for (let i = 0; i < 5; i++) await draw(`${i}.png`, 8, 8, (x, y) => [i, x, y]);
  });

  it.each<[string, (folder: string) => Promise<void>, string]>([
    [
      "a shorter file",
      (path) => truncate(join(path, "pictures.u8"), 100),
      "the pictures take 100 bytes, expected 960",
    ],
    ["a missing file", (path) => rm(join(path, "pictures.u8")), "the pictures cannot be read"],
    [
      "a flipped bit",
      async (path) => {
        const bytes = await readFile(join(path, "pictures.u8"));
        bytes[500] = (bytes[500] ?? 0) ^ 1;
        await writeFile(join(path, "pictures.u8"), bytes);
      },
      "the pictures' checksum is wrong",
    ],
    [
      "half an index",
      async (path) => truncate(join(path, "index.json"), 50),
      "the index is no JSON",
    ],
    [
      "another index",
      (path) => writeFile(join(path, "index.json"), "{}"),
      "the index is not valid",
    ],
  ])("is made again after damage: %s", async (_, damage, reason) => {
    const first = await open();
    const original = await Promise.all([0, 1, 2, 3, 4].map((i) => picture(first, i)));
    first.close();
    await damage(await packFolder());
    const { dataset, decoded } = await decodes();
    expect(decoded).toBe(5);
    expect(dataset.warnings).toHaveLength(1);
    expect(dataset.warnings[0]).toContain(`were damaged (${reason}`);
    for (let i = 0; i < 5; i++) expect(picture(dataset, i)).toEqual(original[i]);
    expect((await decodes()).decoded).toBe(0);
    await packFolder();
  });

  it("reads from the file when it is too large for memory", async () => {
    const dataset = await open();
    const onDisk = await openPacked(await packFolder(), dataset.contentHash, 100);
    expect(onDisk).toBeDefined();
    if (onDisk === undefined) return;
    for (let i = 4; i >= 0; i--) {
      expect(picture(onDisk, i)).toEqual(picture(dataset, i));
      expect(picture(onDisk, i, true)).toEqual(picture(dataset, i, true));
    }
    onDisk.close();
    expect(() => picture(onDisk, 0)).toThrow("internal: the data set was read after it was closed");
  });

  it("removes what a killed process left, after a day", async () => {
    await mkdir(join(cacheDir, "datasets", "unfinished-old"), { recursive: true });
    await mkdir(join(cacheDir, "datasets", "unfinished-new"));
    const old = new Date(Date.now() - 48 * 3_600_000);
    await utimes(join(cacheDir, "datasets", "unfinished-old"), old, old);
    await open();
    const left = await readdir(join(cacheDir, "datasets"));
    expect(left).toContain("unfinished-new");
    expect(left).not.toContain("unfinished-old");
  });

  it("may be made by several processes at once", async () => {
    for (let i = 5; i < 60; i++) await draw(`${i}.jpg`, 40, 40, (x, y) => [i, x, y]);
    const script = `
      import { createHash } from "node:crypto";
      import { openDataset } from ${JSON.stringify(pathToFileURL(resolve(import.meta.dirname, "open.node.ts")).href)};
      const [photos, cacheDir] = JSON.parse(process.argv.at(-1));
      const dataset = await openDataset(photos, { resolution: 32, cacheDir });
      const out = new Uint8Array(dataset.count * 3 * 32 * 32);
      for (let i = 0; i < dataset.count; i++) dataset.read(i, out, i * 3 * 32 * 32, { flip: false });
      console.log(dataset.count, createHash("sha256").update(out).digest("hex"), dataset.warnings.length);
    `;
    const args = [
      "--import",
      "tsx",
      "--input-type=module",
      "--eval",
      script,
      JSON.stringify([photos, cacheDir]),
    ];
    const runs = await Promise.all(
      [1, 2, 3].map(() => promisify(execFile)(process.execPath, args)),
    );
    const [first = "", ...others] = runs.map(({ stdout }) => stdout.trim());
    expect(first).toMatch(/^60 [0-9a-f]{64} 1$/);
    expect(others).toEqual([first, first]);
    await packFolder();
  });
});
