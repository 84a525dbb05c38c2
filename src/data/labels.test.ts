import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { zipSync } from "fflate";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DatasetError } from "../base/errors.ts";
import { encodePng } from "../media/image.node.ts";
import type { Dataset } from "./dataset.ts";
import { openDataset } from "./open.node.ts";

let folder = "";
let photos = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ganbox-labels-"));
  photos = join(folder, "photos");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Pictures of one grey each, and text files. */
async function contents(texts: Record<string, string>, names: readonly string[]) {
  const pictures = names.map(
    async (name, i): Promise<[string, Uint8Array]> => [
      name,
      await encodePng({ width: 8, height: 8, data: new Uint8Array(192).fill(20 * i) }),
    ],
  );
  const files = Object.entries(texts).map(([name, text]): [string, Uint8Array] => [
    name,
    Buffer.from(text),
  ]);
  return [...(await Promise.all(pictures)), ...files];
}

const NAMES = ["a.png", "b.png", "sub/c.png"];

async function open(
  texts: Record<string, string>,
  names: readonly string[] = NAMES,
): Promise<Dataset> {
  for (const [name, bytes] of await contents(texts, names)) {
    await mkdir(dirname(join(photos, name)), { recursive: true });
    await writeFile(join(photos, name), bytes);
  }
  return await openDataset(photos, { resolution: 8, cacheDir: join(folder, "cache") });
}

async function openAsZip(texts: Record<string, string>, names = NAMES): Promise<Dataset> {
  const path = join(folder, "photos.zip");
  await writeFile(path, zipSync(Object.fromEntries(await contents(texts, names))));
  return await openDataset(path, { resolution: 8, cacheDir: join(folder, "cache") });
}

async function message(opening: Promise<unknown>): Promise<string> {
  const error = await opening.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(DatasetError);
  return (error as DatasetError).message;
}

/** File and class of each picture. */
const labelled = ({ files, labels, classes }: Dataset): Record<string, string | undefined> =>
  Object.fromEntries(files.map((file, i) => [file, classes[labels?.[i] ?? -1]]));

const WANTED = { "a.png": "dog", "b.png": "cat", "sub/c.png": "dog" };

describe("labels", () => {
  it.each([
    ["with titles", "file,label\na.png,dog\nb.png,cat\nsub/c.png,dog\n"],
    ["without", "a.png,dog\nb.png,cat\nsub/c.png,dog"],
    ["from Windows", '\uFEFFfilename,class\r\n"a.png","dog"\r\n.\\b.png,cat\r\nsub\\c.png,dog\r\n'],
  ])("of a labels.csv %s", async (_, csv) => {
    const dataset = await open({ "labels.csv": csv });
    expect(labelled(dataset)).toEqual(WANTED);
    expect(dataset.warnings).toEqual([]);
  });

  it("of StyleGAN's dataset.json, numbers in their order", async () => {
    const labels = [
      ["a.png", 10],
      ["b.png", 9],
      ["sub/c.png", 2],
    ];
    const dataset = await open({ "dataset.json": JSON.stringify({ labels }) });
    expect(dataset.classes).toEqual(["2", "9", "10"]);
    expect(labelled(dataset)).toEqual({ "a.png": "10", "b.png": "9", "sub/c.png": "2" });
  });

  it("in a zip archive, beside the pictures or in the folder that they share", async () => {
    const csv = "a.png,dog\nb.png,cat\nsub/c.png,dog";
    expect(labelled(await openAsZip({ "labels.csv": csv }))).toEqual(WANTED);
    const nested = await openAsZip(
      { "set/labels.csv": csv, "__MACOSX/labels.csv": "x.png,no" },
      NAMES.map((name) => `set/${name}`),
    );
    expect(labelled(nested)).toEqual({
      "set/a.png": "dog",
      "set/b.png": "cat",
      "set/sub/c.png": "dog",
    });
  });

  it("win over sub-folders, and a file without any leaves these be", async () => {
    const names = ["x/a.png", "y/b.png"];
    const dataset = await open({ "labels.csv": "x/a.png,1\ny/b.png,0" }, names);
    expect(labelled(dataset)).toEqual({ "x/a.png": "1", "y/b.png": "0" });
    await rm(join(photos, "labels.csv"));
    const without = await open({ "dataset.json": '{"labels": null}' }, names);
    expect(labelled(without)).toEqual({ "x/a.png": "x", "y/b.png": "y" });
  });

  it("that change are read again", async () => {
    expect(labelled(await open({ "labels.csv": "a.png,1\nb.png,2\nsub/c.png,2" }))["a.png"]).toBe(
      "1",
    );
    expect(labelled(await open({ "labels.csv": "a.png,3\nb.png,2\nsub/c.png,2" }))["a.png"]).toBe(
      "3",
    );
  });

  it("that are missing make a class of their own, with a warning", async () => {
    const dataset = await open({ "labels.csv": "a.png,zebra\n" });
    expect(dataset.classes).toEqual(["zebra", "unlabelled"]);
    expect(dataset.warnings).toEqual([
      '2 of 3 pictures have no label in labels.csv (b.png, sub/c.png): they form the class "unlabelled".',
    ]);
  });
});

describe("labels that do not fit", () => {
  it("name missing pictures", async () => {
    const lines = ["a.png,1", "b.png,2", "../../secret.png,1", "A.png,1"];
    for (let i = 0; i < 9; i++) lines.push(`gone${i}.png,1`);
    expect(await message(open({ "labels.csv": lines.join("\n") }))).toMatch(
      /labels\.csv: 11 of 13 labels name pictures that are not there \(\.\.\/\.\.\/secret\.png, A\.png, gone0\.png, gone1\.png, gone2\.png and 6 more\), expected paths below/,
    );
  });

  it.each([
    ["labels.csv", "a.png,1\na.png,2", /a\.png has the labels "1" and "2", expected one/],
    ["labels.csv", "a.png\nb.png", /picture 1 reads "a\.png,", expected two columns/],
    ["labels.csv", "a.png,1,2", /reads "a\.png,1,2", expected two columns/],
    ["labels.csv", '"a.png,1\nb.png,2', /are no CSV \(.*\), expected lines "file,label"/],
    ["dataset.json", '{"labels": [', /the labels are no JSON \(.*\), expected \{"labels"/],
    ["dataset.json", '{"labels": [["a.png", [1, 0]]]}', /labels\.0\.1 is not what it should be/],
    ["dataset.json", '{"labels": [["a.png", 1.5]]}', /labels\.0\.1 is not what it should be/],
    ["dataset.json", '{"labels": {"a.png": 1}}', /labels is not what it should be/],
  ])("%s: %s", async (name, text, wanted) => {
    expect(await message(open({ [name]: text }))).toMatch(wanted);
  });
});
