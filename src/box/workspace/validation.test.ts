import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writePictures } from "../../../test/cli-pictures.ts";
import { tinyModel } from "../../../test/tiny-model.ts";
import { CheckpointError, DatasetError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import type { Architecture } from "../../models/family.ts";
import { decodeGenerator, encodeGenerator, generatorGraph } from "../../models/model-file.ts";
import { initialize } from "../../nn/parameters.ts";
import { type ModelValidation, validateModel } from "./validation.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ganbox-validation-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Validates the tiny model after a change of its weights. */
async function validated(
  name: string,
  change: (weights: Map<string, { data: Float32Array }>) => void = () => undefined,
): Promise<ModelValidation> {
  const { info, weights } = decodeGenerator(tinyModel(), "tiny");
  change(weights as Map<string, { data: Float32Array }>);
  const file = join(folder, `${name}.onnx`);
  writeFileSync(file, encodeGenerator(info, weights));
  return await validateModel(file, { outputDir: join(folder, "reports") });
}

/** Validates a model of another medium, which makes noise, or nothing at all. */
async function validatedNoise(
  architecture: Pick<Architecture, "family" | "channels" | "height" | "width" | "widths">,
  silent = false,
): Promise<ModelValidation & { readonly html: string }> {
  const whole = { ...architecture, latent: 8, classes: 0, blocks: 1, expansion: 1, groupSize: 0 };
  const parameters = generatorGraph(whole, 1).parameters.list();
  const weights = initialize(parameters, new Random(1));
  if (silent) for (const { data } of weights.values()) (data as Float32Array).fill(0);
  const info = { version: 1, architecture: whole, classes: [], kimg: 0, data: "x" } as const;
  const file = join(folder, `${architecture.family}-${silent}.onnx`);
  writeFileSync(file, encodeGenerator(info, weights));
  const result = await validateModel(file, { outputDir: join(folder, "reports") });
  return { ...result, html: readFileSync(result.report.page, "utf8") };
}

const MUSIC = { family: "music", channels: 5, height: 32, width: 72, widths: [16, 16] };
const SOUND = { family: "sound", channels: 1, height: 32, width: 16, widths: [8, 8, 8] };

const failedOf = ({ checks }: ModelValidation): string[] =>
  checks.filter(({ ok }) => !ok).map(({ name }) => name);

describe("validateModel", () => {
  it("passes a sound model and writes what it saw", async () => {
    const result = await validated("sound");
    expect(failedOf(result)).toEqual([]);
    expect(result).toMatchObject({ ok: true, info: { kimg: 0 } });
    expect(result.checks.map(({ name }) => name)).toEqual([
      "file",
      "weights",
      "not blank",
      "not all the same",
      "same seed, same picture",
      "graph",
    ]);
    expect(JSON.parse(readFileSync(result.report.json, "utf8"))).toEqual(result);
    const html = readFileSync(result.report.page, "utf8");
    expect(html).toContain("All 6 checks were passed");
    expect(html).toContain("data:image/webp");
  });

  it("takes a network pickle, and refuses one that wants to run code", async () => {
    const pickle = join(import.meta.dirname, "../../models/import/goldens/stylegan2.pkl");
    const result = await validateModel(pickle, { outputDir: join(folder, "reports") });
    expect(failedOf(result)).toEqual([]);
    expect(result.checks[0]?.seen).toMatch(
      /^stylegan2, 16x16 pixels, .*, converted from a StyleGAN2-ADA/,
    );
    expect(result.bytes).toBe(statSync(pickle).size);
    const evil = join(folder, "evil.pkl");
    writeFileSync(evil, Buffer.from("\x80\x02cos\nsystem\nX\x04\0\0\0true\x85R.", "latin1"));
    const refused = await validateModel(evil, { outputDir: join(folder, "reports") });
    expect(failedOf(refused)).toEqual(["file"]);
    expect(refused.checks[0]?.seen).toContain("Nothing of it was run");
  });

  it("finds weights that are not finite, and names the first", async () => {
    const result = await validated("nan", (weights) => {
      const [first] = weights.values();
      first?.data.fill(Number.NaN, 0, 2);
    });
    expect(failedOf(result)).toContain("weights");
    expect(result.checks[1]?.seen).toMatch(/^2 of [\d,]+ numbers are not finite, first in "G\//);
    expect(result.ok).toBe(false);
  });

  it("finds pictures that are blank and all the same", async () => {
    const result = await validated("blank", (weights) => {
      for (const { data } of weights.values()) data.fill(0);
    });
    expect(failedOf(result)).toEqual(["not blank", "not all the same"]);
    expect(readFileSync(result.report.page, "utf8")).toContain("not sound");
  });

  it("speaks of segments and sounds where a model makes these, and of silence", async () => {
    const music = await validatedNoise(MUSIC);
    expect(failedOf(music)).toEqual([]);
    expect(music.checks[0]?.seen).toMatch(/^music, 2 bars of 72 pitches, after 0 kimg/);
    expect(music.checks.map(({ name }) => name)).toContain("same seed, same segment");
    expect(music.html).toContain("The segments of seeds 0 to 7.");
    expect(music.html).not.toContain("picture");
    const silent = await validatedNoise(MUSIC, true);
    expect(failedOf(silent)).toEqual(["not blank", "not all the same"]);
    expect(silent.html).toContain("36 of 36 segments are silent");
    const sound = await validatedNoise(SOUND);
    expect(sound.checks[0]?.seen).toMatch(/^sound, 16 columns of 32 bands, /);
    expect(sound.html).toContain("The sounds of seeds 0 to 35.");
    expect(sound.html).not.toContain("picture");
  });

  it("reports a file that is no model, and throws for one that is not there", async () => {
    const file = join(folder, "cut.onnx");
    writeFileSync(file, tinyModel().subarray(0, 1000));
    const result = await validateModel(file, { outputDir: folder });
    expect(failedOf(result)).toEqual(["file"]);
    expect(readFileSync(result.report.page, "utf8")).toContain("cut.onnx");
    const absent = validateModel(join(folder, "absent.onnx"), { outputDir: folder });
    await expect(absent).rejects.toThrow(CheckpointError);
  });

  it("measures where pictures are given", async () => {
    const photos = join(folder, "photos");
    await writePictures(photos, 8);
    const file = join(folder, "sound.onnx");
    const measure = { metrics: ["kid"], samples: 8, cacheDir: join(folder, "cache") };
    const options = { outputDir: folder, data: photos, measure };
    const result = await validateModel(file, options);
    expect(result.metrics?.results.kernelDistance?.mean).toBeGreaterThan(0);
    expect(readFileSync(result.report.page, "utf8")).toContain("KID-mixed5");
    const absent = validateModel(file, { ...options, data: join(folder, "absent") });
    await expect(absent).rejects.toThrow(DatasetError);
  });
});
