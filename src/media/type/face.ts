import { create, type Font } from "fontkit";
import { MediaError } from "../../base/errors.ts";

/** A glyph and where it stands, in parts of the font's size; y goes down and is 0 at the baseline. */
interface PlacedGlyph {
  readonly commands: readonly { readonly command: string; readonly args: readonly number[] }[];
  readonly x: number;
  readonly y: number;
}

/** One line of text, in parts of the font's size. */
export interface Run {
  readonly glyphs: readonly PlacedGlyph[];
  /** Where ink begins and ends, from the origin of the first glyph. */
  readonly left: number;
  readonly right: number;
  /** How far ink reaches above and below the baseline; a line of capitals is at least as high as capitals are. */
  readonly above: number;
  readonly below: number;
  /** How far the pen moved. */
  readonly advance: number;
}

/** A font that gives the outlines of lines. */
export class Face {
  /** Family and style, for messages. */
  readonly name: string;
  readonly #font: Font;
  readonly #runs = new Map<string, Run>();

  private constructor(font: Font) {
    this.#font = font;
    this.name = font.fullName;
  }

  /**
   * A face from the bytes of a TTF, OTF, WOFF or WOFF2 file; of a collection the first.
   *
   * @param where Name of the file, for messages.
   * @throws {MediaError} if it is none of these or damaged.
   */
  static decode(bytes: Uint8Array, where: string): Face {
    try {
      const font = create(bytes as Buffer);
      const face = new Face("fonts" in font ? (font.fonts[0] as Font) : font);
      face.run("A"); // tables are read when they are needed: a damaged one shows now
      return face;
    } catch (cause) {
      throw new MediaError(
        `${where}: the font cannot be read (${(cause as Error).message}), expected a whole TTF, OTF, WOFF or WOFF2 file. Take another copy of it.`,
        { cause },
      );
    }
  }

  /** Height of capitals in parts of the size. */
  get capHeight(): number {
    return (this.#font.capHeight || 0.7 * this.#font.ascent) / this.#font.unitsPerEm;
  }

  /** Whether the font can draw a character. */
  has(codePoint: number): boolean {
    return this.#font.hasGlyphForCodePoint(codePoint);
  }

  /**
   * The outlines of a line: kerned, with ligatures where letters are not tracked (a ligature cannot be spaced).
   *
   * @param tracking Space added between glyphs, in parts of the size.
   */
  run(text: string, tracking = 0): Run {
    const key = `${tracking} ${text}`;
    const known = this.#runs.get(key);
    if (known !== undefined) return known;
    const made = this.#make(text, tracking);
    this.#runs.set(key, made);
    return made;
  }

  #make(text: string, tracking: number): Run {
    const em = this.#font.unitsPerEm;
    const { glyphs, positions } = this.#font.layout(text, { liga: tracking === 0, kern: true });
    const placed: PlacedGlyph[] = [];
    let [pen, left, right, above, below] = [0, Number.POSITIVE_INFINITY, 0, this.capHeight, 0];
    for (const [i, glyph] of glyphs.entries()) {
      const place = positions[i];
      if (place === undefined) continue;
      const x = pen + place.xOffset / em;
      const y = -place.yOffset / em;
      const { commands, bbox } = glyph.path;
      if (commands.length > 0) {
        placed.push({ commands: commands.map((c) => ({ ...c, args: scaled(c.args, em) })), x, y });
        left = Math.min(left, x + bbox.minX / em);
        right = Math.max(right, x + bbox.maxX / em);
        above = Math.max(above, bbox.maxY / em - y);
        below = Math.max(below, y - bbox.minY / em);
      }
      pen += place.xAdvance / em + tracking;
    }
    const advance = Math.max(0, pen - tracking);
    return { glyphs: placed, left: Math.min(left, right), right, above, below, advance };
  }
}

/** To parts of the size, with y down. */
function scaled(args: readonly number[], em: number): number[] {
  return args.map((value, i) => (i % 2 === 0 ? value : -value) / em);
}

const LETTERS: Readonly<Record<string, string>> = {
  moveTo: "M",
  lineTo: "L",
  quadraticCurveTo: "Q",
  bezierCurveTo: "C",
  closePath: "Z",
};

/** The outline of a run as the data of an SVG path, with its origin at `x` on the baseline `y`. */
export function outline(run: Run, x: number, y: number, size: number): string {
  const parts: string[] = [];
  for (const glyph of run.glyphs) {
    for (const { command, args } of glyph.commands) {
      const numbers = args.map((value, i) =>
        (i % 2 === 0 ? x + size * (glyph.x + value) : y + size * (glyph.y + value)).toFixed(2),
      );
      parts.push(`${LETTERS[command] ?? ""}${numbers.join(" ")}`);
    }
  }
  return parts.join("");
}
