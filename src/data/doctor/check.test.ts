import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { zipSync } from "fflate";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { blobs, encoded, writeFiles } from "../../../test/support/blobs.ts";
import { CancelledError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import type { Size } from "../../base/size.ts";
import { openSource } from "../open.node.ts";
import { checkSource } from "./check.node.ts";
import type { DataReport } from "./report.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ganbox-doctor-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function check(path: string, size: Size = { width: 32, height: 32 }): Promise<DataReport> {
  const source = await openSource(path);
  return await checkSource({
    source,
    path,
    size,
    background: [255, 255, 255],
    signal: undefined,
    onProgress: undefined,
  });
}

async function checkFiles(
  files: Readonly<Record<string, Uint8Array | string>>,
  side = 32,
): Promise<DataReport> {
  await writeFiles(folder, files);
  return await check(folder, { width: side, height: side });
}

const texts = ({ findings }: DataReport): string =>
  findings.map(({ text, action }) => `${text}. ${action}`).join("\n");

/** Two sound pictures, so that nothing else is found. */
const sound = async (): Promise<Record<string, Buffer>> => ({
  "good1.png": await encoded(blobs(101), "x.png"),
  "good2.png": await encoded(blobs(102), "x.png"),
});

describe("bad files", () => {
  it.each(["png", "jpg", "webp", "avif", "gif"])("that are cut off: %s", async (extension) => {
    const name = `cut.${extension}`;
    const whole = await encoded(blobs(1), name);
    const report = await checkFiles({
      ...(await sound()),
      [name]: whole.subarray(0, Math.floor(whole.length * 0.8)),
      [`half.${extension}`]: whole.subarray(0, whole.length >> 1),
      [`nearly.${extension}`]: whole.subarray(0, whole.length - 14),
    });
    expect(report.bad.map(({ file, kind }) => `${file} ${kind}`)).toEqual([
      `${name} truncated`,
      `half.${extension} truncated`,
      `nearly.${extension} truncated`,
    ]);
    for (const { reason } of report.bad) expect(reason).toMatch(/cannot be decoded \(.+\)/);
    expect(texts(report)).toMatch(/3 files are cut off: the end is missing: cut/);
    expect(report.readable).toBe(2);
  });

  it("that end one byte early, in a JPEG", async () => {
    const whole = await encoded(blobs(1, 512), "x.jpg");
    const report = await checkFiles({ "a.jpg": whole.subarray(0, -1), "b.jpg": whole });
    expect(report.bad).toMatchObject([{ file: "a.jpg", kind: "truncated" }]);
  });

  it("that are empty, no pictures, of other formats, or changed", async () => {
    const png = await encoded(blobs(1), "x.png");
    png.fill(0x5a, png.length >> 1, (png.length >> 1) + 40);
    const report = await checkFiles({
      ...(await sound()),
      "empty.jpg": "",
      "page.jpg": "<!doctype html><title>404</title>",
      "drawing.png": '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"/>',
      "changed.png": png,
    });
    expect(Object.fromEntries(report.bad.map(({ file, kind }) => [file, kind]))).toEqual({
      "empty.jpg": "empty",
      "page.jpg": "not-a-picture",
      "drawing.png": "not-a-picture",
      "changed.png": "damaged",
    });
    expect(texts(report)).toMatch(
      /1 file is empty \(0 bytes\): empty\.jpg\. Left out of training\./,
    );
    expect(texts(report)).toMatch(/2 files are no PNG, .* pictures, whatever their names say/);
  });

  it("that are picture bombs, without decoding them", async () => {
    const bomb = await encoded(blobs(1), "x.png");
    bomb.writeUInt32BE(12_000, 16);
    bomb.writeUInt32BE(12_000, 20);
    bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
    const line = { width: 200_000, height: 1, channels: 3, background: "#123" } as const;
    const report = await checkFiles({
      ...(await sound()),
      "bomb.png": bomb,
      "line.png": await sharp({ create: line }).png().toBuffer(),
    });
    expect(report.bad.map(({ file, kind }) => `${file} ${kind}`)).toEqual([
      "bomb.png too-large",
      "line.png too-large",
    ]);
    expect(report.bad[0]?.reason).toMatch(/12000x12000, 144 million pixels/);
    expect(report.bad[1]?.reason).toMatch(/after resizing/);
  });

  it("that are damaged inside and still readable", async () => {
    const noise = new Random(1).fillNormal(new Float32Array(3 * 128 ** 2));
    const jpeg = await sharp(
      Uint8Array.from(noise, (x) => 128 + 30 * x),
      {
        raw: { width: 128, height: 128, channels: 3 },
      },
    )
      .jpeg()
      .toBuffer();
    jpeg.set([0xff, 0xd3], jpeg.length >> 1); // a restart marker where none belongs
    const report = await checkFiles({ ...(await sound()), "odd.jpg": jpeg });
    expect(report.bad).toEqual([]);
    expect(report.suspect).toMatchObject([{ file: "odd.jpg" }]);
    expect(texts(report)).toMatch(/1 JPEG has damaged data/);
  });
});

describe("what is in the pictures", () => {
  it("copies, exact and near, across classes", async () => {
    const original = await encoded(blobs(1, 256), "x.png");
    const report = await checkFiles({
      "cat/1.png": original,
      "cat/2.png": await encoded(blobs(2), "x.png"),
      "dog/again.png": original,
      "dog/jpeg.jpg": await sharp(original).jpeg({ quality: 40 }).toBuffer(),
      "dog/small.webp": await sharp(original).resize(80).webp().toBuffer(),
      "dog/other.png": await encoded(blobs(3), "x.png"),
    });
    const classes = ["cat", "dog"];
    expect(report.duplicates.exact).toEqual([{ files: ["cat/1.png", "dog/again.png"], classes }]);
    expect(report.duplicates.near).toEqual([
      { files: ["cat/1.png", "dog/jpeg.jpg", "dog/small.webp"], classes },
    ]);
    expect(report).toMatchObject({ files: 6, readable: 6, distinct: 3 });
    expect(texts(report)).toMatch(
      /1 picture is an exact copy of another: cat\/1\.png = dog\/again/,
    );
    expect(texts(report)).toMatch(/2 groups of duplicates have pictures in several classes/);
  });

  it("blank, small, narrow, with alpha, turned, animated, deep, grey and CMYK ones", async () => {
    const plain = blobs(5, 64);
    const frames = await Promise.all([1, 2].map((seed) => blobs(seed).png().toBuffer()));
    const report = await checkFiles(
      {
        "alpha.png": await blobs(6).ensureAlpha(0.5).png().toBuffer(),
        "anim.gif": await sharp(frames, { join: { animated: true } })
          .gif()
          .toBuffer(),
        "black.png": await sharp({
          create: { width: 64, height: 64, channels: 3, background: "#111" },
        })
          .png()
          .toBuffer(),
        "cmyk.jpg": await blobs(7).toColourspace("cmyk").jpeg().toBuffer(),
        "deep.png": await blobs(8).toColourspace("rgb16").png().toBuffer(),
        "grey.png": await blobs(9).toColourspace("b-w").png().toBuffer(),
        "narrow.png": await encoded(blobs(10, 40, 200), "x.png"),
        "small.png": await encoded(blobs(11, 20, 30), "x.png"),
        "turned.jpg": await blobs(12, 90, 60).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
        "usual.png": await encoded(plain, "x.png"),
      },
      32,
    );
    expect(report.bad).toEqual([]);
    expect(report.blank).toEqual([{ file: "black.png", deviation: 0 }]);
    expect(report.small).toEqual([{ file: "small.png", width: 20, height: 30 }]);
    expect(report.storage).toMatchObject({ alpha: 2, animated: 1, rotated: 1 });
    const spaces = Object.fromEntries(report.storage.spaces.map((s) => [s.name, s.count]));
    expect(spaces).toMatchObject({ cmyk: 1, rgb16: 1, "b-w": 1 });
    expect(report.sizes).toMatchObject({ shortest: 20, longest: 96 });
    expect(report.sizes?.common).toContainEqual({ width: 60, height: 90, count: 1 });
    expect(report.sizes?.aspect.counts).toEqual([1, 0, 2, 0, 7, 0, 0, 0, 0]);
    expect(report.sizes?.cut).toEqual({ several: 2, partly: 1 });
    const portraits = await check(folder, { width: 32, height: 48 });
    expect(portraits.sizes?.cut).toEqual({ several: 7, partly: 1 });
    expect(texts(portraits)).toMatch(
      /7 pictures are of another shape than 32x48\. Training takes 2 or 3 crops of 32x48/,
    );
    expect(texts(report)).toMatch(/2 pictures have an alpha channel\. Laid on white/);
    expect(texts(report)).toMatch(/1 picture is smaller than 32x32: small\.png \(20x30\)/);
  });
});

describe("classes", () => {
  it("of folders, out of balance", async () => {
    const files: Record<string, Buffer> = {};
    for (let i = 0; i < 12; i++) files[`many/${i}.png`] = await encoded(blobs(i), "x.png");
    const report = await checkFiles({ ...files, "one/x.png": await encoded(blobs(50), "x.png") });
    expect(report.classes).toEqual({
      from: "folders",
      counts: [
        { name: "many", count: 12 },
        { name: "one", count: 1 },
      ],
      imbalance: 12,
      unlabelled: 0,
    });
    expect(texts(report)).toMatch(/out of balance: many has 12 pictures, one 1/);
  });

  it("of a file of labels, with unlabelled pictures and an unreadable class", async () => {
    const report = await checkFiles({
      ...(await sound()),
      "bad.png": "",
      "labels.csv": "good1.png,a\nbad.png,b\n",
    });
    expect(report.classes).toMatchObject({ from: "labels.csv", imbalance: null, unlabelled: 1 });
    expect(texts(report)).toMatch(/1 class has no readable picture: b/);
    expect(texts(report)).toMatch(/1 of 3 pictures have no label in labels\.csv/);
  });
});

describe("sources", () => {
  it("reads zip archives, damaged entries and names that point outside included", async () => {
    const path = join(folder, "set.zip");
    await writeFile(
      path,
      zipSync({
        "../../evil.png": await encoded(blobs(1), "x.png"),
        "a/fine.png": await encoded(blobs(2), "x.png"),
        "a/cut.jpg": (await encoded(blobs(3), "x.jpg")).subarray(0, 400),
      }),
    );
    const report = await check(path);
    expect(report.bad).toMatchObject([{ file: "a/cut.jpg", kind: "truncated" }]);
    expect(report.outside).toEqual(["../../evil.png"]);
    expect(texts(report)).toMatch(/1 name in the archive points outside it/);
  });

  it("reads IDX files", async () => {
    const path = join(folder, "x-images-idx3-ubyte");
    const header = Buffer.from([0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 16, 0, 0, 0, 16]);
    const digits = await Promise.all(
      [1, 2, 1].map((seed) => blobs(seed, 16).greyscale().raw().toBuffer()),
    );
    await writeFile(path, Buffer.concat([header, ...digits.map((d) => d.subarray(0, 256))]));
    const report = await check(path);
    expect(report).toMatchObject({ files: 3, readable: 3, distinct: 2 });
    expect(report.small).toHaveLength(3);
    expect(report.duplicates.exact).toHaveLength(1);
  });

  it("says that there is nothing wrong where there is nothing, and stops on request", async () => {
    const report = await checkFiles(await sound());
    expect(report.findings).toEqual([]);
    expect(report.advice[0]).toMatchObject({ family: "fastgan", verdict: "too few" });
    const source = await openSource(folder);
    const background = [255, 255, 255] as const;
    const size = { width: 32, height: 32 };
    const job = { source, path: folder, size, background, onProgress: undefined };
    await expect(checkSource({ ...job, signal: AbortSignal.abort() })).rejects.toBeInstanceOf(
      CancelledError,
    );
  });
});
