import { describe, expect, it } from "vitest";
import { tune } from "../../../test/support/tune.ts";
import { ConfigError } from "../../base/errors.ts";
import { barsOf } from "./bars.ts";
import { PARTS } from "./parts.ts";
import { barSize, checkRollFormat, DEFAULT_ROLL, type RollFormat, rollsOf } from "./roll.ts";
import type { MidiNote, Song } from "./song.ts";

const PIANO = PARTS.indexOf("piano");

/** A piece of one instrument; times in sixteenths. */
function piece(notes: readonly [from: number, to: number, pitch: number][], channel = 0): Song {
  return {
    ...tune(1),
    notes: notes.map(
      ([from, to, pitch]): MidiNote => ({
        start: from * 24,
        end: to * 24,
        pitch,
        velocity: 80,
        channel,
        program: 0,
        track: 0,
      }),
    ),
  };
}

/** Steps at which a part sounds a pitch, as text. */
function line(song: Song, pitch: number, part = PIANO, format: RollFormat = DEFAULT_ROLL): string {
  const bars = barsOf(song);
  const rolls = rollsOf(song, bars, format);
  const { stepsPerBar, pitches, lowPitch } = format;
  return Array.from({ length: bars.length * stepsPerBar }, (_, step) => {
    const bar = Math.floor(step / stepsPerBar);
    const cell = (part * stepsPerBar + (step % stepsPerBar)) * pitches + pitch - lowPitch;
    return rolls[bar * barSize(format) + cell] === 1 ? "#" : ".";
  }).join("");
}

describe("quantising", () => {
  it("takes notes to the nearest steps, at least one", () => {
    const song = piece([
      [0.3, 1.8, 60],
      [4.4, 4.45, 60],
      [7.6, 9, 60],
    ]);
    expect(line(song, 60)).toBe("##..#...#.......");
  });

  it("parts notes that are struck again, where that leaves a step", () => {
    const song = piece([
      [0, 4, 60],
      [4, 8, 60],
      [8, 9, 60],
      [9, 10, 60],
    ]);
    expect(line(song, 60)).toBe("###.###.##......");
  });

  it("carries notes over bars, and past bars of other metres", () => {
    const song = piece([[14, 18, 60]]);
    expect(line(song, 60)).toBe("..............####..............");
    const metres = [
      { tick: 0, numerator: 3, denominator: 4 },
      { tick: 288, numerator: 4, denominator: 4 },
    ];
    const mixed = { ...piece([[12, 16, 60]]), metres };
    expect(line(mixed, 60)).toBe("................####............");
  });

  it("makes drums one step long", () => {
    expect(line(piece([[0, 8, 36]], 9), 36, 0)).toBe("#...............");
  });

  it("moves pitches out of range by octaves", () => {
    const format: RollFormat = { stepsPerBar: 16, lowPitch: 48, pitches: 24 };
    expect(line(piece([[0, 2, 37]]), 49, PIANO, format)).toMatch(/^##\./);
    expect(line(piece([[0, 2, 72]]), 60, PIANO, format)).toMatch(/^##\./);
    expect(line(piece([[0, 2, 107]]), 71, PIANO, format)).toMatch(/^##\./);
  });

  it("keeps triplets in 24 steps", () => {
    const format: RollFormat = { ...DEFAULT_ROLL, stepsPerBar: 24 };
    const third = 4 / 3;
    const song = piece([
      [0, 0.5, 60],
      [third, third + 0.5, 60],
      [2 * third, 2 * third + 0.5, 60],
    ]);
    expect(line(song, 60, PIANO, format)).toMatch(/^#\.#\.#\.\./);
  });

  it("refuses formats that no roll can have", () => {
    for (const wrong of [
      { stepsPerBar: 12 as 16 },
      { pitches: 70 },
      { pitches: 12 },
      { lowPitch: 60 },
      { lowPitch: 0.5 },
    ])
      expect(() => checkRollFormat({ ...DEFAULT_ROLL, ...wrong })).toThrow(ConfigError);
  });
});
