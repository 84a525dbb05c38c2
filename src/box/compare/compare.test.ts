import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writePictures } from "../../../test/cli-pictures.ts";
import { ganbox } from "../../../test/cli-process.ts";
import { type CompareEvent, type CompareOptions, compareFamilies } from "./compare.ts";

let folder = "";
let photos = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ganbox-compare-"));
  photos = join(folder, "photos");
  await writePictures(photos, 16);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const TRAINING = { resolution: 8, widths: [16, 16], batch: 8, threads: 1, kimg: 0.024 };

/** What a comparison of tiny models is asked for. */
function options(more: CompareOptions = {}): CompareOptions {
  const { training, ...others } = more;
  return {
    families: ["r3gan", "vae"],
    samples: 30,
    outputDir: join(folder, "compared"),
    cacheDir: join(folder, "cache"),
    training: { ...TRAINING, ...training },
    ...others,
  };
}

async function refusal(more: CompareOptions, source = photos): Promise<string> {
  return await compareFamilies(source, options(more)).then(
    () => "",
    (error: Error & { code?: string }) => `${error.code} ${error.message}`,
  );
}

describe("compareFamilies", () => {
  it("stops, goes on, trains each family once, and writes a page", async () => {
    const controller = new AbortController();
    const stopped = await refusal({
      training: { kimg: 0.024 },
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === "train" && event.event.type === "start") controller.abort();
      },
    });
    expect(stopped).toContain("E_CANCELLED compare: stopped in the training of r3gan after");

    const events: CompareEvent[] = [];
    const comparison = await compareFamilies(
      photos,
      options({ onEvent: (event) => events.push(event) }),
    );
    const starts = events.flatMap((event) =>
      event.type === "train" && event.event.type === "start" ? [event.event] : [],
    );
    expect(starts.map(({ family }) => family)).toEqual(["r3gan", "vae"]);
    expect(comparison).toMatchObject({ kimg: 0.024, seed: 0, samples: 30, resolution: 8 });
    expect(comparison.data).toMatchObject({ training: 16, compared: 16, heldOut: 0 });
    const [gan, vae] = comparison.families;
    expect(gan?.run).toContain("00000-photos-r3gan8");
    expect(vae?.run).toContain("00001-photos-vae8");
    for (const one of [gan, vae]) {
      expect(one?.kimg).toBeCloseTo(0.024, 9);
      expect(one?.cost.secondsPerKimg).toBeGreaterThan(0);
      expect(one?.cost.imagesPerSecond).toBeGreaterThan(0);
      for (const name of ["frechetDistance", "kernelDistance", "coverage", "sharpness"] as const)
        expect(one?.figures[name]?.error).toBeGreaterThan(0);
    }
    expect(gan?.cost.weights).toMatchObject({ encoder: 0 });
    expect(gan?.figures.reconstruction).toBeUndefined();
    expect(vae?.cost.weights).toMatchObject({ discriminator: 0 });
    expect(vae?.figures.reconstruction?.value).toBeGreaterThan(3);
    expect(JSON.parse(readFileSync(join(folder, "compared", "compare.json"), "utf8"))).toEqual(
      comparison,
    );

    const html = readFileSync(comparison.page, "utf8");
    for (const title of ["What the figures say", "Samples", "Reconstructions", "Maps"])
      expect(html).toContain(`<h2>${title}`);
    expect(html).toContain("UMAP of vae and real pictures");
    expect(html).toContain("PCA of r3gan and real pictures");
    expect(html.match(/<img /g)?.length).toBe(3 + 1 + 2 + 2);
    // It loads nothing from elsewhere.
    expect(html).not.toMatch(/(src|href)="(?!data:)/);

    // Once more: nothing is left to train, and the figures are the same.
    const again: CompareEvent[] = [];
    const same = await compareFamilies(photos, options({ onEvent: (event) => again.push(event) }));
    expect(again.some(({ type }) => type === "train")).toBe(false);
    expect(same.families).toEqual(comparison.families);
    const work = again.flatMap((event) => (event.type === "progress" ? [event.stage] : []));
    expect(work.filter((stage) => /^(drawing samples|measuring|features)/.test(stage))).toEqual([]);
    expect(await refusal({ training: { kimg: 1 } })).toContain(
      "holds a comparison with other options (kimg 1, there 0.024)",
    );
  }, 240_000);

  it("leaves out metrics that the pictures are too few for", async () => {
    const few = join(folder, "few");
    await writePictures(few, 4);
    const outputDir = join(folder, "few-compared");
    const comparison = await compareFamilies(few, options({ families: ["vae"], outputDir }));
    expect(comparison.notes.join(" ")).toContain("pr: the data set has 4 pictures to compare with");
    const figures = comparison.families[0]?.figures;
    expect(figures?.precision).toBeUndefined();
    expect(figures?.kernelDistance).toBeDefined();
    expect(comparison.findings[0]?.topic).toBe("Nothing to compare");
    expect(existsSync(comparison.page)).toBe(true);
  }, 60_000);

  it("says what is wrong before it trains", async () => {
    const outputDir = join(folder, "refused");
    expect(await refusal({ outputDir, families: ["r3gan", "gan"] })).toContain(
      'E_CONFIG family: "gan" is unknown, expected one of "r3gan"',
    );
    expect(await refusal({ outputDir, families: [] })).toContain("families: got none");
    expect(await refusal({ outputDir, samples: 29 })).toContain("samples: got 29, expected");
    const training = { ...TRAINING, resolution: 9 };
    expect(await refusal({ outputDir, training })).toContain("E_CONFIG r3gan: resolution: 9");
    const refused = { from: "model.onnx", iterations: 4 };
    for (const [name, value] of Object.entries(refused)) {
      const odd: CompareOptions["training"] = { ...TRAINING, ...{ [name]: value } };
      expect(await refusal({ outputDir, training: odd })).toContain(`E_CONFIG ${name}: got`);
    }
    expect(await refusal({ outputDir }, join(folder, "nowhere"))).toContain("E_DATASET");
    expect(existsSync(outputDir)).toBe(false);
    const damaged = join(folder, "damaged");
    await writePictures(join(damaged, "runs"), 1);
    writeFileSync(join(damaged, "runs", "plan.json"), '{"version":1,"runs":{"vae":"../x"}}');
    expect(await refusal({ outputDir: damaged })).toContain("E_CHECKPOINT");
  }, 30_000);
});

describe("ganbox compare", () => {
  it("refuses options of one family", async () => {
    const args = ["compare", photos, "--family", "vae"];
    const { code, stderr } = await ganbox(args, { cwd: folder });
    expect(stderr).toContain("--family: a comparison trains several families");
    expect(code).toBe(2);
  }, 30_000);
});
