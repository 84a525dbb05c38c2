import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findPython, runPython } from "../../test/python.ts";
import { tinyModel } from "../../test/tiny-model.ts";
import { CancelledError, ConfigError } from "../base/errors.ts";
import type { Image } from "../media/image.ts";
import { Generator } from "./generator.ts";
import { writeLatents, writeSamples } from "./samples.node.ts";

const folder = mkdtempSync(join(tmpdir(), "ganbox-samples-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const python = findPython("numpy");
const told = (program: string, ...args: string[]): Record<string, unknown> =>
  JSON.parse(runPython(python ?? "", `import json, sys, numpy as np\n${program}`, args));

/** Shapes and types, sums, and a few values of an archive. */
const LOOK = `
f = np.load(sys.argv[1])
out = {k: [str(f[k].dtype), list(f[k].shape)] for k in f.files}
out["pixels"] = f["images"].reshape(-1).tolist()
out["firstZ"] = f["z"][1].tolist()
out["classNames"] = [str(f["classes"][i]) for i in f["class"]] if "class" in f.files else []
out["meanW"] = float(np.abs(f["w"]).mean()) if "w" in f.files else 0
print(json.dumps(out))`;

async function pixelsOf(images: AsyncIterable<Image>): Promise<number[]> {
  const pixels: number[] = [];
  for await (const { data } of images) pixels.push(...data);
  return pixels;
}

describe.skipIf(python === undefined)("writeSamples", () => {
  it("writes what NumPy reads: pictures, seeds, z, classes", async () => {
    const generator = await Generator.decode(tinyModel(["cat", "dog"]), "tiny", { threads: 1 });
    const path = join(folder, "tiny.npz");
    const options = { seeds: [3, 5, 3], truncationPsi: 0.5, class: "dog" };
    expect(await writeSamples(generator, path, options)).toBe(path);
    const seen = told(LOOK, path);
    expect(seen).toMatchObject({
      images: ["uint8", [2, 16, 16, 3]],
      seed: ["int64", [2]],
      z: ["float32", [2, 8]],
      truncation: ["float32", []],
      class: ["int64", [2]],
      classNames: ["dog", "dog"],
      meanW: 0,
    });
    expect(seen.pixels).toEqual(await pixelsOf(generator.fromSeeds([3, 5], options)));
    expect(seen.firstZ).toEqual([...generator.latentOf(5).z]);

    const table = join(folder, "z.csv");
    await writeLatents(generator, table, { seeds: [3, 5], class: 1 });
    const rows = told(
      "import csv\nrows = list(csv.DictReader(open(sys.argv[1])))\nprint(json.dumps({'rows': rows}))",
      table,
    );
    const [first] = rows.rows as Record<string, string>[];
    expect(first).toMatchObject({ seed: "3", class: "dog" });
    expect(Number(first?.z7)).toBe(generator.latentOf(3).z[7]);
    await generator.dispose();
  });

  it("writes w of families with styles, as it goes in", async () => {
    const pickle = join(import.meta.dirname, "../models/import/goldens/stylegan2.pkl");
    const generator = await Generator.decode(readFileSync(pickle), pickle, { threads: 1 });
    const means = [];
    for (const truncationPsi of [1, 0]) {
      const path = join(folder, `w${truncationPsi}.npz`);
      await writeSamples(generator, path, { seeds: [0, 1], truncationPsi });
      const seen = told(LOOK, path);
      expect(seen.w).toEqual(["float32", [2, generator.info.architecture.extra?.styles ?? 4]]);
      means.push(seen.meanW);
      const ws = (await generator.stylesOf([0, 1], { truncationPsi })) ?? [];
      const made = generator.generate(ws.map((w) => ({ w })));
      expect(seen.pixels).toEqual(await pixelsOf(made));
    }
    expect(means[0]).not.toBe(means[1]);
    await generator.dispose();
  });
});

it("writeSamples leaves nothing of a file that was stopped, and refuses bad seeds", async () => {
  const generator = await Generator.decode(tinyModel(), "tiny", { threads: 1 });
  const path = join(folder, "stopped.npz");
  writeFileSync(path, "before");
  const seeds = Array.from({ length: 40 }, (_, i) => i);
  const stopped = writeSamples(generator, path, { seeds, signal: AbortSignal.abort() });
  await expect(stopped).rejects.toThrow(CancelledError);
  await expect(writeSamples(generator, path, { seeds: [] })).rejects.toThrow(ConfigError);
  await expect(writeSamples(generator, path, { seeds: [0.5] })).rejects.toThrow(ConfigError);
  expect(readFileSync(path, "utf8")).toBe("before");
  await generator.dispose();
});
