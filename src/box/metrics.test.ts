import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writePictures } from "../../test/cli-pictures.ts";
import { ganbox } from "../../test/cli-process.ts";
import { TINY_RESOLUTION, tinyModel } from "../../test/tiny-model.ts";
import { Random } from "../base/random.ts";
import { hostTensor } from "../base/tensor.ts";
import { writeImages } from "../create/images.node.ts";
import { loadGenerator } from "../create/load.node.ts";
import { OnnxBuilder } from "../graph/onnx/builder.ts";
import { encodeOnnx } from "../graph/onnx/encode.ts";
import { METRICS, type MeasureOptions, measureModel } from "./metrics.ts";

let folder = "";
let model = "";
let features = "";
let copies = "";
let photos = "";

/** A network that projects pixels onto random directions; the first five are also the logits of a classifier. */
function projection(): Uint8Array {
  const [pixels, width, classes] = [3 * TINY_RESOLUTION ** 2, 8, 5];
  const builder = new OnnxBuilder();
  const weights = new Random(0).fillNormal(new Float32Array(pixels * width));
  const matrix = builder.tensor(hostTensor("float32", [pixels, width], weights));
  const flat = builder.node("Flatten", ["images"], { axis: 1 });
  const y = builder.node("MatMul", [flat, matrix]);
  builder.output(y, "features");
  const ends = [builder.ints([0]), builder.ints([classes]), builder.ints([1])];
  builder.output(builder.node("Slice", [y, ...ends]), "logits");
  const dtype = "float32";
  const graph = builder.graph(
    [{ name: "images", dtype, shape: ["n", 3, TINY_RESOLUTION, TINY_RESOLUTION] }],
    [
      { name: "features", dtype, shape: ["n", width] },
      { name: "logits", dtype, shape: ["n", classes] },
    ],
  );
  return encodeOnnx({
    irVersion: 8,
    opsetImports: [{ domain: "", version: 18 }],
    graph,
    metadata: {},
    producerName: "test",
    docString: "",
  });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ganbox-metrics-"));
  [model, features, copies, photos] = ["model.onnx", "features.onnx", "copies", "photos"].map(
    (name) => join(folder, name),
  ) as [string, string, string, string];
  writeFileSync(model, tinyModel());
  writeFileSync(features, projection());
  const generator = await loadGenerator(model);
  await writeImages(generator, { seeds: [...Array(12).keys()], outputDir: copies });
  await generator.dispose();
  await writePictures(photos, 20);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const options = (more: MeasureOptions): MeasureOptions => ({
  features,
  cacheDir: join(folder, "cache"),
  ...more,
});

describe("measureModel", () => {
  it("finds copies, and draws them", async () => {
    const outputDir = join(folder, "measured");
    const report = await measureModel(model, copies, options({ samples: 12, outputDir }));
    const { memorisation, ...results } = report.results;
    expect(memorisation?.share).toBe(1);
    expect(memorisation?.medianRatio).toBeLessThan(1e-6);
    expect(memorisation?.closest).toHaveLength(12);
    for (const { seed, file, mirrored, distance } of memorisation?.closest ?? []) {
      expect(file).toBe(`seed${String(seed).padStart(4, "0")}.png`);
      expect(mirrored).toBe(false);
      expect(distance).toBeLessThan(1e-5);
    }
    expect(results).toMatchObject({ precision: 1, recall: 1, coverage: 1 });
    expect(results.frechetDistance).toBeLessThan(1e-6);
    expect(results.diversity?.ratio).toBeCloseTo(1, 9);
    expect(report.notes).toHaveLength(1);
    expect(report.notes[0]).toContain("fd: 12 pictures are few");
    expect(JSON.parse(readFileSync(join(outputDir, "metrics.json"), "utf8"))).toEqual(report);
    const drawn = sharp(join(outputDir, "closest-pairs.png"));
    expect(await drawn.metadata()).toMatchObject({ width: 4 * 32 + 3 * 8, height: 3 * 16 + 2 * 8 });
    const left = await drawn
      .clone()
      .extract({ left: 0, top: 0, width: 16, height: 16 })
      .raw()
      .toBuffer();
    const right = await drawn
      .clone()
      .extract({ left: 16, top: 0, width: 16, height: 16 })
      .raw()
      .toBuffer();
    expect(left.equals(right)).toBe(true);
  });

  it("tells a model from other pictures, with every metric, the same each time", async () => {
    const all = options({ metrics: METRICS, samples: 40, seed: 2 });
    const stages = new Set<string>();
    const first = await measureModel(model, photos, {
      ...all,
      onProgress: (stage) => stages.add(stage),
    });
    const { frechetDistance, kernelDistance, inceptionScore, pathLength, ...results } =
      first.results;
    expect(frechetDistance).toBeGreaterThan(1);
    expect(kernelDistance).toMatchObject({ subsets: 100, subsetSize: 20 });
    expect(kernelDistance?.mean).toBeGreaterThan(3 * (kernelDistance?.deviation ?? 0));
    expect(inceptionScore?.mean).toBeGreaterThan(1);
    expect(pathLength).toBeGreaterThan(0);
    expect(results.memorisation?.share).toBeLessThan(0.5);
    expect(results.memorisation?.closest[0]?.seed).toBeGreaterThanOrEqual(80);
    expect([...stages]).toEqual(
      expect.arrayContaining(["features of pictures", "features of samples", "path length", "fd"]),
    );
    const again = await measureModel(model, photos, all);
    expect({ ...again, seconds: 0 }).toEqual({ ...first, seconds: 0 });
  });

  it("compares with held-out files", async () => {
    const { data, results } = await measureModel(
      model,
      photos,
      options({ metrics: ["kid", "memorisation"], samples: 12, heldOut: 0.25 }),
    );
    expect(data).toMatchObject({ pictures: 5, trainingPictures: 15, heldOut: 0.25 });
    expect(results.kernelDistance?.subsetSize).toBe(5);
  });

  it("says what is wrong before it works", async () => {
    const refusal = async (more: MeasureOptions, data = photos): Promise<string> => {
      const error: unknown = await measureModel(model, data, options(more)).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      return `${(error as { code?: string }).code} ${(error as Error).message}`;
    };
    const few = join(folder, "few");
    mkdirSync(few);
    await writePictures(few, 4);
    expect(await refusal({ metrics: ["dc"] }, few)).toContain(
      "E_DATASET dc: the data set has 4 pictures to compare with, expected at least 6",
    );
    expect(await refusal({}, join(folder, "none"))).toContain("E_DATASET");
    expect(await refusal({ samples: 0 })).toContain("E_CONFIG samples: got 0");
    expect(await refusal({ samples: 5, metrics: ["is"] })).toContain("E_CONFIG is: 5 pictures");
    expect(await refusal({ seed: 0.5 })).toContain("E_CONFIG seed: got 0.5");
    expect(await refusal({ metrics: ["fid"] })).toContain('did you mean "');
    expect(await refusal({ heldOut: 2 })).toContain("E_CONFIG held out: got 2");
    expect(await refusal({ featuresSha256: "ab" })).toContain("E_CHECKPOINT");
    expect(await refusal({ features: "mixed5", metrics: ["is"] })).toContain(
      "mixed5 is no classifier",
    );
    expect(await refusal({ samples: 50, signal: AbortSignal.abort() })).toContain("E_CANCELLED");
    writeFileSync(join(folder, "file"), "");
    expect(
      await refusal({ samples: 6, metrics: ["kid"], outputDir: join(folder, "file") }),
    ).toContain("E_MEDIA");
  });
});

describe("ganbox metrics", () => {
  it("prints a table or JSON", async () => {
    const env = { GANBOX_CACHE: join(folder, "cache") };
    const args = ["metrics", model, "--data", copies, "--features", features, "--samples", "12"];
    const table = await ganbox(args, { cwd: folder, env });
    expect(table).toMatchObject({ code: 0, stderr: "" });
    expect(table.stdout).toMatch(/^12 generated pictures against 12 real ones, in \d+s\n/);
    expect(table.stdout).toMatch(/^precision +1 +quality, 1 is best$/m);
    expect(table.stdout).toMatch(/^memorised +1 +100 % nearer to a training picture/m);
    expect(table.stdout).toMatch(/^note: fd: 12 pictures are few/m);
    const json = await ganbox([...args, "--json", "--metrics", "kid, pr"], { cwd: folder, env });
    expect(Object.keys(JSON.parse(json.stdout).results)).toEqual([
      "kernelDistance",
      "precision",
      "recall",
    ]);
  });
});
