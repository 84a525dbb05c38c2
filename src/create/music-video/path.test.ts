import { describe, expect, it } from "vitest";
import type { Image } from "../../media/image.ts";
import { toI420 } from "../../media/video-yuv.ts";
import type { SongAnalysis } from "../song/analysis.ts";
import { colourEffect, flashEffect, zoomOf } from "./effects.ts";
import { describeSettings, type MusicVideoSettings, resolveSettings } from "./options.ts";
import { cutsOf, musicPath } from "./path.ts";
import { scoreOf } from "./score.ts";
import { Upscaler } from "./upscale.ts";

const RATE = 10;

/** A song of 20 seconds in A minor and two sections, with beats at 120 BPM, of one loudness. */
function song(changed: Partial<SongAnalysis> = {}): SongAnalysis {
  const curve = new Float32Array(20 * RATE).fill(0.5);
  const beats = Array.from({ length: 40 }, (_, i) => i / 2);
  return {
    ...{ seconds: 20, curveRate: RATE, chromaRate: RATE, tempo: 120, beats },
    ...{ low: curve, mid: curve, high: curve, harmonic: curve, percussive: curve },
    ...{ onsetStrength: curve, peaks: curve, loudness: curve.map(() => -14) },
    chroma: new Float32Array(240 * RATE).map((_, i) => (i % 12 === 9 ? 1 : 0.1)),
    onsets: beats.map((time) => ({ time, strength: 0.9 })),
    bars: beats.filter((_, i) => i % 4 === 0),
    sections: [
      { start: 0, end: 8, kind: 0 },
      { start: 8, end: 20, kind: 1 },
    ],
    ...changed,
  };
}

const MODEL = { latent: 64, classes: 0 };

const pathOf = (settings: MusicVideoSettings, heard = song(), model = MODEL) =>
  musicPath(scoreOf(heard), model, resolveSettings(settings, "test"));

const distance = (a: Float32Array, b: Float32Array) =>
  Math.hypot(...a.map((x, i) => x - b[i]!)) / Math.hypot(...a);

describe("musicPath", () => {
  it("is decided by the seed", () => {
    const [one, again, other] = [pathOf({}), pathOf({}), pathOf({ seed: 1 })];
    expect(again(7.3)).toEqual(one(7.3));
    expect(distance(one(7.3).z, other(7.3).z)).toBeGreaterThan(0.5);
  });

  it("ends where it began, without a jump, at lengths of z that a generator knows", () => {
    const path = pathOf({ motion: 1, pulse: 0, style: 0 });
    expect(distance(path(0).z, path(20).z)).toBeLessThan(1e-3);
    for (let i = 0; i < 600; i++) {
      const [here, next] = [path(i / 30).z, path((i + 1) / 30).z];
      expect(distance(here, next)).toBeLessThan(0.1);
      expect(Math.hypot(...here) / 8).toBeGreaterThan(0.6);
      expect(Math.hypot(...here) / 8).toBeLessThan(1.5);
    }
    expect(distance(path(0).z, path(2).z)).toBeGreaterThan(0.3);
  });

  it("stands still where all strengths are 0", () => {
    const path = pathOf({ motion: 0, pulse: 0, style: 0 });
    expect(path(13).z).toEqual(path(0).z);
  });

  it("is pushed at beats by the pulse, in proportion, and falls back", () => {
    const push = (pulse: number, time: number) =>
      distance(
        pathOf({ motion: 0, style: 0, pulse: 0 })(time).z,
        pathOf({ motion: 0, style: 0, pulse })(time).z,
      );
    const heard = [0.2, 0.6, 1].map((pulse) => push(pulse, 5));
    expect(heard[0]).toBeGreaterThan(0.05);
    expect(heard[1]).toBeGreaterThan(1.5 * heard[0]!);
    expect(heard[2]).toBeGreaterThan(1.2 * heard[1]!);
    expect(push(1, 5.45)).toBeLessThan(0.25 * push(1, 5));
    expect(push(1, 4.97)).toBeLessThan(0.25 * push(1, 5));
  });

  it("goes faster where it is loud", () => {
    const loudness = new Float32Array(20 * RATE).map((_, i) => (i < 10 * RATE ? -60 : -14));
    const path = pathOf({ motion: 1, speed: 1, pulse: 0, style: 0 }, song({ loudness }));
    expect(distance(path(2).z, path(4).z)).toBeLessThan(0.01);
    expect(distance(path(14).z, path(16).z)).toBeGreaterThan(0.3);
  });

  it("goes to the place of a section, smoothly, or of the notes", () => {
    const path = pathOf({ motion: 0, pulse: 0, style: 1 });
    expect(distance(path(1).z, path(7).z)).toBe(0);
    expect(distance(path(7.99).z, path(15).z)).toBeGreaterThan(0.5);
    expect(distance(path(7.99).z, path(8.01).z)).toBeLessThan(0.05);
    const by = (pitch: number) => {
      const chroma = new Float32Array(240 * RATE).map((_, i) => (i % 12 === pitch ? 1 : 0));
      const settings = { motion: 0, pulse: 0, style: 1, follow: "pitch" } as const;
      return pathOf(settings, song({ chroma }))(5).z;
    };
    expect(distance(by(0), by(7))).toBeGreaterThan(0.5);
  });

  it("chooses classes by section or by note", () => {
    const model = { latent: 8, classes: 5 };
    const sections = pathOf({ follow: "section" }, song(), model);
    expect(sections(1).class).toBe(sections(7).class);
    expect(sections(1).class).not.toBe(sections(9).class);
    const chroma = new Float32Array(240 * RATE).map((_, i) =>
      i % 12 === (i < 1200 ? 0 : 7) ? 1 : 0,
    );
    const notes = pathOf({ follow: "pitch" }, song({ chroma }), model);
    expect(notes(2).class).not.toBe(notes(15).class);
  });

  it("cuts at bars and sections, and jumps there", () => {
    const score = scoreOf(song());
    expect(cutsOf(score, 0)).toEqual([]);
    expect(cutsOf(score, 1)).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 18]);
    expect(cutsOf(score, 0.25)).toEqual([8, 16]);
    const path = pathOf({ cuts: 1, pulse: 0, style: 0 });
    expect(distance(path(3.99).z, path(4.01).z)).toBeGreaterThan(0.5);
  });
});

describe("clips of video models", () => {
  const model = { latent: 64, classes: 0, clips: { frames: 3, seconds: 1, stride: 0.5, fps: 10 } };
  const clip = (settings: MusicVideoSettings) => {
    const path = pathOf({ style: 0, ...settings }, song(), model);
    return (time: number) => path(time).inputs ?? {};
  };
  const clock = (settings: MusicVideoSettings) => {
    const inputs = clip(settings);
    return (time: number) => inputs(time).time?.[0] ?? Number.NaN;
  };

  it("run in real time where nothing else is asked for, and stand still without motion", () => {
    const real = clock({ motion: 0.4, speed: 0, pulse: 0 });
    expect(real(10) - real(3)).toBeCloseTo(7, 3);
    const still = pathOf({ motion: 0, pulse: 0, style: 0 }, song(), model);
    expect(still(13)).toEqual(still(0));
  });

  it("hurry at beats and never go back", () => {
    const time = clock({ motion: 0.4, speed: 0, pulse: 1 });
    const speed = (t: number) => (time(t + 1 / 30) - time(t)) * 30;
    expect(speed(5)).toBeGreaterThan(3);
    expect(speed(5.4)).toBeLessThan(1.8);
    for (let i = 0; i < 600; i++) expect(speed(i / 30)).toBeGreaterThan(0.9);
  });

  it("change their motion little by little, and at cuts at once", () => {
    const inputs = clip({ cuts: 0.25, pulse: 0 });
    expect(inputs(3).motion).toEqual(inputs(7.9).motion);
    expect(inputs(8.1).motion).not.toEqual(inputs(7.9).motion);
    const [before, after] = [inputs(7.99).drift, inputs(8.01).drift];
    expect(distance(before ?? new Float32Array(0), after ?? new Float32Array(0))).toBeLessThan(0.2);
  });

  it("keep what is to be seen longer than pictures do", () => {
    const settings = { motion: 1, pulse: 0, style: 0 };
    const [pictures, clips] = [MODEL, model].map((of) => {
      const path = pathOf(settings, song(), of);
      return distance(path(3).z, path(3.5).z);
    });
    expect(clips).toBeLessThan(0.5 * pictures!);
    expect(clips).toBeGreaterThan(0);
  });
});

describe("effects", () => {
  const state = scoreOf(song()).at(5);
  const grey: Image = { width: 2, height: 1, data: Uint8Array.of(120, 120, 120, 200, 60, 30) };

  it("turn and saturate colours but not grey, and keep its picture", () => {
    const { data } = colourEffect(1).apply(grey, state);
    expect([...data.subarray(0, 3)].every((x) => Math.abs(x - 120) <= 1)).toBe(true);
    expect(Math.abs(data[3]! - 200) + Math.abs(data[4]! - 60)).toBeGreaterThan(20);
    expect(grey.data[3]).toBe(200);
  });

  it("flash at most three times a second", () => {
    const times = Array.from({ length: 100 }, (_, i) => i / 10);
    const score = scoreOf(song({ beats: times, onsets: [], bars: [] }));
    let flashes = 0;
    for (let i = 1; i < 2000; i++) {
      const [before, now, after] = [i - 1, i, i + 1].map((k) => score.at(k / 200).flash);
      if (now! > before! && now! >= after! && now! > 0.1) flashes++;
    }
    expect(flashes).toBeLessThanOrEqual(30);
    const bright = flashEffect(1).apply(grey, { ...state, flash: 1 });
    expect(bright.data[0]).toBeGreaterThan(200);
  });

  it("zoom in with hits", () => {
    expect(zoomOf(0, state)).toBe(1);
    expect(zoomOf(1, { ...state, pulse: 1, low: 0 })).toBeCloseTo(1.16);
  });
});

describe("Upscaler", () => {
  /** A wave that a size of 32 holds well. */
  const wave = (size: number): Image => ({
    width: size,
    height: size,
    data: Uint8Array.from({ length: 3 * size * size }, (_, i) => {
      const [x, y] = [(((i / 3) | 0) % size) + 0.5, Math.floor(i / 3 / size) + 0.5];
      const phase = 2 * Math.PI * ((2 * x) / size + y / size) + (i % 3);
      return Math.round(128 + 80 * Math.sin(phase));
    }),
  });

  it.each([256, 64, 16])("makes of 32 pixels what the same wave is at %d", (size) => {
    const { i420 } = new Upscaler({ width: size, height: size, fit: "cover" }).frame(wave(32));
    const want = toI420(wave(size));
    const errors = i420.map((x, i) => Math.abs(x - want[i]!));
    // Edges have no neighbours to go by.
    const inner = errors.filter((_, i) => {
      const [x, y] = [i % size, Math.floor(i / size)];
      return y < size - size / 8 && y > size / 8 && x > size / 8 && x < size - size / 8;
    });
    expect(inner.reduce((a, b) => Math.max(a, b))).toBeLessThanOrEqual(5);
    expect(errors.reduce((a, b) => a + b) / errors.length).toBeLessThan(3);
  });

  it("covers by cutting off, and contains with black bars, in both kinds of frames", () => {
    const white: Image = { width: 8, height: 8, data: new Uint8Array(192).fill(255) };
    const shape = { width: 32, height: 16 } as const;
    const luma = (fit: "cover" | "contain") =>
      new Upscaler({ ...shape, fit }).frame(white).i420.subarray(0, 512);
    expect(luma("cover").every((y) => y === 235)).toBe(true);
    const row = [...luma("contain").subarray(0, 32)];
    expect(row).toEqual([...Array(8).fill(16), ...Array(16).fill(235), ...Array(8).fill(16)]);
    const { data } = new Upscaler({ ...shape, fit: "contain" }).image(white);
    expect([data[0], data[3 * 16], data[3 * 31]]).toEqual([0, 255, 0]);
  });

  it("comes closer with zoom", () => {
    const point: Image = { width: 9, height: 9, data: new Uint8Array(243) };
    point.data.fill(255, 3 * 40, 3 * 41);
    const bright = (zoom: number) =>
      new Upscaler({ width: 36, height: 36, fit: "cover" })
        .frame(point, zoom)
        .i420.subarray(0, 36 * 36)
        .reduce((sum, y) => sum + Math.max(0, y - 16), 0);
    expect(bright(2) / bright(1)).toBeCloseTo(4, 0);
  });
});

describe("settings", () => {
  it("describe themselves, with defaults and bounds", () => {
    for (const { name, property } of describeSettings()) {
      expect(property.description, name).toMatch(/\w/);
    }
    expect(resolveSettings({}, "test")).toMatchObject({ seed: 0, fps: 30, pulse: 0.6 });
    expect(() => resolveSettings({ fps: 0 }, "test")).toThrow(/test: fps: .*\(got 0\)/);
  });
});
