import { describe, expect, it } from "vitest";
import { tune } from "../../../test/support/tune.ts";
import { MediaError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { barsOf } from "./bars.ts";
import { partOf } from "./parts.ts";
import { readMidi } from "./read.ts";
import type { Song } from "./song.ts";
import { secondsOf } from "./tempo.ts";
import { writeMidi } from "./write.ts";

const ascii = (text: string): number[] => [...text].map((letter) => letter.charCodeAt(0));
const chunk = (name: string, ...content: number[]): number[] => [
  ...ascii(name),
  0,
  0,
  content.length >> 8,
  content.length & 255,
  ...content,
];
const END = [0, 0xff, 0x2f, 0];

/** A file of one header and some tracks; `division` is that of the header. */
function file(format: number, division: number, ...tracks: number[][]): Uint8Array {
  const header = [0, format, 0, tracks.length, division >> 8, division & 255];
  return Uint8Array.from([
    ...chunk("MThd", ...header),
    ...tracks.flatMap((track) => chunk("MTrk", ...track)),
  ]);
}

const notesOf = (song: Song): number[][] =>
  song.notes.map(({ start, end, pitch, velocity }) => [start, end, pitch, velocity]);

describe("reading", () => {
  it("follows running status, and ends notes by a velocity of 0", () => {
    const song = readMidi(
      file(0, 96, [0, 0x90, 60, 100, 0, 64, 90, 0x60, 60, 0, 0, 64, 0, ...END]),
    );
    expect(notesOf(song)).toEqual([
      [0, 96, 60, 100],
      [0, 96, 64, 90],
    ]);
  });

  it("keeps running status across meta events and system messages", () => {
    const song = readMidi(
      file(0, 96, [
        ...[0, 0x90, 60, 100, 0, 0xff, 0x01, 2, 65, 66, 0x60, 60, 0],
        ...[0, 0xf0, 2, 1, 0xf7, 0, 0x90, 62, 100, 0x60, 62, 0, ...END],
      ]),
    );
    expect(notesOf(song)).toEqual([
      [0, 96, 60, 100],
      [96, 192, 62, 100],
    ]);
  });

  it("takes instruments of format 1 from whichever track names them", () => {
    const song = readMidi(
      file(1, 96, [0, 0xc2, 33, ...END], [0, 0x92, 40, 100, 0x60, 0x82, 40, 0, ...END]),
    );
    expect(song.notes[0]).toMatchObject({ program: 33, channel: 2, track: 1 });
    expect(song.notes.map(partOf)).toEqual(["bass"]);
  });

  it("puts the pieces of format 2 one after the other, at whole quarter notes", () => {
    const piece = [0, 0x90, 60, 100, 0x50, 60, 0, ...END];
    expect(notesOf(readMidi(file(2, 96, piece, piece)))).toEqual([
      [0, 80, 60, 100],
      [96, 176, 60, 100],
    ]);
  });

  it("times SMPTE divisions in seconds", () => {
    const song = readMidi(
      file(0, 0xe728, [
        0,
        0x90,
        60,
        100,
        ...[0x87, 0x68],
        60,
        0,
        0,
        0xff,
        0x51,
        3,
        1,
        0,
        0,
        ...END,
      ]),
    );
    expect(song.timing).toBe("frames");
    expect(secondsOf(song)(1000)).toBeCloseTo(1, 9); // 25 frames of 40 ticks a second
  });

  it("follows tempo and metre", () => {
    const song = readMidi(
      file(0, 96, [
        ...[0, 0xff, 0x58, 4, 3, 2, 24, 8, 0, 0xff, 0x51, 3, 0x0f, 0x42, 0x40, 0, 0x90, 60, 100],
        ...[0x84, 0x40, 60, 0, 0, 0xff, 0x58, 4, 4, 2, 24, 8, 0, 0xff, 0x51, 3, 0x07, 0xa1, 0x20],
        ...[0, 0x90, 60, 100, 0x83, 0x00, 60, 0, ...END],
      ]),
    );
    expect(song.tempos).toEqual([
      { tick: 0, bpm: 60 },
      { tick: 576, bpm: 120 },
    ]);
    expect(secondsOf(song)(960)).toBeCloseTo(8, 9);
    expect(barsOf(song).map(({ start, numerator }) => [start, numerator])).toEqual([
      [0, 3],
      [288, 3],
      [576, 4],
    ]);
  });

  it("marks a bar that a change of metre cuts short", () => {
    const song = {
      ...tune(2),
      metres: [96 * 6].map((tick) => ({ tick, numerator: 4, denominator: 4 })),
    };
    const metres = [{ tick: 0, numerator: 4, denominator: 4 }, ...song.metres];
    expect(barsOf({ ...song, metres }).map(({ whole }) => whole)).toEqual([true, false, true]);
  });

  it("gives length to notes that have none or do not end", () => {
    const song = readMidi(
      file(0, 96, [0, 0x90, 60, 100, 0, 60, 0, 0, 62, 100, 0x60, ...END.slice(1)]),
    );
    expect(notesOf(song)).toEqual([
      [0, 1, 60, 100],
      [0, 96, 62, 100],
    ]);
    expect(song.warnings).toEqual(["1 notes never end; they last as long as their track."]);
  });

  it("reads RIFF containers, unknown chunks, and tracks without an end", () => {
    const plain = file(0, 96, [0, 0x90, 60, 100, 0x60, 60, 0]);
    const riff = Uint8Array.from([...ascii("RIFF----RMIDdata----"), ...plain, ...chunk("XTRA", 1)]);
    expect(notesOf(readMidi(riff))).toEqual([[0, 96, 60, 100]]);
  });

  it("names a file without notes by nothing but its lack of notes", () => {
    const song = readMidi(file(1, 96, [0, 0xff, 0x03, 2, ...ascii("hm"), ...END]));
    expect([song.notes.length, song.trackNames, barsOf(song).length]).toEqual([0, ["hm"], 0]);
  });
});

describe("damaged files", () => {
  const bytes = writeMidi(tune());
  const reason = (damaged: Uint8Array): string => {
    try {
      readMidi(damaged, "a.mid");
    } catch (error) {
      if (error instanceof MediaError) return error.message;
      throw error;
    }
    return "";
  };

  it("are refused wherever they are cut", () => {
    for (let length = 0; length < bytes.length; length++)
      expect(reason(bytes.slice(0, length)), `${length} bytes`).toMatch(/^a\.mid/);
  });

  it("say what is wrong", () => {
    expect(reason(new Uint8Array(50))).toContain("this is no MIDI file (50 bytes");
    expect(reason(bytes.slice(0, bytes.length - 9))).toMatch(/track 5: the file is cut short/);
    expect(reason(file(3, 96, END))).toContain("format 3");
    expect(reason(file(0, 0, END))).toContain("division is 0x0000");
    expect(reason(file(0, 96, [0, 60, 100]))).toContain("an event without status");
    expect(reason(file(0, 96, [0, 0x90, 60, 200, ...END]))).toContain(
      "0xc8 where 0 to 127 belongs",
    );
    expect(reason(file(0, 96, [0x80, 0x80, 0x80, 0x80, 0]))).toContain("more than 4 bytes");
    expect(reason(file(0, 96, [0, 0xff, 0x51, 3, 0, 0, 0, ...END]))).toContain("tempo of 0");
    expect(reason(file(0, 96, [0, 0xff, 0x03, 90, 65]))).toContain("an event of 90 bytes");
    expect(reason(file(0, 96, [0, 0xf4, ...END]))).toContain("0xf4");
  });

  it("never surface as anything but a MediaError, or as music beyond 24,000 bars", () => {
    const random = new Random(7);
    for (let i = 0; i < 3000; i++) {
      const damaged = bytes.slice();
      for (let k = 0; k < 4; k++) damaged[random.integer(damaged.length)] = random.integer(256);
      try {
        expect(barsOf(readMidi(damaged)).length).toBeLessThanOrEqual(24_000);
      } catch (error) {
        expect(error).toBeInstanceOf(MediaError);
      }
    }
  });
});

describe("writing", () => {
  it("is read back as the same piece", () => {
    const song = tune(4, 3);
    const { notes, tempos, metres, endTick, ticksPerQuarter } = readMidi(writeMidi(song));
    const unnumbered = (song: Pick<Song, "notes">): object[] =>
      song.notes.map((note) => ({ ...note, track: 0 }));
    expect(unnumbered({ notes })).toEqual(unnumbered(song));
    expect({ tempos, metres, endTick, ticksPerQuarter }).toEqual({
      tempos: song.tempos,
      metres: song.metres,
      endTick: song.endTick,
      ticksPerQuarter: 96,
    });
  });

  it("keeps the instruments of tracks that share a channel", () => {
    const [first, second] = tune(1).notes.filter(({ track }) => track === 4);
    const notes = [
      first!,
      { ...second!, track: 2, program: 3 },
      { ...first!, start: 300, end: 310 },
    ];
    const song = readMidi(writeMidi({ ...tune(1), notes }));
    expect(song.notes.map(({ program }) => program)).toEqual([48, 3, 48]);
  });

  it("refuses numbers that a file cannot hold", () => {
    const song = tune(1);
    const notes = [{ ...song.notes[0]!, pitch: 128 }];
    expect(() => writeMidi({ ...song, notes })).toThrow(
      "writeMidi: note 0: pitch is 128, expected a whole number from 0 to 127",
    );
    expect(() => writeMidi({ ...song, tempos: [{ tick: 0, bpm: 1 }] })).toThrow(MediaError);
  });
});
