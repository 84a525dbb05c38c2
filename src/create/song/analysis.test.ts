import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Random } from "../../base/random.ts";
import { audioInMemory } from "../../media/audio/audio.ts";
import { openAudio } from "../../media/audio/open.node.ts";
import { analyseSong } from "./analysis.ts";
import { drawAnalysis } from "./picture.ts";
import { ANALYSIS_RATE, Spectra } from "./spectra.ts";

const RATE = 22_050;

/** Adds `sound(t)` for `length` seconds from `start` on. */
function put(out: Float32Array, start: number, length: number, sound: (t: number) => number): void {
  const from = Math.round(start * RATE);
  for (let i = 0; i < length * RATE && from + i < out.length; i++) {
    out[from + i]! += sound(i / RATE);
  }
}

/** A click of 20 ms at each time. */
function clicks(times: readonly number[], seconds: number, level = 0.8): Float32Array {
  const out = new Float32Array(Math.round(seconds * RATE));
  const noise = new Random(3);
  for (const time of times) {
    put(out, time, 0.02, (t) => level * (2 * noise.uniform() - 1) * Math.exp(-t / 0.004));
  }
  return out;
}

const every = (gap: number, from: number, to: number): number[] =>
  Array.from({ length: Math.floor((to - from) / gap) + 1 }, (_, i) => from + i * gap);

const song = (samples: Float32Array, rate = RATE) => audioInMemory("test", [samples], rate);

/** Largest distance from a time to the nearest of others [s]. */
function farthest(times: readonly number[], others: readonly number[]): number {
  return Math.max(
    ...times.map((time) => Math.min(...others.map((other) => Math.abs(other - time)))),
  );
}

describe("Spectra", () => {
  it("gives powers whose sum is the mean square, at the right bins and times", () => {
    const frames: Float32Array[] = [];
    const spectra = new Spectra(1024, 256, (power) => frames.push(power.slice()));
    const f = (40 * ANALYSIS_RATE) / 1024;
    const sine = Float32Array.from({ length: 10_000 }, (_, i) =>
      Math.sin((2 * Math.PI * f * i) / ANALYSIS_RATE),
    );
    spectra.add(sine.subarray(0, 777));
    spectra.add(sine.subarray(777));
    spectra.finish();
    expect(frames.length).toBe(Math.floor(10_000 / 256) + 1);
    const middle = frames[20]!;
    expect(middle.reduce((a, b) => a + b)).toBeCloseTo(0.5, 3);
    expect(middle.indexOf(Math.max(...middle))).toBe(40);
  });
});

describe("analyseSong", () => {
  it.each([72, 100, 128, 174])("finds the beats of clicks at %d BPM within 20 ms", async (bpm) => {
    const times = every(60 / bpm, 0.4, 19);
    const { tempo, beats, onsets } = await analyseSong(song(clicks(times, 20)));
    expect(Math.abs(tempo! - bpm) / bpm).toBeLessThan(0.005);
    expect(farthest(beats, times)).toBeLessThan(0.02);
    expect(farthest(times.slice(1, -1), beats)).toBeLessThan(0.02);
    expect(
      farthest(
        times,
        onsets.map(({ time }) => time),
      ),
    ).toBeLessThan(0.01);
    expect(onsets.length).toBe(times.length);
  });

  it("keeps up with a tempo that drifts", async () => {
    const times = [0.5];
    while (times.at(-1)! < 28) times.push(times.at(-1)! + 0.5 - 0.05 * (times.at(-1)! / 28));
    const { beats } = await analyseSong(song(clicks(times, 30)));
    expect(farthest(beats, times)).toBeLessThan(0.02);
    expect(farthest(times.slice(1, -1), beats)).toBeLessThan(0.02);
  });

  it("finds where bars begin by the bass", async () => {
    const times = every(0.5, 0.5, 19);
    const out = clicks(times, 20, 0.4);
    for (const time of times.filter((_, i) => i % 4 === 2)) {
      put(out, time, 0.3, (t) => 0.6 * Math.sin(2 * Math.PI * 60 * t) * Math.exp(-t / 0.1));
    }
    const { bars } = await analyseSong(song(out));
    expect(
      farthest(
        bars,
        times.filter((_, i) => i % 4 === 2),
      ),
    ).toBeLessThan(0.03);
  });

  it("hears pitch classes, levels, and what lasts and what hits", async () => {
    const out = clicks(every(0.25, 10.1, 19.8), 20);
    // C, E and G, each with an overtone.
    for (const f of [261.6, 329.6, 392]) {
      put(out, 0, 10, (t) => 0.1 * Math.sin(2 * Math.PI * f * t));
    }
    const heard = await analyseSong(song(out));
    const chord = heard.chroma.subarray(12 * Math.round(5 * heard.chromaRate)).subarray(0, 12);
    expect([0, 4, 7].every((pitch) => chord[pitch]! > 0.8)).toBe(true);
    expect([...chord].filter((x) => x > 0.3).length).toBe(3);
    const mean = (curve: Float32Array, from: number, to: number) => {
      const part = curve.subarray(from * heard.curveRate, to * heard.curveRate);
      return Math.sqrt(part.reduce((sum, x) => sum + x * x, 0) / part.length);
    };
    expect(mean(heard.harmonic, 1, 9)).toBeGreaterThan(3 * mean(heard.percussive, 1, 9));
    expect(mean(heard.percussive, 11, 19)).toBeGreaterThan(3 * mean(heard.harmonic, 11, 19));
    // Three sines of amplitude 0.1: a mean square of 0.015.
    expect(mean(heard.mid, 1, 9) ** 2).toBeCloseTo(0.015, 3);
    expect(mean(heard.low, 1, 9)).toBeLessThan(0.01);
    expect(heard.loudness[Math.round(5 * heard.curveRate)]).toBeCloseTo(-18.9, 0);
  });

  it("measures -23 LUFS of a 1 kHz sine of -20 dBFS (EBU Tech 3341, one channel)", async () => {
    const out = new Float32Array(5 * RATE);
    put(out, 0, 5, (t) => 0.1 * Math.sin(2 * Math.PI * 1000 * t));
    const { loudness, curveRate } = await analyseSong(song(out));
    expect(loudness[Math.round(3 * curveRate)]).toBeCloseTo(-23, 0);
  });

  it("finds sections, and that the third is like the first", async () => {
    const out = new Float32Array(60 * RATE);
    const noise = new Random(1);
    const verse = (t: number) => 0.2 * Math.sin(2 * Math.PI * 220 * t);
    const chorus = () => 0.3 * (2 * noise.uniform() - 1);
    put(out, 0, 20, verse);
    put(out, 20, 20, chorus);
    put(out, 40, 20, verse);
    const { sections } = await analyseSong(song(out));
    expect(sections.map(({ kind }) => kind)).toEqual([0, 1, 0]);
    // Boundaries move to the nearest of what is taken for a bar.
    expect(Math.abs(sections[1]!.start - 20)).toBeLessThan(2.1);
    expect(Math.abs(sections[2]!.start - 40)).toBeLessThan(2.1);
  });

  it.each([
    ["silence", () => 0],
    ["a constant", () => 0.5],
  ])("finds nothing in %s, and does not fail", async (_, sound) => {
    const out = new Float32Array(5 * RATE);
    put(out, 0, 5, sound);
    const heard = await analyseSong(song(out));
    expect(heard).toMatchObject({ tempo: undefined, beats: [], bars: [], onsets: [] });
    expect(heard.sections).toEqual([{ start: 0, end: 5, kind: 0 }]);
    for (const curve of [heard.loudness, heard.low, heard.chroma, heard.percussive]) {
      expect(curve.every(Number.isFinite)).toBe(true);
    }
    expect(drawAnalysis(heard, "<nothing>")).toContain("&lt;nothing&gt;");
  });

  it("takes any sample rate, and a part", async () => {
    for (const rate of [8000, 192_000]) {
      const times = every(0.5, 0.25, 11);
      const out = new Float32Array(12 * rate);
      for (const time of times) {
        const at = Math.round(time * rate);
        for (let i = 0; i < rate / 100; i++) out[at + i] = Math.sin(i ** 2) * 0.7;
      }
      const { beats, seconds } = await analyseSong(song(out, rate), { start: 2, seconds: 8 });
      expect(seconds).toBe(8);
      const shifted = times.map((time) => time - 2);
      expect(farthest(beats, shifted)).toBeLessThan(0.02);
      expect(beats.length).toBeGreaterThan(13);
    }
  });

  it.each([
    [{ start: -1 }, /start: got -1, expected 0 or more/],
    [{ start: 9 }, /start: second 9 is after the end of test \(5\.0 seconds\)/],
    [{ seconds: 0 }, /seconds: got 0, expected more than 0/],
  ])("refuses %j", async (range, message) => {
    await expect(analyseSong(song(new Float32Array(5 * RATE)), range)).rejects.toThrow(message);
  });

  it("refuses nothing at all, and ten hours; a part of ten hours is fine", async () => {
    await expect(analyseSong(song(new Float32Array(0)))).rejects.toThrow(
      /0\.00 seconds of sound from second 0 on, expected at least 0\.1/,
    );
    const long = { ...song(new Float32Array(8 * 36_000), 8), seconds: 36_000 };
    await expect(analyseSong(long)).rejects.toThrow(
      /10\.0 hours are too long, expected at most 2.*--start/,
    );
    const part = await analyseSong(long, { start: 30_000, seconds: 2 });
    expect(part.seconds).toBe(2);
    // A file that does not say how long it is.
    async function* endless() {
      for (;;) yield [new Float32Array(8 * 3 * 3600)];
    }
    await expect(analyseSong({ ...long, seconds: undefined, read: endless })).rejects.toThrow(
      /3\.0 hours are too long/,
    );
  });
});

const SONGS = process.env.GANBOX_SONGS ?? "";

describe.skipIf(!existsSync(SONGS))("analyseSong on a song (GANBOX_SONGS names one)", () => {
  it("is 50 times faster than the song on one core", async () => {
    const before = process.cpuUsage();
    const { seconds } = await analyseSong(await openAudio(SONGS));
    const { user, system } = process.cpuUsage(before);
    expect(seconds / ((user + system) / 1e6)).toBeGreaterThan(50);
  });
});
