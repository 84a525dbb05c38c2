import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { examineMusic } from "../src/data/music/doctor.node.ts";
import type { MusicDataset } from "../src/data/music/music-dataset.ts";
import { openMusic } from "../src/data/music/open-music.node.ts";
import { PARTS, rollsFrom } from "../src/data/music/rolls.ts";
import { splitByFile } from "../src/metrics/held-out.ts";
import { randomRolls, withMixedParts, withShuffledSteps } from "../src/metrics/music/baselines.ts";
import { musicMemorisation } from "../src/metrics/music/music-memorisation.ts";
import { measureMusic } from "../src/metrics/music/music-metrics.ts";

/** Made by scripts/midi-corpora.ts. */
const CORPUS = resolve(import.meta.dirname, "../.cache/midi/corpus");
const missing = !existsSync(CORPUS);
if (missing)
  console.log(
    "music-corpora: skipped, there is no .cache/midi/corpus (scripts/midi-corpora.ts makes it).",
  );

/** Every so many segments are measured: they overlap. */
const EVERY = 8;

describe.skipIf(missing)("real game music", () => {
  let cacheDir = "";
  let dataset: MusicDataset;
  beforeAll(async () => {
    cacheDir = await mkdtemp(join(tmpdir(), "ganbox-corpora-"));
    dataset = await openMusic(CORPUS, { bars: 4, cacheDir });
  });
  afterAll(() => rm(cacheDir, { recursive: true, force: true }));

  it("is read completely: 150 files, 534,642 notes, 11,589 bars", async () => {
    const report = await examineMusic(CORPUS);
    expect(report.broken).toEqual([]);
    const sum = (of: "notes" | "bars"): number =>
      report.pieces.reduce((total, piece) => total + piece[of], 0);
    expect([report.files, sum("notes"), sum("bars")]).toEqual([150, 534_642, 11_589]);
    expect([report.usable, report.usableBars]).toEqual([139, 10_683]);
  });

  it("differs from shuffled, mixed and random music where it should", () => {
    const { training, heldOut } = splitByFile(dataset.files, 0.5);
    const some = (indices: Uint32Array) =>
      rollsFrom(
        dataset,
        indices.filter((_, i) => i % EVERY === 0),
      );
    const music = some(training);
    const real = measureMusic(music);
    const other = measureMusic(some(heldOut));
    const steps = measureMusic(withShuffledSteps(music, 1));
    const mixed = measureMusic(withMixedParts(music, 1));
    const noise = measureMusic(randomRolls(music, 1));
    const drums = [real, other, steps].map((metrics) => metrics.parts.drums.drumPatterns ?? 0);
    expect(drums[2]).toBeLessThan(Math.min(drums[0]!, drums[1]!) - 0.15);
    const scale = [real, other, mixed, noise].map((metrics) => metrics.inScale ?? 0);
    expect(Math.min(scale[0]!, scale[1]!)).toBeGreaterThan(scale[2]! + 0.04);
    expect(scale[2]).toBeGreaterThan(scale[3]! + 0.15);
    const distances = [real, other, mixed].map((metrics) => metrics.tonalDistance ?? 0);
    expect(distances[2]).toBeGreaterThan(Math.max(distances[0]!, distances[1]!) + 0.3);
    for (const part of PARTS.slice(1)) {
      const notes = real.parts[part].qualifiedNotes ?? 0;
      expect(steps.parts[part].qualifiedNotes).toBeLessThan(0.85 * notes);
      expect(noise.parts[part].qualifiedNotes).toBeLessThan(0.02);
      expect(noise.parts[part].usedPitchClasses).toBeGreaterThan(
        1.5 * (real.parts[part].usedPitchClasses ?? 0),
      );
      expect(steps.parts[part].usedPitchClasses).toBe(real.parts[part].usedPitchClasses);
    }
  });

  it("tells copies in another key from unseen pieces", async () => {
    const bars = await openMusic(CORPUS, { bars: 1, cacheDir });
    const { training, heldOut } = splitByFile(bars.files, 0.1);
    const filed = (indices: Uint32Array) => ({
      rolls: rollsFrom(bars, indices),
      files: Array.from(indices, (i) => bars.files[i]!),
    });
    const trained = filed(training);
    const some = heldOut.filter((_, i) => i % 20 === 0);
    const [unseen, fresh] = [
      some.filter((_, i) => i % 2 === 0),
      some.filter((_, i) => i % 2 === 1),
    ];
    const copies = rollsFrom(bars, training.slice(0, 20));
    const size = copies.data.length / copies.count;
    for (let i = 0; i < copies.count; i++) {
      const { highest } = bars.shiftRange(training[i]!);
      bars.read(training[i]!, copies.data, i * size, Math.min(5, highest));
    }
    const copied = musicMemorisation({
      generated: copies,
      training: trained,
      unseen: filed(unseen),
    });
    expect(copied).toMatchObject({ share: 1, copied: { generated: 1, unseen: 0 } });
    const honest = musicMemorisation({
      generated: rollsFrom(bars, fresh),
      training: trained,
      unseen: filed(unseen),
    });
    expect(honest.share).toBeLessThan(0.3);
    expect(honest.medianRatio).toBeGreaterThan(0.8);
  });
});
