import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DatasetError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import type { Dataset } from "../dataset.ts";
import { clipReportLines, examineClips } from "./doctor.node.ts";
import { openClips } from "./open-clips.node.ts";
import { SceneCutter } from "./scenes.ts";

const hasFfmpeg = spawnSync("ffmpeg", ["-version"]).status === 0;
const root = mkdtempSync(join(tmpdir(), "ganbox-clips-"));
const cacheDir = join(root, "cache");
afterAll(() => rmSync(root, { recursive: true, force: true }));

const SIZE = { width: 16, height: 12, cacheDir } as const;

function folder(name: string): string {
  const path = join(root, name);
  mkdirSync(path, { recursive: true });
  return path;
}

function ffmpeg(...args: string[]): void {
  execFileSync("ffmpeg", ["-v", "error", "-y", ...args]);
}

/** An animated WebP whose frames are grey, one lighter than the other. */
async function animation(path: string, frames: number, delay: number): Promise<void> {
  const strip = Buffer.alloc(3 * 20 * 15 * frames, 0).map((_, i) => 4 * Math.floor(i / 900));
  const raw = { width: 20, height: 15 * frames, channels: 3, pageHeight: 15 } as const;
  const delays = Array<number>(frames).fill(delay);
  await sharp(strip, { raw }).webp({ lossless: true, delay: delays }).toFile(path);
}

function read(dataset: Dataset, index: number, seed = 0): { planes: Uint8Array; facts: number[] } {
  const planes = new Uint8Array(dataset.channels * dataset.height * dataset.width);
  const facts = new Float32Array(dataset.facts);
  dataset.read(index, planes, 0, { flip: false, random: new Random(seed), facts });
  return { planes, facts: [...facts] };
}

describe("a scene cutter", () => {
  it("cuts where a frame is quite another one, not where things move or flicker", () => {
    const frame = (value: number): Uint8Array => new Uint8Array(300).fill(value);
    const cutter = new SceneCutter();
    const cuts = [10, 14, 18, 200, 204, 208, 150].map((value) => cutter.cuts(frame(value)));
    expect(cuts).toEqual([true, false, false, true, false, false, true]);
    const flicker = new SceneCutter();
    const values = Array.from({ length: 12 }, (_, i) => (i % 2) * 40);
    expect(values.map((value) => flicker.cuts(frame(value))).filter(Boolean)).toHaveLength(1);
  });
});

describe("a folder of animations, numbered frames and pictures", () => {
  let mixed: Dataset;
  beforeAll(async () => {
    const source = folder("mixed");
    await animation(join(source, "grey.webp"), 10, 125);
    mkdirSync(join(source, "shots"));
    for (let i = 0; i < 9; i++)
      await sharp({
        create: { width: 16, height: 12, channels: 3, background: { r: i, g: 0, b: 0 } },
      })
        .png()
        .toFile(join(source, "shots", `f${i + 5}.png`));
    await sharp({ create: { width: 30, height: 30, channels: 3, background: "#00ff00" } })
      .png()
      .toFile(join(source, "still.png"));
    copyFileSync(join(source, "grey.webp"), join(source, "same.webp"));
    writeFileSync(join(source, "empty.gif"), "");
    writeFileSync(join(source, "notes.txt"), "x");
    mixed = await openClips(source, { ...SIZE, fps: 8, seconds: 0.5, stride: 0.5 });
  });

  it("gives clips of both, and pictures without motion", () => {
    expect([...new Set(mixed.files)]).toEqual(["grey.webp", "shots", "still.png"]);
    expect(mixed.files.filter((file) => file === "grey.webp")).toHaveLength(2);
    expect([mixed.channels, mixed.facts]).toEqual([9, 4]);
  });

  it("shows frames in their order with their times", () => {
    for (let seed = 0; seed < 20; seed++) {
      const { planes, facts } = read(mixed, 0, seed);
      const shown = [0, 1, 2].map((f) => (planes[f * 3 * 192] as number) / 4);
      const [first = 0] = shown;
      expect(facts).toEqual([...shown.map((frame) => (frame - first) / 8), 1]);
      expect(facts[2]).toBeLessThan(0.5);
    }
  });

  it("puts numbered frames in the order of their numbers, not of their names", () => {
    const at = mixed.files.indexOf("shots");
    const { planes, facts } = read(mixed, at, 3);
    const shown = [0, 1, 2].map((f) => planes[f * 3 * 192] as number);
    expect(shown.map((red) => (red - (shown[0] as number)) / 8)).toEqual(facts.slice(0, 3));
  });

  it("says of a picture that nothing moves", () => {
    expect(read(mixed, mixed.files.indexOf("still.png")).facts).toEqual([0, 0, 0, 0]);
  });

  it("names what it left out", () => {
    expect(mixed.skipped.map(({ file }) => file)).toEqual(["same.webp", "empty.gif"]);
    expect(mixed.warnings.join()).toContain("empty.gif");
  });

  it("takes the same pixels from the cache", async () => {
    let packed = 0;
    const again = await openClips(join(root, "mixed"), {
      ...SIZE,
      fps: 8,
      seconds: 0.5,
      stride: 0.5,
      onProgress: () => packed++,
    });
    expect(packed).toBe(0);
    expect(again.contentHash).toBe(mixed.contentHash);
    expect(read(again, 1, 5)).toEqual(read(mixed, 1, 5));
  });

  it("is examined: what can be used, what moves, and what is wrong with the rest", async () => {
    const report = await examineClips(join(root, "mixed"), { fps: 8 });
    expect(report.films.map(({ file }) => file)).toEqual(["grey.webp", "shots"]);
    expect(report.films[0]?.seconds).toBeCloseTo(1.25);
    expect(report.films[0]?.change).toBeCloseTo(4 / 255, 3);
    expect(report.duplicates).toEqual([{ file: "same.webp", same: "grey.webp" }]);
    const lines = clipReportLines(report).join("\n");
    expect(lines).toContain("2 films and 1 pictures");
    expect(lines).toContain("empty.gif");
  });

  it("refuses a folder without films, and films that are too short", async () => {
    const source = folder("stills");
    await sharp({ create: { width: 8, height: 8, channels: 3, background: "#123456" } })
      .png()
      .toFile(join(source, "a.png"));
    await expect(openClips(source, SIZE)).rejects.toThrow(/there are no films .*a\.png/);
    await animation(join(source, "short.webp"), 2, 100);
    await expect(openClips(source, SIZE)).rejects.toThrow(DatasetError);
  });
});

describe.skipIf(!hasFfmpeg)("films", () => {
  it("are read at one rate, whatever their own, their size and their codec", async () => {
    const source = folder("films");
    const test = ["-f", "lavfi", "-i", "testsrc=duration=1:size=51x37:rate=25", "-threads", "1"];
    ffmpeg(...test, "-vf", "pad=52:38", "-pix_fmt", "yuv420p", join(source, "a.mp4"));
    ffmpeg(...test, "-c:v", "libvpx", "-deadline", "realtime", join(source, "odd.webm"));
    // Frames of different lengths: every third one is missing.
    ffmpeg(...test, "-vf", "select='mod(n,3)',pad=52:38", "-vsync", "vfr", join(source, "vfr.mov"));
    const clips = await openClips(source, { ...SIZE, seconds: 0.4, stride: 0.5 });
    expect([...new Set(clips.files)]).toEqual(["a.mp4", "odd.webm", "vfr.mov"]);
    expect(clips.count).toBe(6);
    clips.close();
  });

  it("are cut into scenes", async () => {
    const source = folder("cuts");
    const parts = ["red", "blue"].map((colour) => `color=${colour}:duration=1:size=32x24:rate=12`);
    ffmpeg(
      ...parts.flatMap((part) => ["-f", "lavfi", "-i", part]),
      ...["-filter_complex", "concat=n=2", "-pix_fmt", "yuv420p", join(source, "two.mp4")],
    );
    const clips = await openClips(source, { ...SIZE, seconds: 2, stride: 0.1 });
    for (let i = 0; i < clips.count; i++) {
      const { planes } = read(clips, i, i);
      const reds = [0, 1, 2].map((f) => (planes[f * 3 * 192] as number) > 128);
      expect(new Set(reds).size).toBe(1);
    }
    clips.close();
  });

  it("without pictures, without content and without end marker are named, and the rest is used", async () => {
    const source = folder("bad");
    const test = ["-f", "lavfi", "-i", "testsrc=duration=1:size=32x24:rate=12"];
    ffmpeg(...test, join(source, "good.mp4"));
    ffmpeg("-f", "lavfi", "-i", "sine=duration=1", "-c:a", "aac", join(source, "sound.mp4"));
    writeFileSync(join(source, "empty.mp4"), "");
    writeFileSync(join(source, "noise.webm"), "this is no film at all");
    const clips = await openClips(source, { ...SIZE, seconds: 0.5 });
    expect(new Set(clips.files)).toEqual(new Set(["good.mp4"]));
    const reasons = Object.fromEntries(clips.skipped.map(({ file, reason }) => [file, reason]));
    expect(reasons["sound.mp4"]).toContain("no video track");
    expect(Object.keys(reasons).sort()).toEqual(["empty.mp4", "noise.webm", "sound.mp4"]);
    clips.close();
  });
});
