import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writePictures } from "../../test/cli-pictures.ts";
import { ganbox } from "../../test/cli-process.ts";
import { tinyModel } from "../../test/tiny-model.ts";
import { CheckpointError, ConfigError, DatasetError } from "../base/errors.ts";
import type { RefineMethod } from "../create/refine/methods.ts";
import { GAN } from "./gan.ts";
import { GANbox } from "./ganbox.ts";
import { GANGAN } from "./gangan.ts";
import { VAEGAN } from "./vaegan.ts";

let folder: string;
let cacheBefore: string | undefined;
let box: GANbox;
let gan: GAN;
let run: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ganbox-gangan-"));
  cacheBefore = process.env.GANBOX_CACHE;
  process.env.GANBOX_CACHE = join(folder, "cache");
  await writePictures(join(folder, "photos"), 24);
  box = await GANbox.open(join(folder, "photos"), { runs: join(folder, "runs") });
  gan = new GAN({
    resolution: 8,
    widths: [16, 16],
    batch: 8,
    threads: 1,
    iterations: 60,
    metricKimg: 0,
  });
  for await (const _ of gan.train(box));
  run = gan.run as string;
});
afterAll(() => {
  if (cacheBefore === undefined) delete process.env.GANBOX_CACHE;
  else process.env.GANBOX_CACHE = cacheBefore;
  rmSync(folder, { recursive: true, force: true });
});

const kept = (): string => join(run, "model", "generator.calibration.json");

describe("GANGAN", () => {
  it("makes pictures with the discriminator that the run kept, the same for the same seed", async () => {
    const gangan = await GANGAN.load(gan);
    expect(JSON.parse(readFileSync(kept(), "utf8"))).toMatchObject({
      version: 1,
      generated: [Array(24).fill(expect.any(Number))], // as many as there are real pictures
    });
    const paths = await gangan.generateImage({ seeds: [1, 2, 3], outputDir: join(folder, "a") });
    expect(paths.map((path) => basename(path))).toEqual([
      "seed0001.png",
      "seed0002.png",
      "seed0003.png",
    ]);
    await gangan.dispose();
    const again = await GANGAN.load(run, { method: "rank", rounds: 4 });
    const [alone] = await again.generateImage({ seeds: [3], outputDir: join(folder, "b") });
    expect(readFileSync(alone as string)).toEqual(readFileSync(paths[2] as string));
    await again.dispose();
  });

  it("needs the pictures of the run once: what it learned from them is kept", async () => {
    const away = join(folder, "away");
    renameSync(box.source, away);
    try {
      await (await GANGAN.load(run)).dispose();
      writeFileSync(kept(), "{");
      await expect(GANGAN.load(run)).rejects.toThrow(DatasetError);
    } finally {
      renameSync(away, box.source);
    }
    await (await GANGAN.load(run, { method: "reject" })).dispose();
    expect(JSON.parse(readFileSync(kept(), "utf8"))).toMatchObject({ version: 1 });
  });

  it("measures what the second pass is worth", async () => {
    const options = { metrics: ["kid"], samples: 12, cacheDir: folder };
    const gangan = await GANGAN.load(run, { method: "langevin", rounds: 2 });
    const report = await gangan.measure(box, options);
    const plain = await gan.measure(box, options);
    expect(report.refine).toEqual({ method: "langevin", rounds: 2 });
    expect(plain.refine).toBeUndefined();
    expect(report.results.kernelDistance?.mean).not.toBe(plain.results.kernelDistance?.mean);
    await expect(gangan.measure(box, { metrics: ["ppl"], samples: 8 })).rejects.toThrow(
      ConfigError,
    );
    await gangan.dispose();
  });

  it("takes the run of a VAEGAN, and models that were loaded from a run", async () => {
    const vaegan = new VAEGAN({
      ...{ resolution: 8, widths: [16, 16], batch: 8, threads: 1 },
      ...{ iterations: 30, metricKimg: 0 },
    });
    for await (const _ of vaegan.train(box));
    for (const source of [vaegan, await VAEGAN.load(vaegan.run as string), await GAN.load(run)]) {
      const gangan = await GANGAN.load(source);
      const [path] = await gangan.generateImage({ seeds: [1], outputDir: join(folder, "c") });
      expect(existsSync(path as string)).toBe(true);
      await gangan.dispose();
    }
    expect(readFileSync(join(vaegan.run as string, "model", "card.md"), "utf8")).toContain(
      "`encoder.onnx`",
    );
    expect(readFileSync(join(run, "model", "card.md"), "utf8")).not.toContain("encoder.onnx");
  });

  it("says what is missing", async () => {
    const alone = join(folder, "tiny.onnx");
    writeFileSync(alone, tinyModel());
    await expect(GANGAN.load(alone)).rejects.toThrow(CheckpointError);
    await expect(GANGAN.load(alone)).rejects.toThrow(/no discriminator.onnx beside it/);
    await expect(GANGAN.load(new GAN())).rejects.toThrow(/has no run/);
    await expect(GANGAN.load(run, { method: "best" as RefineMethod })).rejects.toThrow(ConfigError);
    const discriminator = join(run, "model", "discriminator.onnx");
    renameSync(discriminator, `${discriminator}.away`);
    try {
      await expect(GANGAN.load(run)).rejects.toThrow(/`ganbox resume .*` adds it/);
    } finally {
      renameSync(`${discriminator}.away`, discriminator);
    }
    await expect(GAN.load(discriminator)).rejects.toThrow(/no Ganbox generator/);
  });
});

describe("ganbox generate --refine", () => {
  it("writes refined pictures", async () => {
    const out = join(folder, "cli");
    const args = ["generate", run, "--seeds", "4,5", "--out", out, "--refine", "rank"];
    const { code, stderr } = await ganbox([...args, "--rounds", "3"], { cwd: folder });
    expect([code, stderr]).toEqual([0, ""]);
    expect(existsSync(join(out, "seed0005.png"))).toBe(true);
  });

  it.each([
    [["--rounds", "3"], /--rounds: got 3 without --refine/],
    [["--refine", "best"], /refine: "best" is unknown/],
  ])("refuses %j", async (flags, message) => {
    const args = ["generate", run, "--seeds", "1", "--out", folder, ...flags];
    const { code, stderr } = await ganbox(args, { cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});
