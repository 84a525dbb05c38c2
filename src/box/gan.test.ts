import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writePictures } from "../../test/cli-pictures.ts";
import { tinyModel } from "../../test/tiny-model.ts";
import { CheckpointError, ConfigError, DatasetError } from "../base/errors.ts";
import type { TrainEvent } from "../base/events.ts";
import { GAN, type GANOptions } from "./gan.ts";
import { GANbox } from "./ganbox.ts";

let folder: string;
let cacheBefore: string | undefined;
let box: GANbox;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ganbox-gan-"));
  cacheBefore = process.env.GANBOX_CACHE;
  process.env.GANBOX_CACHE = join(folder, "cache");
  await writePictures(join(folder, "photos"), 6);
  box = await GANbox.open(join(folder, "photos"), { runs: join(folder, "runs") });
});
afterAll(() => {
  if (cacheBefore === undefined) delete process.env.GANBOX_CACHE;
  else process.env.GANBOX_CACHE = cacheBefore;
  rmSync(folder, { recursive: true, force: true });
});

const TINY: GANOptions = { resolution: 8, widths: [16, 16], batch: 8, threads: 1 };

describe("GANbox", () => {
  it("remembers absolute paths", async () => {
    expect(box.source).toBe(join(folder, "photos"));
    expect(box.runs).toBe(join(folder, "runs"));
    const here = await GANbox.open(box.source);
    expect(here.runs).toBe(join(process.cwd(), "runs"));
    expect(existsSync(box.runs)).toBe(false);
  });

  it("refuses what is absent or holds no picture", async () => {
    await expect(GANbox.open(join(folder, "absent"))).rejects.toThrow(DatasetError);
    mkdirSync(join(folder, "empty"));
    await expect(GANbox.open(join(folder, "empty"))).rejects.toThrow(DatasetError);
  });
});

describe("GAN options", () => {
  it("take the length in iterations or in kimg", () => {
    expect(new GAN({ iterations: 2000 }).options).toEqual({ iterations: 2000 });
    expect(new GAN({ kimg: 5 }).options).toEqual({ kimg: 5 });
    expect(() => new GAN({ kimg: 5, iterations: 2 })).toThrow(/expected one of them/);
  });

  it.each([
    [{ iterations: 0 }, /GAN: iterations: .*got 0/],
    [{ iterations: 1.5 }, /GAN: iterations: .*got 1.5/],
    [{ batch: 0 }, /GAN: batch/],
    [{ iteration: 5 }, /unknown option "iteration"/],
  ])("refuse %o", (options, message) => {
    expect(() => new GAN(options as GANOptions)).toThrow(message);
    expect(() => new GAN(options as GANOptions)).toThrow(ConfigError);
  });
});

describe("GAN", () => {
  it("trains the iterations it was given, and makes pictures and films", async () => {
    const gan = new GAN({ ...TINY, iterations: 5 });
    const events: TrainEvent[] = [];
    for await (const event of gan.train(box)) events.push(event);
    expect(events.find((event) => event.type === "start")).toMatchObject({ pictures: 6, kimg: 0 });
    expect(events.findLast((event) => event.type === "tick")).toMatchObject({ step: 5 });
    expect(events.at(-1)).toMatchObject({ type: "done", complete: true, run: gan.run });

    const outputDir = join(folder, "new");
    const images = await gan.generateImage({ seeds: [1, 2], outputDir, grid: true });
    expect(images.map((path) => basename(path))).toEqual([
      "seed0001.png",
      "seed0002.png",
      "grid.png",
    ]);
    const film = { seeds: [1, 2], seconds: 0.3, fps: 10, outputDir, format: "gif" } as const;
    expect(await gan.generateVideo(film)).toBe(join(outputDir, "walk.gif"));
    for (const path of [...images, join(outputDir, "walk.gif")])
      expect(existsSync(path)).toBe(true);
  });

  it("measures its pictures, a run that held some out against those", async () => {
    const gan = new GAN({ ...TINY, iterations: 2, heldOut: 0.34 });
    for await (const event of gan.train(box))
      if (event.type === "start") expect(event.pictures).toBe(4);
    const options = { metrics: ["kid", "memorisation"], samples: 8, cacheDir: folder };
    const report = await gan.measure(box, options);
    expect(report).toMatchObject({
      model: gan.run,
      samples: 8,
      data: { source: box.source, heldOut: 0.34, pictures: 2, trainingPictures: 4 },
    });
    expect(report.results.kernelDistance?.mean).toBeGreaterThan(0);
    await expect(new GAN().measure(box)).rejects.toThrow(/no generator yet/);
  });

  it("stops with a checkpoint when the loop is left, and resumes from there", async () => {
    const gan = new GAN({ ...TINY, iterations: 400, tickSeconds: 0.01 });
    for await (const event of gan.train(box)) if (event.type === "tick") break;
    await gan.generateImage({ seeds: [1], outputDir: join(folder, "early") });

    const again = new GAN();
    const stop = new AbortController();
    const events: TrainEvent[] = [];
    for await (const event of again.resume(gan.run, { signal: stop.signal })) {
      events.push(event);
      if (event.type === "tick") stop.abort();
    }
    const start = events.find((event) => event.type === "start");
    expect(start?.run).toBe(gan.run);
    expect(start?.kimg).toBeGreaterThan(0);
    expect(start?.kimg).toBeLessThan(3.2);
    expect(events.at(-1)).toMatchObject({ type: "done", complete: false });
  });

  it("throws what went wrong in the training process", async () => {
    const lost = await GANbox.open(box.source, { runs: join(folder, "photos", "picture-0.png") });
    const training = new GAN({ ...TINY, iterations: 1 }).train(lost);
    await expect(training.next().then(() => training.next())).rejects.toThrow(ConfigError);
  });

  it("loads models", async () => {
    const model = join(folder, "tiny.onnx");
    writeFileSync(model, tinyModel());
    const gan = await GAN.load(model);
    const [path] = await gan.generateImage({ seeds: [3], outputDir: folder });
    expect(path).toBe(join(folder, "seed0003.png"));
    await gan.dispose();
    await expect(GAN.load(join(folder, "absent.onnx"))).rejects.toThrow(CheckpointError);
  });

  it("says that it has nothing to draw with or to resume", async () => {
    const gan = new GAN(TINY);
    await expect(gan.generateImage({ seeds: [1], outputDir: folder })).rejects.toThrow(
      /no generator yet/,
    );
    expect(() => gan.resume()).toThrow(/no run yet/);
  });
});
