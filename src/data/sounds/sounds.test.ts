import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigError, DatasetError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import type { AudioChunk } from "../../media/audio/audio.ts";
import { encodeWav } from "../../media/audio/wav.ts";
import { exampleOf } from "../dataset.ts";
import { cutRecording } from "./cut.ts";
import { examineSounds } from "./doctor.node.ts";
import { soundReportLines } from "./doctor-text.ts";
import { openSounds } from "./open-sounds.node.ts";
import { vary } from "./vary.ts";

const format = { sampleRate: 22_050, window: 1024, hop: 320, bands: 48, frames: 32 } as const;
const LENGTH = format.hop * format.frames;

let folder: string;
let cacheDir: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ganbox-sounds-"));
  cacheDir = join(folder, "cache");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A tone that dies away, after a silence. */
function tone(hertz: number, rate = 22_050, seconds = 0.4, silence = 0): Float32Array {
  return new Float32Array(Math.round((seconds + silence) * rate)).map((_, i) => {
    const t = i / rate - silence;
    return t < 0 ? 0 : 0.5 * Math.exp(-8 * t) * Math.sin(2 * Math.PI * hertz * t);
  });
}

function write(path: string, channels: AudioChunk, rate = 22_050): void {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), encodeWav(channels, rate));
}

describe("openSounds", () => {
  it("takes one to eight channels and any sample rate, and lists what it leaves out", async () => {
    write("odd/mono-8k.wav", [tone(440, 8000)], 8000);
    write("odd/mono-192k.wav", [tone(440, 192_000)], 192_000);
    write(
      "odd/eight.wav",
      Array.from({ length: 8 }, () => tone(440)),
    );
    write(
      "odd/nine.wav",
      Array.from({ length: 9 }, () => tone(440)),
    );
    write("odd/silence.wav", [new Float32Array(9000)]);
    write("odd/click.wav", [tone(440, 22_050, 0.003)]);
    write("odd/cancelled.wav", [tone(440), tone(440).map((x) => -x)]);
    writeFileSync(join(folder, "odd", "broken.wav"), encodeWav([tone(440)], 22_050).slice(0, 30));
    writeFileSync(join(folder, "odd", "empty.wav"), "");
    writeFileSync(join(folder, "odd", "text.wav"), "RIFF    WAVE");
    const dataset = await openSounds(join(folder, "odd"), { format, cacheDir });
    expect(dataset.files).toEqual(["cancelled.wav", "eight.wav", "mono-192k.wav", "mono-8k.wav"]);
    const reasons = Object.fromEntries(dataset.skipped.map(({ file, reason }) => [file, reason]));
    expect(reasons["silence.wav"]).toContain("silent");
    expect(reasons["click.wav"]).toContain("shorter than 10 ms");
    expect(reasons["nine.wav"]).toMatch(/^the sound has 9 channels, expected 1 to 8/);
    expect(reasons["empty.wav"]).toContain("empty");
    expect(reasons["broken.wav"]).toContain("the WAV file cannot be used");
    expect(reasons["text.wav"]).toContain("no format chunk");
    const said = dataset.warnings.join("\n");
    expect(said).toContain("cancelled.wav: its channels cancel each other out");
    expect(said).toContain("mono-8k.wav: 8000 Hz");

    // All are the same tone: their pictures are nearly the same, whatever the file was.
    const [first, ...others] = Array.from({ length: 4 }, (_, i) => dataset.sound(i));
    for (const other of others) {
      const difference = other.reduce((sum, x, i) => sum + (x - (first?.[i] ?? 0)) ** 2, 0);
      const power = other.reduce((sum, x) => sum + x * x, 0);
      expect(difference / power).toBeLessThan(0.05);
    }
    dataset.close();
  });

  it("makes classes of sub-folders, trims silence, and opens the packed sounds again", async () => {
    for (const [i, kind] of ["kick", "kick", "bell"].entries())
      write(`kinds/${kind}/${i}.wav`, [tone(kind === "kick" ? 80 : 2000, 22_050, 0.3, 0.2 * i)]);
    let read = 0;
    const options = { format, cacheDir, onProgress: () => void read++ };
    const dataset = await openSounds(join(folder, "kinds"), options);
    expect(dataset.classes).toEqual(["bell", "kick"]);
    expect([...(dataset.labels ?? [])]).toEqual([0, 1, 1]);
    expect([dataset.channels, dataset.height, dataset.width, dataset.facts]).toEqual([
      1, 48, 32, 0,
    ]);
    const loudAt = (sound: Float32Array): number => sound.findIndex((x) => Math.abs(x) > 0.1);
    for (let i = 0; i < 3; i++) expect(loudAt(dataset.sound(i))).toBeLessThan(300);
    const again = await openSounds(join(folder, "kinds"), options);
    expect(read).toBe(3);
    expect(again.contentHash).toBe(dataset.contentHash);
    expect(exampleOf(again, 1)).toEqual(exampleOf(dataset, 1));
    const read2 = (seed: number, flip = false): Uint8Array => {
      const out = new Uint8Array(48 * 32);
      const random = new Random(seed);
      dataset.read(1, out, 0, { flip, random, facts: new Float32Array(0) });
      return out;
    };
    expect(read2(1)).toEqual(read2(1, true)); // time has a direction
    expect(read2(1)).not.toEqual(read2(2));
    dataset.close();
    again.close();
  });

  it("says what is wrong with a folder", async () => {
    write("few/one.wav", [tone(440)]);
    write("few/two.wav", [new Float32Array(5000)]);
    await expect(openSounds(join(folder, "few"), { format, cacheDir })).rejects.toThrow(
      /only 1 sound can be used, expected at least 2. For example two.wav: it is silent/,
    );
    const options = { format, cacheDir, pieces: 65 };
    await expect(openSounds(join(folder, "few"), options)).rejects.toThrow(ConfigError);
    mkdirSync(join(folder, "none"), { recursive: true });
    writeFileSync(join(folder, "none", "notes.txt"), "");
    await expect(openSounds(join(folder, "none"), { format, cacheDir })).rejects.toThrow(
      /holds no sounds \(1 other files\), expected files ending in .wav/,
    );
    await expect(openSounds(join(folder, "gone"), { format, cacheDir })).rejects.toThrow(
      DatasetError,
    );
  });
});

describe("cutRecording", () => {
  const hits = new Float32Array(3 * 22_050);
  for (const [i, at] of [0.1, 0.6, 1.4, 2.2].entries())
    hits.set(tone(200 + 300 * i), Math.round(at * 22_050));
  const options = { sampleRate: 22_050, length: LENGTH, pieces: "auto" } as const;

  it("cuts a long recording where something begins", () => {
    const pieces = cutRecording(hits, options);
    if (typeof pieces === "string") throw new Error(pieces);
    const starts = pieces.map(({ start }) => start / 22_050);
    expect(starts).toHaveLength(4);
    for (const [i, at] of [0.1, 0.6, 1.4, 2.2].entries())
      expect(Math.abs((starts[i] ?? 0) - at)).toBeLessThan(0.02);
    for (const [i, { end }] of pieces.slice(0, -1).entries())
      expect(end).toBeLessThanOrEqual(pieces[i + 1]?.start ?? 0);
    expect(pieces.every(({ peak }) => peak > 0.4 && peak <= 0.5)).toBe(true);
  });

  it("takes no more than asked for, and leaves short recordings whole", () => {
    expect(cutRecording(hits, { ...options, pieces: 2 })).toHaveLength(2);
    expect(cutRecording(hits, { ...options, pieces: 1 })).toHaveLength(1);
    expect(cutRecording(hits, { ...options, length: hits.length })).toHaveLength(1);
  });
});

describe("vary", () => {
  it("moves pitch by at most a semitone and a half, and ends in silence", () => {
    const sound = tone(1000, 22_050, 1);
    const crossings = (samples: Float32Array): number => {
      let count = 0;
      for (let i = 1000; i < 6000; i++)
        count += Number((samples[i] ?? 0) < 0 !== (samples[i + 1] ?? 0) < 0);
      return count;
    };
    const plain = crossings(sound);
    const ratios = Array.from({ length: 20 }, (_, seed) => {
      const out = new Float32Array(LENGTH);
      vary(sound, format.hop, new Random(seed), out);
      expect(Math.abs(out.at(-1) ?? 1)).toBeLessThan(1e-3);
      return crossings(out) / plain;
    });
    expect(Math.min(...ratios)).toBeGreaterThan(2 ** (-1.6 / 12));
    expect(Math.max(...ratios)).toBeLessThan(2 ** (1.6 / 12));
    expect(Math.max(...ratios) - Math.min(...ratios)).toBeGreaterThan(0.05);
  });
});

describe("examineSounds", () => {
  it("says what each file holds and what training makes of it", async () => {
    const report = await examineSounds(join(folder, "odd"), { format });
    expect([report.files, report.usable, report.pieces]).toEqual([10, 4, 4]);
    expect(report.broken.map(({ file }) => file)).toEqual([
      "broken.wav",
      "empty.wav",
      "nine.wav",
      "text.wav",
    ]);
    const lines = soundReportLines(report, true).join("\n");
    expect(lines).toContain("10 sound files in");
    expect(lines).toContain("few, 300 and more are usual");
    expect(lines).toMatch(/cannot be used: 2\n {2}click.wav: .*\n {2}silence.wav: it is silent/);
    expect(lines).toContain("mono-192k.wav: 1 sound; 0.40 s, 192000 Hz, 1 channel");
    expect(lines).toContain("eight.wav: 1 sound; 0.40 s, 22050 Hz, 8 channels");
  });
});
