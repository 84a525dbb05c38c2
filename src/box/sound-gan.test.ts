import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CheckpointError, ConfigError, DatasetError } from "../base/errors.ts";
import type { TrainEvent } from "../base/events.ts";
import { Random } from "../base/random.ts";
import { encodeWav } from "../media/audio/wav.ts";
import { SoundGAN, type SoundGANOptions } from "./sound-gan.ts";

let folder: string;
let sounds: string;
let cacheBefore: string | undefined;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ganbox-sound-gan-"));
  sounds = join(folder, "sounds");
  cacheBefore = process.env.GANBOX_CACHE;
  process.env.GANBOX_CACHE = join(folder, "cache");
  for (let i = 0; i < 16; i++) {
    const kind = i % 2 === 0 ? "tone" : "noise";
    mkdirSync(join(sounds, kind), { recursive: true });
    const random = new Random(i);
    const samples = new Float32Array(8000).map((_, n) => {
      const t = n / 22_050;
      const wave =
        kind === "tone" ? Math.sin(2 * Math.PI * (200 + 50 * i) * t) : random.normal() / 3;
      return 0.5 * wave * Math.exp(-6 * t);
    });
    writeFileSync(join(sounds, kind, `${i}.wav`), encodeWav([samples], 22_050));
  }
  writeFileSync(join(sounds, "tone", "silent.wav"), encodeWav([new Float32Array(9000)], 22_050));
});
afterAll(() => {
  if (cacheBefore === undefined) delete process.env.GANBOX_CACHE;
  else process.env.GANBOX_CACHE = cacheBefore;
  rmSync(folder, { recursive: true, force: true });
});

const TINY: SoundGANOptions = {
  ...{ columns: 16, bands: 16, widths: [8, 8, 8], latent: 8 },
  ...{ batch: 4, threads: 1, conditional: true },
};

describe("SoundGAN", () => {
  it("checks its options", () => {
    expect(new SoundGAN({ bands: 64, pieces: 4, kimg: 1 }).options).toEqual({
      family: "sound",
      resolution: "64x64",
      crops: 4,
      kimg: 1,
    });
    for (const options of [{ bands: 0 }, { columns: 2000 }, { bands: 64.5 }, { kimg: 0 }])
      expect(() => new SoundGAN(options)).toThrow(ConfigError);
  });

  it("examines, trains, resumes, makes sounds and measures them", async () => {
    const examined = await SoundGAN.examine(sounds);
    expect([examined.files, examined.usable]).toEqual([17, 16]);
    expect(examined.classes).toEqual([
      { name: "noise", count: 8 },
      { name: "tone", count: 8 },
    ]);

    const gan = new SoundGAN({ ...TINY, iterations: 2 });
    const events: TrainEvent[] = [];
    for await (const event of gan.train(sounds, { runs: join(folder, "runs") })) events.push(event);
    expect(events.find(({ type }) => type === "start")).toMatchObject({ width: 16, height: 16 });
    expect(events.find(({ type }) => type === "warning")).toMatchObject({
      message: expect.stringContaining("tone/silent.wav"),
    });
    expect(events.at(-1)).toMatchObject({ type: "done", complete: true, run: gan.run });
    for await (const event of gan.resume()) expect(event.type).not.toBe("tick");

    const again = await SoundGAN.load(gan.run ?? "");
    const job = { seeds: [3, 17], outputDir: join(folder, "made"), formats: ["wav", "png"] };
    const paths = await again.generate({ ...job, class: "tone", grid: true });
    expect(paths.map((path) => path.slice(job.outputDir.length + 1))).toEqual([
      ...["seed0003.wav", "seed0003.png", "seed0017.wav", "seed0017.png", "grid.png"],
    ]);
    const [first = ""] = paths;
    const bytes = readFileSync(first);
    expect(bytes.length).toBe(44 + 2 * 16 * 320);
    expect(bytes.readUInt32LE(24)).toBe(22_050);
    await again.generate({ ...job, class: "tone" });
    expect(readFileSync(first)).toEqual(bytes);
    for (const wrong of [{ formats: ["mid"] }, { class: "bell" }, { seeds: [] }])
      await expect(again.generate({ ...job, ...wrong })).rejects.toThrow(ConfigError);

    const measured = await again.measure(sounds, { samples: 16 });
    expect(measured.data).toMatchObject({ sounds: 16, files: 16 });
    const { real, recovered, noise } = measured;
    expect(recovered.frechetDistance).toBeLessThan(noise.frechetDistance);
    expect(real.kernelDistance.mean).toBeLessThan(noise.kernelDistance.mean);
    await expect(again.measure(sounds, { samples: 5 })).rejects.toThrow(ConfigError);
    const few = join(folder, "few");
    mkdirSync(few);
    for (const i of [0, 2, 4])
      copyFileSync(join(sounds, "tone", `${i}.wav`), join(few, `${i}.wav`));
    await expect(again.measure(few)).rejects.toThrow(
      /few: there are 3 sounds in 3 files, expected at least 12 to measure with; 256 and more/,
    );
    await again.dispose();
  }, 180_000);

  it("refuses what is no model of sounds, and folders without sounds", async () => {
    await expect(SoundGAN.load(join(folder, "none.onnx"))).rejects.toThrow(CheckpointError);
    const landscapes = fileURLToPath(new URL("../../models/landscapes-64.onnx", import.meta.url));
    await expect(SoundGAN.load(landscapes)).rejects.toThrow(
      /makes pictures, expected one that makes sounds/,
    );
    mkdirSync(join(folder, "nothing"));
    await expect(SoundGAN.examine(join(folder, "nothing"))).rejects.toThrow(DatasetError);
    expect(() => new SoundGAN().resume()).toThrow(CheckpointError);
    await expect(new SoundGAN().generate({ seeds: [0], outputDir: folder })).rejects.toThrow(
      /there is no generator yet/,
    );
  });
});
