import { describe, expect, it } from "vitest";
import { tune } from "../../../test/support/tune.ts";
import { DatasetError, ShapeError } from "../../base/errors.ts";
import { MusicDataset, packPieces } from "../../data/music/music-dataset.ts";
import { readPiece } from "../../data/music/piece.ts";
import { PARTS, type Rolls, rollsFrom } from "../../data/music/rolls.ts";
import { DEFAULT_ROLL } from "../../media/midi/roll.ts";
import { writeMidi } from "../../media/midi/write.ts";
import goldens from "../goldens/music.json" with { type: "json" };
import { randomRolls, withMixedParts, withShuffledSteps } from "./baselines.ts";
import { musicMemorisation } from "./music-memorisation.ts";
import { measureMusic, musicTable } from "./music-metrics.ts";

/** As in scripts/music-goldens.py: a hash of three numbers as one in [0, 1). */
function uniform(seed: number, i: number, j: number): number {
  let h = Math.imul(seed, 0x9e3779b1) + Math.imul(i, 0x85ebca77) + Math.imul(j, 0xc2b2ae3d);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32;
}

/** As in scripts/music-goldens.py. */
function hashedRolls(stepsPerBar: 16 | 24): Rolls {
  const [count, bars, pitches] = [6, 2, 72];
  const steps = bars * stepsPerBar;
  const data = new Uint8Array(count * 5 * steps * pitches);
  for (let i = 0; i < data.length; i++) {
    const row = i % pitches;
    const step = Math.floor(i / pitches) % steps;
    const line = Math.floor(i / pitches / steps);
    const on = uniform(1, line, Math.floor(step / (1 + (row % 4))) * pitches + row) < 0.05;
    data[i] = Number(on && uniform(2, line, Math.floor(step / stepsPerBar)) >= 0.3);
  }
  return { format: { ...DEFAULT_ROLL, stepsPerBar }, bars, count, data };
}

/** Segments of the tests' tune in some keys, each key a file of its own. */
function tuneRolls(bars: number, keys: readonly number[]): { rolls: Rolls; files: string[] } {
  const pieces = keys.map((key) => readPiece(writeMidi(tune(8, key)), `key ${key}`, DEFAULT_ROLL));
  const dataset = new MusicDataset(packPieces(pieces, DEFAULT_ROLL), bars, "");
  const all = Uint32Array.from({ length: dataset.count }, (_, i) => i);
  return { rolls: rollsFrom(dataset, all), files: [...dataset.files] };
}

describe("MuseGAN's metrics", () => {
  it.each([16, 24] as const)("agree with numpy and muspy at %d steps a bar", (steps) => {
    const rolls = hashedRolls(steps);
    if (steps === 16) expect(rolls.data.reduce((a, b) => a + b)).toBe(goldens.cells);
    const golden = goldens[`steps${steps}`];
    const metrics = measureMusic(rolls);
    for (const part of PARTS) {
      for (const [name, value] of Object.entries(golden.parts[part]))
        expect(metrics.parts[part], `${part} ${name}`).toHaveProperty(
          name,
          expect.closeTo(value, 12),
        );
    }
    expect(metrics.inScale).toBeCloseTo(golden.inScale, 12);
    for (const [i, { distance }] of metrics.tonalDistances.entries())
      expect(distance).toBeCloseTo(golden.tonalDistances[i]!, 12);
  });

  it("know a tune in C major when they see one", () => {
    const { parts, inScale, tonalDistances } = measureMusic(tuneRolls(2, [0]).rolls);
    expect(inScale).toBe(1);
    expect(parts.bass).toEqual({
      emptyBars: 0,
      usedPitchClasses: 2,
      qualifiedNotes: 1,
      polyphony: 0,
      drumPatterns: null,
    });
    expect(parts.drums).toMatchObject({ drumPatterns: 1, usedPitchClasses: null });
    expect(parts.guitar.polyphony).toBe(0.5); // chords on half of the beats
    expect(tonalDistances[0]).toMatchObject({ parts: ["piano", "guitar"] });
  });

  it("have nothing to say about silence", () => {
    const silence: Rolls = { format: DEFAULT_ROLL, bars: 1, count: 2, data: new Uint8Array(11520) };
    const metrics = measureMusic(silence);
    expect(metrics).toMatchObject({ inScale: null, tonalDistance: null });
    expect(metrics.parts.piano).toMatchObject({ emptyBars: 1, usedPitchClasses: null });
    expect(() => measureMusic({ ...silence, count: 0 })).toThrow(DatasetError);
    expect(() => measureMusic({ ...silence, bars: 2 })).toThrow(ShapeError);
  });
});

describe("baselines", () => {
  const { rolls } = tuneRolls(2, [0, 1, 3, 6, 8, 10]);
  const real = measureMusic(rolls);

  it("of shuffled steps keep pitches and lose rhythm and lengths", () => {
    const shuffled = measureMusic(withShuffledSteps(rolls, 1));
    for (const part of PARTS) {
      const { emptyBars, usedPitchClasses, polyphony } = shuffled.parts[part];
      expect({ emptyBars, usedPitchClasses, polyphony }).toEqual({
        emptyBars: real.parts[part].emptyBars,
        usedPitchClasses: real.parts[part].usedPitchClasses,
        polyphony: real.parts[part].polyphony,
      });
    }
    expect(shuffled.parts.drums.drumPatterns).toBeLessThan(0.7);
    expect(shuffled.parts.bass.qualifiedNotes).toBeLessThan(0.6);
  });

  it("of mixed parts keep each part and lose harmony between them", () => {
    const mixed = measureMusic(withMixedParts(rolls, 1));
    expect(mixed.parts).toEqual(real.parts);
    expect(mixed.inScale).toBeLessThan(0.9);
    expect(mixed.tonalDistance).toBeGreaterThan(1.2 * (real.tonalDistance ?? 0));
  });

  it("of noise are as dense, and unlike music in everything else", () => {
    const noise = randomRolls(rolls, 1);
    const on = (data: Uint8Array): number => data.reduce((sum, cell) => sum + Number(cell > 0), 0);
    expect(on(noise.data) / on(rolls.data)).toBeCloseTo(1, 1);
    expect(measureMusic(noise)).toMatchObject({
      inScale: expect.closeTo(0.65, 1),
      parts: { bass: { qualifiedNotes: expect.closeTo(0, 1) } },
    });
    expect(randomRolls(rolls, 1)).toEqual(noise);
    expect(randomRolls(rolls, 2)).not.toEqual(noise);
  });

  it("stand beside real music in a table", () => {
    const lines = musicTable({ real, noise: measureMusic(randomRolls(rolls, 1)) });
    expect(lines[0]).toMatch(/^ +real +noise$/);
    expect(lines).toContainEqual(expect.stringMatching(/^in scale +1\.000 +0\.\d{3}$/));
  });
});

describe("memorisation", () => {
  const training = tuneRolls(1, [0, 2]);
  const unseen = {
    rolls: withShuffledSteps(tuneRolls(1, [4, 9]).rolls, 5),
    files: Array<string>(16).fill("unseen"),
  };

  it("finds copies, in other keys too", () => {
    const { rolls: generated } = tuneRolls(1, [5]);
    const found = musicMemorisation({ generated, training, unseen });
    expect(found).toMatchObject({ share: 1, medianRatio: 0, copied: { generated: 1, unseen: 0 } });
    const [first] = found.closest;
    expect(first).toMatchObject({ overlap: 1, generated: 0 });
    expect(first!.shift).toBe(first!.file === "key 0" ? -5 : -3);
  });

  it("lets music pass that is as new as unseen music", () => {
    const generated = withShuffledSteps(tuneRolls(1, [7]).rolls, 6);
    const found = musicMemorisation({ generated, training, unseen });
    expect(found.share).toBeLessThan(0.3);
    expect(found.medianRatio).toBeCloseTo(1, 0);
    expect(found.copied).toEqual({ generated: 0, unseen: 0 });
  });

  it("never compares a file with itself, or silence with anything", () => {
    const { rolls: generated } = tuneRolls(1, [5]);
    expect(() =>
      musicMemorisation({
        generated,
        training: { ...training, files: training.files.map(() => "one") },
        unseen: { rolls: training.rolls, files: training.files.map(() => "one") },
      }),
    ).toThrow("no unseen segments from other files");
    const silence = { ...generated, data: new Uint8Array(generated.data.length) };
    expect(() => musicMemorisation({ generated: silence, training, unseen })).toThrow(DatasetError);
    const wide = tuneRolls(2, [5]).rolls;
    expect(() => musicMemorisation({ generated: wide, training, unseen })).toThrow(ShapeError);
  });
});
