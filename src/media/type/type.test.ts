import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseCredits, setBilling } from "./billing.ts";
import { balancedBreaks } from "./break-lines.ts";
import { Face, outline } from "./face.ts";
import { bundledFace, readFace } from "./fonts.node.ts";
import { type LockupStyle, setTitle } from "./lockup.ts";
import { breakable, capitals, checkText, tidy } from "./text.ts";

const display = bundledFace("display");
const serif = bundledFace("serif");
const box = { x: 50, y: 100, width: 900, height: 300 };
const style: LockupStyle = { kind: "even", tracking: 0, leading: 0.3, smallest: 15, largest: 600 };

describe("faces", () => {
  test("pairs are kerned: AV stands closer than A and V", () => {
    const [a, v] = [display.run("A").advance, display.run("V").advance];
    expect(display.run("AV").advance).toBeLessThan(a + v - 0.01);
  });

  test("letters that are not tracked join into ligatures, tracked ones do not", () => {
    expect(serif.run("fi").glyphs).toHaveLength(1);
    expect(serif.run("fi", 0.1).glyphs).toHaveLength(2);
  });

  test("tracking adds space between letters, not after the last", () => {
    expect(display.run("OHO", 0.1).advance).toBeCloseTo(display.run("OHO").advance + 0.2, 6);
  });

  test("an outline lies where it was put, as large as its size says", () => {
    const run = display.run("H");
    const points = outline(run, 100, 500, 200).match(/-?\d+\.\d+ -?\d+\.\d+/g) ?? [];
    const ys = points.map((point) => Number(point.split(" ")[1]));
    expect(Math.max(...ys)).toBeCloseTo(500, 0);
    expect(Math.min(...ys)).toBeCloseTo(500 - 200 * display.capHeight, -1);
  });

  test("every bundled face has Latin, Greek and Cyrillic letters", () => {
    const text = "ŻÓŁĆ ŐŰ ẞ ΆΈΉΩ ЁЖЩЪЫЇЄҐ àéîõüßøœ “”‘’«»–—…©™";
    for (const name of ["display", "serif", "credits"] as const)
      expect(() => checkText("title", text, bundledFace(name))).not.toThrow();
  });

  test("files that are no fonts are refused by name", () => {
    const folder = mkdtempSync(join(tmpdir(), "ganbox-type-"));
    const cut = join(folder, "cut.ttf");
    writeFileSync(
      cut,
      readFileSync(new URL("../../../assets/fonts/eb-garamond-500.ttf", import.meta.url)).subarray(
        0,
        5000,
      ),
    );
    expect(() => readFace(cut)).toThrow(/cut\.ttf: the font cannot be read/);
    expect(() => readFace(join(folder, "none.ttf"))).toThrow(/none\.ttf: the font cannot be read/);
    rmSync(folder, { recursive: true });
    expect(() => Face.decode(new Uint8Array([1, 2, 3]), "x")).toThrow(/x: the font cannot be read/);
  });
});

describe("texts", () => {
  test.each([
    ["映画", /no "映" \(U\+6620, Han\).*--font file\.ttf/],
    ["हिन्दी", /Devanagari/],
    ["שלום", /runs from right to left/],
    ["مرحبا", /runs from right to left/],
    ["A\u202eB", /runs from right to left/],
    ["Night 🌙", /"🌙" \(U\+1F319\) is an emoji/],
    ["Heart ❤️", /is an emoji/],
    ["A\u0007B", /control character \(U\+0007\)/],
  ])("%s is refused", (text, message) => {
    expect(() => checkText("title", text, display)).toThrow(message);
  });

  test("white space is collapsed and accents are composed", () => {
    expect(tidy("  a\n\tb e\u0301 ")).toBe("a b é");
  });

  test("Greek capitals lose their accents, others keep them", () => {
    expect(capitals("Ταξίδι")).toBe("ΤΑΞΙΔΙ");
    expect(capitals("Éclat")).toBe("ÉCLAT");
  });

  test("Chinese and Japanese break between characters, with their marks", () => {
    expect(breakable("東京、物語 II").map(({ text }) => text)).toEqual([
      "東",
      "京、",
      "物",
      "語",
      "II",
    ]);
  });
});

describe("titles", () => {
  test("breaks make the widest line as narrow as can be", () => {
    expect(balancedBreaks([3, 1, 1, 3], [0, 1, 1, 1], 2)).toEqual([0, 2]);
    expect(balancedBreaks([5, 1, 1, 1], [0, 0, 0, 0], 2)).toEqual([0, 1]);
    expect(balancedBreaks([1, 1], [0, 0], 2)).toEqual([0, 1]);
  });

  test.each([["NIGHT"], ["THE LONG WAY HOME"], ["ЩУКА И ЁЖ"], [`${"A ".repeat(249)}END`]])(
    "title %# fills its box and stays within it",
    (text) => {
      for (const kind of ["even", "block"] as const) {
        const set = setTitle("title", display, text, box, "middle", { ...style, kind });
        expect(set.box.x).toBeGreaterThan(box.x - 0.01);
        expect(set.box.width).toBeLessThan(box.width + 0.01);
        expect(set.box.y).toBeGreaterThan(box.y - 0.01);
        expect(set.box.height).toBeLessThan(box.height + 0.01);
        const full = Math.max(set.box.width / box.width, set.box.height / box.height);
        expect(full).toBeGreaterThan(0.9);
      }
    },
  );

  test("500 letters of one word do not fit, and say so", () => {
    expect(() => setTitle("title", display, "W".repeat(500), box, "top", style)).toThrow(
      /title: "W+…" \(500 characters\) does not fit even in small letters/,
    );
  });
});

describe("credits", () => {
  test("roles are small, names are capitals", () => {
    const words = parseCredits("# crew\nKestrel Pictures presents\n\r\nmusic by: Ludwig van B\n");
    expect(words.map(({ text, small }) => (small ? text : text))).toEqual([
      ...["KESTREL", "PICTURES", "presents"],
      ...["music", "by", "LUDWIG", "VAN", "B"],
    ]);
    expect(words.filter(({ small }) => small).map(({ text }) => text)).toEqual([
      ...["presents", "music", "by"],
    ]);
    expect(words.filter(({ first }) => first)).toHaveLength(2);
  });

  const sizes = { largest: 30, smallest: 9 };

  test("they stand on the bottom of their box and within it, however many there are", () => {
    for (const count of [1, 12, 60]) {
      const words = parseCredits("directed by: Anna Lind\n".repeat(count));
      const set = setBilling(bundledFace("credits"), words, box, sizes);
      expect(set.box.y + set.box.height).toBeCloseTo(box.y + box.height, 6);
      expect(set.box.y).toBeGreaterThanOrEqual(box.y);
      expect(set.box.width).toBeLessThanOrEqual(box.width + 0.01);
    }
  });

  test("too many do not fit, and say so", () => {
    const words = parseCredits("directed by: Anna Lind\n".repeat(2000));
    expect(() => setBilling(bundledFace("credits"), words, box, sizes)).toThrow(
      /credits: 8000 words do not fit/,
    );
  });
});
