import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tune } from "../../test/support/tune.ts";
import { CheckpointError, ConfigError, DatasetError } from "../base/errors.ts";
import type { TrainEvent } from "../base/events.ts";
import { readMidi } from "../media/midi/read.ts";
import { writeMidi } from "../media/midi/write.ts";
import { MusicGAN, type MusicGANOptions } from "./music-gan.ts";

let folder: string;
let songs: string;
let cacheBefore: string | undefined;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ganbox-music-gan-"));
  songs = join(folder, "songs");
  cacheBefore = process.env.GANBOX_CACHE;
  process.env.GANBOX_CACHE = join(folder, "cache");
  mkdirSync(songs);
  for (let key = 0; key < 4; key++)
    writeFileSync(join(songs, `${key}.mid`), writeMidi(tune(6 + key, 3 * key)));
  writeFileSync(join(songs, "cut.mid"), writeMidi(tune(4)).slice(0, 99));
});
afterAll(() => {
  if (cacheBefore === undefined) delete process.env.GANBOX_CACHE;
  else process.env.GANBOX_CACHE = cacheBefore;
  rmSync(folder, { recursive: true, force: true });
});

const TINY: MusicGANOptions = { bars: 2, widths: [16, 16], latent: 8, batch: 4, threads: 1 };

describe("MusicGAN", () => {
  it("checks its options", () => {
    expect(new MusicGAN({ bars: 2, pitches: 48, kimg: 1 }).options).toEqual({
      family: "music",
      resolution: "48x32",
      kimg: 1,
    });
    for (const options of [{ bars: 0 }, { bars: 17 }, { pitches: 50 }, { kimg: 0 }])
      expect(() => new MusicGAN(options)).toThrow(ConfigError);
  });

  it("examines, trains, resumes, makes pieces and measures them", async () => {
    const { usable, broken } = await MusicGAN.examine(songs);
    expect([usable, broken.map(({ file }) => file)]).toEqual([4, ["cut.mid"]]);

    const gan = new MusicGAN({ ...TINY, iterations: 3, heldOut: 0.25 });
    const events: TrainEvent[] = [];
    for await (const event of gan.train(songs, { runs: join(folder, "runs") })) events.push(event);
    expect(events.find(({ type }) => type === "start")).toMatchObject({ width: 72, height: 32 });
    expect(events.find(({ type }) => type === "warning")).toMatchObject({
      message: expect.stringContaining("cut.mid"),
    });
    expect(events.at(-1)).toMatchObject({ type: "done", complete: true, run: gan.run });
    for await (const event of gan.resume()) expect(event.type).not.toBe("tick");

    const again = await MusicGAN.load(gan.run ?? "");
    const outputDir = join(folder, "pieces");
    const job = { seeds: [7], bars: 3, bpm: 90, outputDir, formats: ["mid"] };
    const [path = ""] = await again.generate({ ...job, transpose: 2 });
    expect(readMidi(readFileSync(path), path).tempos[0]?.bpm).toBeCloseTo(90, 2);
    const measured = await again.measure(songs, { samples: 8, heldOut: 0.25 });
    expect(measured.generated).toMatchObject({ segments: 8, bars: 2 });
    expect(measured.real.inScale).toBeGreaterThan(0.9);
    expect(measured.memorisation?.closest[0]?.file).toMatch(/^\d\.mid$/);
    expect(JSON.parse(JSON.stringify(measured))).toEqual(measured);
    await expect(again.measure(songs, { samples: 2 })).rejects.toThrow(
      /got 2, expected a whole number of segments from 4; 256 and more/,
    );
    await again.dispose();
    await gan.dispose();
  }, 120_000);

  it("says what is missing", async () => {
    const gan = new MusicGAN(TINY);
    await expect(gan.generate({ seeds: [1], outputDir: folder })).rejects.toThrow(
      /no generator yet/,
    );
    expect(() => gan.resume()).toThrow(/no run yet/);
    await expect(MusicGAN.load(join(folder, "absent.onnx"))).rejects.toThrow(CheckpointError);
    const bad = join(folder, "bad");
    mkdirSync(bad);
    writeFileSync(join(bad, "silent.mid"), writeMidi({ ...tune(4), notes: [] }));
    const training = gan.train(bad, { runs: join(folder, "runs") });
    const ended = (async () => {
      for await (const event of training) expect(event.type).toBe("prepare");
    })();
    await expect(ended).rejects.toThrow("none of 1 MIDI files can be used");
    await expect(ended).rejects.toBeInstanceOf(DatasetError);
  });
});
