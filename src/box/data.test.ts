import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { blobs, encoded, writeFiles } from "../../test/support/blobs.ts";
import { CancelledError, ConfigError, DatasetError } from "../base/errors.ts";
import { openDataset } from "../data/open.node.ts";
import { checkData, prepareData } from "./data.ts";

let folder = "";
let photos = "";
let clean = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ganbox-prepare-"));
  [photos, clean] = [join(folder, "photos"), join(folder, "clean")];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Two classes with a copy, a near copy, an empty, a blank and a small file. */
async function writePhotos(): Promise<void> {
  const original = await encoded(blobs(1, 128), "x.png");
  const blank = { width: 64, height: 64, channels: 3, background: "#222" } as const;
  await writeFiles(photos, {
    "cat/a.png": original,
    "cat/a.jpg": await encoded(blobs(2, 120, 80), "x.jpg"),
    "cat/copy.png": original,
    "cat/empty.png": "",
    "dog/near.webp": await sharp(original).resize(100).webp().toBuffer(),
    "dog/alpha.png": await blobs(3, 90).ensureAlpha(0.5).png().toBuffer(),
    "dog/blank.png": await sharp({ create: blank }).png().toBuffer(),
    "dog/small.png": await encoded(blobs(4, 30), "x.png"),
    "dog/turned.jpg": await blobs(5, 90, 60).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
  });
}

const list = async (path: string): Promise<string[]> =>
  (await readdir(path, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(path.length + 1)
        .replaceAll("\\", "/"),
    )
    .sort();

describe("checkData", () => {
  it("writes a page and JSON, and nothing else anywhere", async () => {
    await writePhotos();
    const before = await list(photos);
    const report = await checkData(photos, { outputDir: join(folder, "report") });
    expect(await list(join(folder, "report"))).toEqual(["report.html", "report.json"]);
    expect(JSON.parse(await readFile(join(folder, "report", "report.json"), "utf8"))).toEqual(
      report,
    );
    const page = await readFile(join(folder, "report", "report.html"), "utf8");
    expect(page.match(/<img src="data:image\/webp;base64,/g)?.length).toBeGreaterThan(4);
    expect(await list(photos)).toEqual(before);
  });

  it("refuses what it cannot do", async () => {
    await expect(checkData(join(folder, "none"))).rejects.toThrow(/cannot be opened/);
    await mkdir(photos);
    await expect(checkData(photos)).rejects.toThrow(/holds no pictures \(it is empty\)/);
    await writePhotos();
    await expect(checkData(photos, { resolution: 3 })).rejects.toBeInstanceOf(ConfigError);
    const file = join(folder, "file");
    await writeFile(file, "");
    await expect(checkData(photos, { outputDir: file })).rejects.toThrow(
      /report cannot be written/,
    );
  });
});

describe("prepareData", () => {
  it("copies what is sound, clean, with its classes, and says what it left out", async () => {
    await writePhotos();
    const { pictures, leftOut } = await prepareData(photos, clean);
    expect(leftOut.map(({ file, why }) => `${file}: ${why}`)).toEqual([
      "cat/copy.png: exact copy",
      "cat/empty.png: bad",
      "dog/blank.png: blank",
    ]);
    expect(await list(clean)).toEqual([
      "cat/a-2.png",
      "cat/a.png",
      "dog/alpha.png",
      "dog/near.png",
      "dog/small.png",
      "dog/turned.png",
      "prepared.json",
    ]);
    expect(pictures).toBe(6);
    const turned = await sharp(join(clean, "dog/turned.png")).metadata();
    expect(turned).toMatchObject({ width: 60, height: 90, space: "srgb", depth: "uchar" });
    expect(turned).toMatchObject({ hasAlpha: false, channels: 3 });
    const alpha = await sharp(join(clean, "dog/alpha.png")).raw().toBuffer();
    expect(Math.min(...alpha)).toBeGreaterThanOrEqual(127); // half of it is white
    const dataset = await openDataset(clean, { resolution: 32, cacheDir: join(folder, "cache") });
    expect(dataset).toMatchObject({ classes: ["cat", "dog"], skipped: [] });
    expect(await readdir(folder)).toEqual(
      expect.not.arrayContaining([expect.stringMatching(/unfinished/)]),
    );
  });

  it("makes squares, without small and near copies if asked", async () => {
    await writePhotos();
    await mkdir(clean); // empty: fine
    const { leftOut } = await prepareData(photos, clean, { resolution: 48, near: true });
    expect(leftOut.map(({ file, why }) => `${file}: ${why}`)).toContain("dog/near.webp: near copy");
    expect(leftOut.map(({ file, why }) => `${file}: ${why}`)).toContain("dog/small.png: too small");
    for (const file of (await list(clean)).filter((name) => name.endsWith(".png")))
      expect(await sharp(join(clean, file)).metadata()).toMatchObject({ width: 48, height: 48 });
  });

  it("keeps the labels of a file", async () => {
    const names = ["a,b.png", "c.jpg", "d.png"];
    const pictures = await Promise.all(names.map((name, i) => encoded(blobs(i), name)));
    await writeFiles(photos, {
      ...Object.fromEntries(names.map((name, i) => [name, pictures[i] ?? ""])),
      "labels.csv": 'file,label\n"a,b.png",first\nc.jpg,second\nd.png,"say ""x"""\n',
    });
    await prepareData(photos, clean);
    const options = { resolution: 32, cacheDir: join(folder, "cache") };
    const [old, copy] = await Promise.all(
      [photos, clean].map((path) => openDataset(path, options)),
    );
    expect(copy?.classes).toEqual(old?.classes);
    expect(copy?.labels).toEqual(old?.labels);
    expect(copy?.files).toEqual(["a,b.png", "c.png", "d.png"]);
  });

  it("writes nothing outside for a malicious archive, and nothing at all", async () => {
    const path = join(folder, "evil.zip");
    const [one, two] = await Promise.all([1, 2].map((i) => encoded(blobs(i), "x.png")));
    await writeFile(path, zipSync({ "../../evil.png": one ?? "", "fine.png": two ?? "" } as never));
    const before = await list(folder);
    await expect(prepareData(path, clean)).rejects.toThrow(
      /1 names point outside the folder that they would be copied to \(\.\.\/\.\.\/evil\.png\)/,
    );
    expect(await list(folder)).toEqual(before);
  });

  it("refuses folders that are not empty or lie in the data set", async () => {
    await writePhotos();
    await writeFiles(clean, { "mine.txt": "x" });
    await expect(prepareData(photos, clean)).rejects.toThrow(/is not empty \(1 entries\)/);
    await expect(prepareData(photos, join(photos, "out"))).rejects.toBeInstanceOf(ConfigError);
    await expect(prepareData(photos, join(clean, "mine.txt"))).rejects.toBeInstanceOf(DatasetError);
    expect(await list(clean)).toEqual(["mine.txt"]);
  });

  it("leaves nothing behind when it is stopped, or nothing is left", async () => {
    await writePhotos();
    const stop = new AbortController();
    const onProgress = (stage: string): void => (stage === "copies" ? stop.abort() : undefined);
    const stopped = prepareData(photos, clean, { signal: stop.signal, onProgress });
    await expect(stopped).rejects.toBeInstanceOf(CancelledError);
    expect(await readdir(folder)).toEqual(["photos"]);
    await rm(photos, { recursive: true });
    await writeFiles(photos, { "a.png": "", "b.png": "" });
    await expect(prepareData(photos, clean)).rejects.toThrow(/no picture is left of 2/);
    expect(await readdir(folder)).toEqual(["photos"]);
  });
});
