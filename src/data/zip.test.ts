import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Zippable, zipSync } from "fflate";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DatasetError } from "../base/errors.ts";
import { encodePng } from "../media/image.node.ts";
import { type Dataset, exampleOf } from "./dataset.ts";
import { openDataset } from "./open.node.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ganbox-zip-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const png = (value: number): Promise<Uint8Array> =>
  encodePng({ width: 8, height: 8, data: new Uint8Array(192).fill(value) });

async function open(bytes: Uint8Array): Promise<Dataset> {
  const path = join(folder, "pictures.zip");
  await writeFile(path, bytes);
  return await openDataset(path, { resolution: 8, cacheDir: join(folder, "cache") });
}

/** The value that fills each picture. */
function values(dataset: Dataset): (number | undefined)[] {
  return dataset.files.map((_, i) => {
    const out = exampleOf(dataset, i);
    return new Set(out).size === 1 ? out[0] : undefined;
  });
}

async function message(opening: Promise<unknown>): Promise<string> {
  const error = await opening.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(DatasetError);
  return (error as DatasetError).message;
}

describe("openDataset on a zip archive", () => {
  it("reads pictures in the order of their names, stored or deflated, with classes", async () => {
    const dataset = await open(
      zipSync({
        "set/dog/2.PNG": [await png(2), { level: 0 }],
        "set/cat/1.png": [await png(1), { level: 9 }],
        "set/dog/3.png": await png(3),
        "set/readme.txt": Buffer.from("x"),
        "set/.hidden.png": await png(9),
        "__MACOSX/set/._1.png": await png(9),
      }),
    );
    expect(dataset.files).toEqual(["set/cat/1.png", "set/dog/2.PNG", "set/dog/3.png"]);
    expect(values(dataset)).toEqual([1, 2, 3]);
    expect(dataset.classes).toEqual(["cat", "dog"]);
    expect([...(dataset.labels ?? [])]).toEqual([0, 1, 1]);
  });

  it("unpacks group after group", async () => {
    const pictures = await Promise.all(Array.from({ length: 256 }, (_, i) => png(i)));
    const files: Zippable = {};
    for (let i = 0; i < 2500; i++)
      files[`${String(i).padStart(4, "0")}.png`] = [
        pictures[i % 256] ?? new Uint8Array(),
        { level: 0 },
      ];
    expect(values(await open(zipSync(files)))).toEqual(
      Array.from({ length: 2500 }, (_, i) => i % 256),
    );
  });

  it("takes names that point outside as mere names", async () => {
    const dataset = await open(
      zipSync({ "../../outside.png": await png(5), "C:\\evil.png": await png(6) }),
    );
    expect(values(dataset)).toEqual([5, 6]);
    expect(dataset.files).toEqual(["../../outside.png", "C:/evil.png"]);
  });

  it("skips damaged files inside", async () => {
    const bytes = zipSync({
      "a.png": [await png(1), { level: 0 }],
      "b.png": [new Uint8Array(5000).map((_, i) => (i * i) % 251), { level: 9 }],
      "c.png": [await png(3), { level: 0 }],
      "d.png": [Buffer.from("text"), { level: 0 }],
    });
    const inB = Buffer.from(bytes).indexOf("b.png") + 40;
    bytes.fill(0xff, inB, inB + 100);
    const dataset = await open(bytes);
    expect(dataset.files).toEqual(["a.png", "c.png"]);
    expect(dataset.skipped.map(({ file }) => file)).toEqual(["b.png", "d.png"]);
    expect(dataset.skipped[0]?.reason).toContain("damaged inside the archive");
  });

  it("refuses a bomb, honest or not", async () => {
    const zeros = new Uint8Array(20_000_000);
    expect(await message(open(zipSync({ "a.png": zeros, "b.png": await png(1) })))).toContain(
      "expected at most 100 times its size",
    );
    // The same with a declared size of 100 bytes: it is unpacked no further than that.
    const lying = Buffer.from(
      zipSync({ "a.png": zeros, "b.png": await png(1), "c.png": await png(2) }),
    );
    const directory = lying.indexOf(Buffer.from("PK\u0001\u0002", "latin1"));
    lying.writeUInt32LE(100, directory + 24);
    const dataset = await open(lying);
    expect(dataset.files).toEqual(["b.png", "c.png"]);
    expect(dataset.skipped.map(({ file }) => file)).toEqual(["a.png"]);
  });

  it("says what is wrong with an archive", async () => {
    expect(await message(open(Buffer.from("no zip")))).toContain("the zip archive cannot be read");
    const whole = zipSync({ "a.png": await png(1), "b.png": await png(2) });
    expect(await message(open(whole.subarray(0, whole.length - 30)))).toContain(
      "the zip archive cannot be read",
    );
    expect(await message(open(zipSync({ "a.txt": Buffer.from("x") })))).toContain(
      "the archive holds no pictures (1 entries)",
    );
    expect(await message(open(zipSync({ "a.png": await png(1) })))).toContain(
      "there is only 1 picture",
    );
  });
});
