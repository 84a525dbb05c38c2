import { describe, expect, it } from "vitest";
import { tune } from "../../../test/support/tune.ts";
import { ConfigError, MediaError, ShapeError } from "../../base/errors.ts";
import type { AudioSource } from "../../media/audio/audio.ts";
import { barsOf } from "../../media/midi/bars.ts";
import { PARTS } from "../../media/midi/parts.ts";
import { readMidi } from "../../media/midi/read.ts";
import { DEFAULT_ROLL, type Roll, rollsOf } from "../../media/midi/roll.ts";
import { rollPicture } from "../../media/midi/roll-picture.ts";
import type { Song } from "../../media/midi/song.ts";
import { writeMidi } from "../../media/midi/write.ts";
import { binarise } from "./binarise.ts";
import { composeSong } from "./compose.ts";
import { joinSegments } from "./join.ts";
import { readSoundfont } from "./soundfont.node.ts";
import { synthesise } from "./synth.ts";

/** The tests' tune as one roll of one bar. */
function tuneRoll(): Roll {
  const song = tune(1);
  return { format: DEFAULT_ROLL, bars: 1, data: rollsOf(song, barsOf(song), DEFAULT_ROLL) };
}

describe("probabilities to notes", () => {
  const sizes = { steps: 6, pitches: 2 };
  // Time runs down each column: a note that wavers, and one that never quite begins.
  const p = Float32Array.of(0.2, 0.5, 0.7, 0.5, 0.4, 0.5, 0.55, 0.5, 0.1, 0.5, Number.NaN, 0.5);
  const column = (data: Uint8Array, i: number): string =>
    [...data].filter((_, k) => k % 2 === i).join("");

  it("by a threshold", () => {
    const on = binarise(p, sizes, { method: "threshold" });
    expect([column(on, 0), column(on, 1)]).toEqual(["010100", "111111"]);
  });

  it("by hysteresis, without gaps where a note wavers", () => {
    expect([0, 1].map((i) => column(binarise(p, sizes), i))).toEqual(["011100", "000000"]);
    const two = binarise(Float32Array.of(...p, ...p), sizes);
    expect(two.slice(12)).toEqual(two.slice(0, 12)); // nothing sounds on from one part to the next
  });

  it("by seeded coins", () => {
    const many = new Float32Array(10_000).fill(0.3);
    const on = binarise(many, { steps: 100, pitches: 100 }, { method: "bernoulli", seed: 4 });
    expect(on.reduce((a, b) => a + b) / 10_000).toBeCloseTo(0.3, 1);
    const again = binarise(many, { steps: 100, pitches: 100 }, { method: "bernoulli", seed: 4 });
    expect(again).toEqual(on);
  });

  it("refuses thresholds and sizes that make no sense", () => {
    expect(() => binarise(p, sizes, { method: "threshold", at: 0 })).toThrow(ConfigError);
    expect(() => binarise(p, sizes, { method: "hysteresis", on: 0.3, off: 0.4 })).toThrow(
      "off is 0.4, expected at most on (0.3)",
    );
    expect(() => binarise(p, { steps: 5, pitches: 2 })).toThrow(ConfigError);
  });
});

describe("a roll as a piece", () => {
  it("comes back as the same roll through a MIDI file", () => {
    const roll = tuneRoll();
    const song = readMidi(writeMidi(composeSong(roll, { bpm: 90 })));
    expect(rollsOf(song, barsOf(song), DEFAULT_ROLL)).toEqual(roll.data);
    expect(song.tempos[0]?.bpm).toBeCloseTo(90, 3);
    expect(song.trackNames).toEqual(["", ...PARTS]);
  });

  it("joins steps, strikes drums at each, and accents the beat", () => {
    const data = new Uint8Array(5 * 16 * 72);
    for (const step of [0, 1, 2, 5]) {
      data[step * 72 + 12] = 1; // drums
      data[(16 + step) * 72 + 36] = 1; // piano
    }
    const { notes } = composeSong({ format: DEFAULT_ROLL, bars: 1, data });
    const of = (track: number): number[][] =>
      notes
        .filter((note) => note.track === track)
        .map(({ start, end }) => [start / 120, end / 120]);
    expect(of(0)).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
      [5, 6],
    ]);
    expect(of(1)).toEqual([
      [0, 3],
      [5, 6],
    ]);
    expect(notes.filter(({ track }) => track === 0).map(({ velocity }) => velocity)).toEqual([
      104, 78, 88, 78,
    ]);
  });

  it("takes instruments and leaves parts out", () => {
    const song = composeSong(tuneRoll(), { programs: { piano: 4 }, mute: ["drums", "bass"] });
    expect(new Set(song.notes.map(({ program }) => program))).toEqual(new Set([4, 25, 48]));
    expect(() => composeSong(tuneRoll(), { bpm: 10 })).toThrow(ConfigError);
    expect(() => composeSong(tuneRoll(), { programs: { bass: 128 } })).toThrow(
      "programs.bass: got 128",
    );
    expect(() => composeSong({ ...tuneRoll(), bars: 2 })).toThrow(ShapeError);
  });
});

describe("segments that follow each other", () => {
  it("become one piece, with notes that sound across the bar", () => {
    const song = tune(4, 3);
    const bars = barsOf(song);
    const rolls = rollsOf(song, bars, DEFAULT_ROLL);
    const size = rolls.length / 4;
    const roll = joinSegments(
      [0, 1, 2, 3].map((i) => rolls.subarray(i * size, (i + 1) * size)),
      DEFAULT_ROLL,
    );
    expect(roll.bars).toBe(4);
    const back = composeSong(roll);
    expect(rollsOf(back, barsOf(back), DEFAULT_ROLL)).toEqual(rolls);
    const held = new Uint8Array(size).fill(1, 16 * 72, 32 * 72); // every piano key, all the time
    const two = composeSong(joinSegments([held, held], DEFAULT_ROLL));
    expect(two.notes.map(({ start, end }) => end - start)).toEqual(Array(72).fill(32 * 120));
    expect(() => joinSegments([], DEFAULT_ROLL)).toThrow(ShapeError);
    expect(() => joinSegments([new Uint8Array(7)], DEFAULT_ROLL)).toThrow("segment 0 has 7 cells");
  });
});

describe("a roll as a picture", () => {
  it("has a band for each part, high notes above", () => {
    const { width, height, data } = rollPicture(tuneRoll(), { stepWidth: 4, pitchHeight: 1 });
    expect([width, height]).toEqual([64, 5 * 72 + 4 * 4]);
    const at = (x: number, y: number): number[] => [
      ...data.subarray(3 * (y * width + x)).slice(0, 3),
    ];
    const bass = 3 * (72 + 4) + (71 - 12); // the pitch 36, 12 above the lowest
    expect(at(2, bass)).toEqual([213, 94, 0]);
    expect(at(2, bass - 1)).toEqual([24, 26, 32]);
    expect(at(0, bass)).toEqual([92, 97, 112]); // a bar line shows where notes begin
  });

  it("refuses sizes out of range", () => {
    expect(() => rollPicture(tuneRoll(), { stepWidth: 0 })).toThrow(ConfigError);
    expect(() => rollPicture({ ...tuneRoll(), data: new Uint8Array(3) })).toThrow(ShapeError);
  });
});

async function samplesOf(source: AudioSource, range = {}): Promise<Float32Array> {
  const chunks: Float32Array[] = [];
  for await (const [left] of source.read(range)) if (left) chunks.push(left);
  return Float32Array.from(chunks.flatMap((chunk) => [...chunk]));
}

const rms = (samples: Float32Array): number =>
  Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);

/** Strength of a frequency [Hz] in samples at 22.05 kHz (Goertzel). */
function strength(samples: Float32Array, frequency: number): number {
  let [re, im] = [0, 0];
  for (const [i, x] of samples.entries()) {
    re += x * Math.cos((2 * Math.PI * frequency * i) / 22_050);
    im += x * Math.sin((2 * Math.PI * frequency * i) / 22_050);
  }
  return Math.hypot(re, im) / samples.length;
}

const soundfont = await readSoundfont().catch(() => undefined);

describe.skipIf(soundfont === undefined)("a piece as sound", () => {
  const bank = soundfont ?? new Uint8Array();
  /** Two seconds: a flute plays A (440 Hz), then rests. */
  const song: Song = {
    ...tune(1),
    tempos: [{ tick: 0, bpm: 120 }],
    notes: [{ start: 0, end: 192, pitch: 69, velocity: 100, channel: 0, program: 73, track: 0 }],
  };
  const options = { sampleRate: 22_050, tail: 0.5 };

  it("plays the right pitch at the right time, the same each time", async () => {
    const source = await synthesise(song, bank, options);
    expect([source.channels, source.seconds]).toEqual([2, 2.5]);
    const all = await samplesOf(source);
    expect(all.length).toBe(2.5 * 22_050);
    const note = all.subarray(0.2 * 22_050, 0.9 * 22_050);
    expect(strength(note, 440)).toBeGreaterThan(10 * strength(note, 466.16));
    expect(strength(note, 440)).toBeGreaterThan(10 * strength(note, 415.3));
    expect(rms(all.subarray(2 * 22_050))).toBeLessThan(0.05 * rms(note));
    expect(await samplesOf(source)).toEqual(all);
    const part = await samplesOf(source, { start: 0.5, seconds: 1.5 });
    expect(part).toEqual(all.slice(0.5 * 22_050, 2 * 22_050));
  });

  it("stays within full scale, however loud", async () => {
    const notes = Array.from({ length: 60 }, (_, i) => ({
      ...song.notes[0]!,
      pitch: 30 + i,
      velocity: 127,
      program: 56,
    }));
    const loud = await samplesOf(await synthesise({ ...song, notes }, bank, options), {
      seconds: 1,
    });
    const peak = loud.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    expect(peak).toBeGreaterThan(0.8);
    expect(peak).toBeLessThanOrEqual(1);
  });

  it("refuses what is no soundfont, and options out of range", async () => {
    await expect(synthesise(song, new Uint8Array(100))).rejects.toBeInstanceOf(MediaError);
    await expect(synthesise(song, bank.slice(0, 1000))).rejects.toBeInstanceOf(MediaError);
    await expect(synthesise(song, bank, { sampleRate: 100 })).rejects.toBeInstanceOf(ConfigError);
    await expect(readSoundfont("/nowhere/x.sf2")).rejects.toThrow(
      "/nowhere/x.sf2: the soundfont cannot be read",
    );
  });
});
