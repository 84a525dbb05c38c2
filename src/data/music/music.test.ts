import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tune } from "../../../test/support/tune.ts";
import { ConfigError, DatasetError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { writeMidi } from "../../media/midi/write.ts";
import { exampleOf } from "../dataset.ts";
import { examineMusic } from "./doctor.node.ts";
import { musicReportLines } from "./doctor-text.ts";
import { musicExamples } from "./examples.ts";
import type { MusicDataset } from "./music-dataset.ts";
import { openMusic } from "./open-music.node.ts";
import { partRoll, rollsFrom } from "./rolls.ts";

let folder = "";
let songs = "";
let cacheDir = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ganbox-music-"));
  songs = join(folder, "songs");
  cacheDir = join(folder, "cache");
  await mkdir(join(songs, "more"), { recursive: true });
  await writeFile(join(songs, "a.mid"), writeMidi(tune(8)));
  await writeFile(join(songs, "more", "b.MID"), writeMidi(tune(4, 2)));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Files that no training can use. */
async function addBadFiles(): Promise<void> {
  const bytes = writeMidi(tune(2, 5));
  await writeFile(join(songs, "cut.mid"), bytes.slice(0, 200));
  await writeFile(join(songs, "text.mid"), "hello");
  await writeFile(join(songs, "silent.mid"), writeMidi({ ...tune(2), notes: [] }));
  const waltz = [{ tick: 0, numerator: 3, denominator: 4 }];
  await writeFile(join(songs, "waltz.mid"), writeMidi({ ...tune(3), metres: waltz }));
  const frames = writeMidi(tune(2));
  frames.set([0xe7, 0x28], 12); // 25 frames a second
  await writeFile(join(songs, "frames.mid"), frames);
  await cp(join(songs, "a.mid"), join(songs, "z.mid"));
}

describe("the doctor", () => {
  it("says what a folder holds and what is wrong with the rest", async () => {
    await addBadFiles();
    const report = await examineMusic(songs);
    expect(report).toMatchObject({ files: 8, usable: 2, bars: 12, usableBars: 12 });
    expect(report.broken).toEqual([
      { file: "cut.mid", reason: expect.stringContaining("track 1: the file is cut short") },
      { file: "text.mid", reason: expect.stringContaining("this is no MIDI file") },
    ]);
    expect(report.duplicates).toEqual([{ file: "z.mid", same: "a.mid" }]);
    const problems = report.pieces.map(({ file, problem }) => [file, problem]);
    expect(problems).toEqual([
      ["a.mid", ""],
      ["frames.mid", expect.stringContaining("SMPTE")],
      ["more/b.MID", ""],
      ["silent.mid", "it has no notes"],
      ["waltz.mid", "it has no bar of 4/4 with notes"],
    ]);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    const text = musicReportLines(report, true).join("\n");
    expect(text).toContain("2 of them can be used");
    expect(text).toContain("  silent.mid: it has no notes");
    expect(text).toContain("more/b.MID: 4 of 4 bars; 4/4, 100 BPM, 5 tracks");
  });

  it("reads tempo, metre, instruments, parts and grid of a piece", async () => {
    const song = tune(4);
    const half = song.endTick / 2;
    const changed = {
      ...song,
      tempos: [...song.tempos, { tick: half, bpm: 50 }],
      metres: [...song.metres, { tick: half, numerator: 2, denominator: 2 }],
    };
    await writeFile(join(songs, "a.mid"), writeMidi(changed));
    const [piece] = (await examineMusic(join(songs, "a.mid"))).pieces;
    expect(piece).toMatchObject({
      bpm: { lowest: 50, highest: 100 },
      metres: [
        { name: "2/2", count: 2 },
        { name: "4/4", count: 2 },
      ],
      usableBars: 4,
      longestRun: 4,
      parts: { drums: 48, piano: 32, guitar: 24, bass: 8, strings: 32 },
      onGrid: { 16: 1 },
      warnings: [],
    });
    expect(piece?.seconds).toBeCloseTo(14.4, 3);
    expect(piece?.instruments[0]).toEqual({ name: "drums", count: 48 });
  });

  it("notices music without a metronome, and folders without music", async () => {
    const song = tune(4);
    const notes = song.notes.map((note, i) => ({ ...note, start: note.start + ((i * 7) % 24) }));
    const free = notes.map((note) => ({ ...note, end: note.start + 20 }));
    await writeFile(join(songs, "a.mid"), writeMidi({ ...song, notes: free }));
    const { pieces } = await examineMusic(songs);
    expect(pieces[0]?.warnings).toEqual([expect.stringContaining("without a metronome")]);
    await mkdir(join(folder, "empty"));
    await expect(examineMusic(join(folder, "empty"))).rejects.toThrow("holds no MIDI files");
    await expect(examineMusic(join(folder, "none"))).rejects.toBeInstanceOf(DatasetError);
  });
});

/** Segment as bytes. */
function segment(dataset: MusicDataset, index: number, shift = 0): Uint8Array {
  const out = new Uint8Array(dataset.shape.reduce((a, b) => a * b));
  dataset.read(index, out, 0, shift);
  return out;
}

describe("the data set", () => {
  it("has every run of bars as a segment, and the bar before it", async () => {
    const dataset = await openMusic(songs, { bars: 2, cacheDir });
    expect([dataset.count, dataset.shape]).toEqual([7 + 3, [5, 32, 72]]);
    expect(dataset.files).toEqual([...Array(7).fill("a.mid"), ...Array(3).fill("more/b.MID")]);
    const single = await openMusic(songs, { cacheDir });
    const before = new Uint8Array(5 * 16 * 72).fill(9);
    expect(dataset.readPrevious(3, before, 0)).toBe(true);
    expect(before).toEqual(segment(single, 2));
    for (const first of [0, 7]) {
      expect(dataset.readPrevious(first, before, 0)).toBe(false);
      expect(before.every((cell) => cell === 0)).toBe(true);
    }
  });

  it("shows the music that was written", async () => {
    const dataset = await openMusic(songs, { cacheDir });
    const rolls = rollsFrom(dataset, Uint32Array.of(0));
    const sounding = (part: number, step: number): number[] =>
      [
        ...partRoll(rolls, 0, part)
          .subarray(step * 72, step * 72 + 72)
          .entries(),
      ]
        .filter(([, cell]) => cell === 255)
        .map(([row]) => row + 24);
    expect(sounding(0, 0)).toEqual([36, 42]);
    expect(sounding(0, 1)).toEqual([]);
    expect(sounding(2, 4)).toEqual([48, 52, 55]);
    expect(sounding(3, 7)).toEqual([36]);
    expect(sounding(4, 2)).toEqual([76]);
  });

  it("moves all parts but the drums, as far as they stay inside", async () => {
    const dataset = await openMusic(songs, { cacheDir });
    const { lowest, highest } = dataset.shiftRange(0);
    expect([lowest, highest]).toEqual([-12, 11]); // the bass at 36, the strings at 84
    const [plain, up] = [segment(dataset, 0), segment(dataset, 0, highest)];
    const drums = 16 * 72;
    expect(up.subarray(0, drums)).toEqual(plain.subarray(0, drums));
    expect(up.subarray(drums + highest)).toEqual(plain.subarray(drums, plain.length - highest));
    const lost = segment(dataset, 0, highest + 1);
    expect(lost.reduce((a, b) => a + b)).toBeLessThan(plain.reduce((a, b) => a + b));
  });

  it("comes from the cache the next time, and is made again when that is damaged", async () => {
    let read = 0;
    const open = (): Promise<MusicDataset> =>
      openMusic(songs, { bars: 2, cacheDir, onProgress: () => read++ });
    const first = await open();
    expect(read).toBe(2);
    const second = await open();
    expect([read, second.contentHash]).toEqual([2, first.contentHash]);
    expect(segment(second, 5)).toEqual(segment(first, 5));
    const [name = ""] = await readdir(join(cacheDir, "music"));
    const path = join(cacheDir, "music", name);
    const bytes = await readFile(path);
    for (const damage of [
      bytes.subarray(0, 3),
      bytes.subarray(0, bytes.length - 1),
      Buffer.concat([bytes.subarray(0, bytes.length - 1), Buffer.from([bytes.at(-1)! ^ 1])]),
      Buffer.from("\0\0\0\u0002{}"),
    ]) {
      await writeFile(path, damage);
      read = 0;
      expect(segment(await open(), 5)).toEqual(segment(first, 5));
      expect(read).toBe(2);
    }
    expect(await readdir(join(cacheDir, "music"))).toEqual([name]);
  });

  it("has a hash of content and options", async () => {
    const hash = async (bars = 1): Promise<string> =>
      (await openMusic(songs, { bars, cacheDir })).contentHash;
    const before = await hash();
    expect(await hash(2)).not.toBe(before);
    await writeFile(join(songs, "a.mid"), writeMidi(tune(8, 1)));
    expect(await hash()).not.toBe(before);
    await writeFile(join(songs, "a.mid"), writeMidi(tune(8)));
    expect(await hash()).toBe(before);
  });

  it("leaves out what cannot be used, and says so", async () => {
    await addBadFiles();
    const dataset = await openMusic(songs, { cacheDir });
    expect(dataset.count).toBe(12);
    expect(dataset.skipped.map(({ file }) => file)).toEqual([
      "cut.mid",
      "frames.mid",
      "silent.mid",
      "text.mid",
      "waltz.mid",
      "z.mid",
    ]);
    expect(dataset.warnings[0]).toMatch(/^6 files were left out:\n {2}cut\.mid: track 1: /);
    await rm(join(songs, "a.mid"));
    await rm(join(songs, "z.mid"));
    await rm(join(songs, "more"), { recursive: true });
    await expect(openMusic(songs, { cacheDir })).rejects.toThrow(
      "none of 5 MIDI files can be used",
    );
  });

  it("refuses options out of range", async () => {
    await expect(openMusic(songs, { bars: 0, cacheDir })).rejects.toBeInstanceOf(ConfigError);
    await expect(openMusic(songs, { bars: 8.5, cacheDir })).rejects.toBeInstanceOf(ConfigError);
    await expect(openMusic(songs, { bars: 9, cacheDir })).rejects.toThrow(
      "there are 0 segments of 9 bars of 4/4",
    );
  });
});

/** Cells of plane `plane` of an example. */
function planeOf(example: Uint8Array, plane: number, steps: number): Uint8Array {
  return example.subarray(plane * steps * 72, (plane + 1) * steps * 72);
}

describe("what training reads", () => {
  it("is the bar before, at the end of its planes, and the segment", async () => {
    const music = await openMusic(songs, { bars: 2, cacheDir });
    const examples = musicExamples(music);
    expect([examples.channels, examples.height, examples.width]).toEqual([10, 32, 72]);
    const before = new Uint8Array(5 * 16 * 72);
    music.readPrevious(3, before, 0, music.keyShift(3));
    const example = exampleOf(examples, 3);
    for (let part = 0; part < 5; part++) {
      const plane = planeOf(example, part, 32);
      expect(plane.subarray(0, 16 * 72).every((cell) => cell === 0)).toBe(true);
      expect(plane.subarray(16 * 72)).toEqual(planeOf(before, part, 16));
    }
    expect(example.subarray(5 * 32 * 72)).toEqual(segment(music, 3, music.keyShift(3)));
  });

  it("begins one piece in ten from silence, as its random numbers say", async () => {
    const examples = musicExamples(await openMusic(songs, { bars: 2, cacheDir }));
    const half = 5 * 32 * 72;
    const read = (seed: number): boolean => {
      const out = new Uint8Array(2 * half);
      const random = new Random(seed);
      examples.read(3, out, 0, { flip: false, random, facts: new Float32Array(0) });
      return out.subarray(0, half).every((cell) => cell === 0);
    };
    const silent = Array.from({ length: 400 }, (_, seed) => read(seed));
    expect(silent.filter(Boolean).length).toBeGreaterThan(20);
    expect(silent.filter(Boolean).length).toBeLessThan(60);
    expect(silent).toEqual(silent.map((_, seed) => read(seed)));
  });

  it("comes in one key, whatever the key of the piece", async () => {
    const classes = async (key: number): Promise<Set<number>> => {
      await writeFile(join(songs, "a.mid"), writeMidi(tune(8, key)));
      const music = await openMusic(join(songs, "a.mid"), { bars: 2, cacheDir });
      const shift = music.keyShift(2);
      expect(shift).toBeGreaterThanOrEqual(music.shiftRange(2).lowest);
      expect(shift).toBeLessThanOrEqual(music.shiftRange(2).highest);
      const melody = planeOf(segment(music, 2, shift), 4, 32);
      return new Set([...melody.entries()].filter(([, on]) => on > 0).map(([cell]) => cell % 12));
    };
    const inC = await classes(0);
    expect(inC).toEqual(new Set([0, 4, 7, 9, 11]));
    for (const key of [1, 5, 6, 11]) expect(await classes(key)).toEqual(inC);
  });

  it("has sub-folders as classes, where every file is in one", async () => {
    expect(musicExamples(await openMusic(songs, { cacheDir })).classes).toEqual([]);
    await mkdir(join(songs, "fewer"));
    await rename(join(songs, "a.mid"), join(songs, "fewer", "a.mid"));
    const { classes, labels, count } = musicExamples(await openMusic(songs, { cacheDir }));
    expect(classes).toEqual(["fewer", "more"]);
    expect([...(labels ?? [])]).toEqual([...Array(8).fill(0), ...Array(4).fill(1)]);
    expect(count).toBe(12);
  });
});
