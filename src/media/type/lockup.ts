import { ConfigError } from "../../base/errors.ts";
import { balancedBreaks } from "./break-lines.ts";
import { type Face, outline, type Run } from "./face.ts";
import { breakable } from "./text.ts";

/** Where text may stand; y goes down. */
export interface TextBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** How a title is set. */
export interface LockupStyle {
  /** "even": all lines of one size. "block": every line as wide as the widest, so that they stand like a block. */
  readonly kind: "even" | "block";
  /** Space added between letters, in parts of the size. */
  readonly tracking: number;
  /** Space between lines, in parts of the height of capitals. */
  readonly leading: number;
  /** Smallest size that can be read. */
  readonly smallest: number;
  /** Largest size. */
  readonly largest: number;
}

/** Text that was set: its outline, and the box of its ink. */
export interface SetText {
  readonly path: string;
  readonly box: TextBox;
  /** Size of the smallest line. */
  readonly size: number;
  /** Number of lines. */
  readonly lines: number;
}

/** Most lines of a title, and of one that is set as a block. */
const MAX_LINES = 16;
const MAX_BLOCK_LINES = 4;

/** Lines of a block differ at most so much in size. */
const BLOCK_RATIO = 2.4;

interface Sized {
  readonly run: Run;
  readonly size: number;
}

/**
 * Sets a title as large as its box allows, in as many lines as make it largest, centred across the box.
 *
 * @param anchor Where the lines stand if they do not fill the box's height.
 * @throws {ConfigError} if it does not fit even in the smallest size.
 */
export function setTitle(
  what: string,
  face: Face,
  text: string,
  box: TextBox,
  anchor: "top" | "middle" | "bottom",
  style: LockupStyle,
): SetText {
  const parts = breakable(text);
  const widths = parts.map((part) => face.run(part.text, style.tracking).advance);
  const space = face.run("A A", style.tracking).advance - 2 * face.run("A", style.tracking).advance;
  const gaps = parts.map(({ spaced }) => (spaced ? space : style.tracking));
  const kind = parts.length <= 10 ? style.kind : "even";
  const most = Math.min(parts.length, kind === "block" ? MAX_BLOCK_LINES : MAX_LINES);
  let best: { readonly lines: readonly Sized[]; readonly size: number } | undefined;
  for (let count = 1; count <= most; count++) {
    const starts = balancedBreaks(widths, gaps, count);
    const runs = starts.map((start, n) => {
      const line = parts.slice(start, starts[n + 1]);
      const joined = line.map((part, i) => (part.spaced && i > 0 ? ` ${part.text}` : part.text));
      return face.run(joined.join(""), style.tracking);
    });
    const lines = sized(runs, box, face, { ...style, kind });
    const size = Math.min(...lines.map((line) => line.size));
    // One more line must be worth it.
    if (best === undefined || size > 1.12 * best.size) best = { lines, size };
  }
  if (best === undefined || best.size < style.smallest) {
    throw new ConfigError(
      `${what}: "${text.slice(0, 40)}${text.length > 40 ? "…" : ""}" (${[...text].length} characters) does not fit even in small letters, expected a shorter one${parts.length === 1 ? ", or words to break it between" : ""}. Shorten it.`,
    );
  }
  return placed(best.lines, best.size, box, anchor, face.capHeight * style.leading);
}

/** Sizes of lines that fill the width of the box, and together not more than its height. */
function sized(
  runs: readonly Run[],
  box: TextBox,
  face: Face,
  { kind, leading, largest }: LockupStyle,
): Sized[] {
  const full = runs.map((run) => Math.min(largest, box.width / (run.right - run.left)));
  const least = Math.min(...full);
  const sizes = full.map((size) => (kind === "even" ? least : Math.min(size, BLOCK_RATIO * least)));
  const height = heightOf(
    runs.map((run, i) => ({ run, size: sizes[i] ?? least })),
    face.capHeight * leading,
  );
  const shrink = Math.min(1, box.height / height);
  return runs.map((run, i) => ({ run, size: shrink * (sizes[i] ?? least) }));
}

/** @param leading Space between lines in parts of the size. */
function heightOf(lines: readonly Sized[], leading: number): number {
  return lines.reduce((sum, { run, size }, i) => {
    const gap = i === 0 ? 0 : leading * Math.min(size, lines[i - 1]?.size ?? size);
    return sum + gap + size * (run.above + run.below);
  }, 0);
}

function placed(
  lines: readonly Sized[],
  size: number,
  box: TextBox,
  anchor: "top" | "middle" | "bottom",
  leading: number,
): SetText {
  const height = heightOf(lines, leading);
  const free = box.height - height;
  const top = box.y + { top: 0, middle: free / 2, bottom: free }[anchor];
  let y = top;
  const paths: string[] = [];
  for (const [i, { run, size: own }] of lines.entries()) {
    if (i > 0) y += leading * Math.min(own, lines[i - 1]?.size ?? own);
    const x = box.x + box.width / 2 - (own * (run.left + run.right)) / 2;
    paths.push(outline(run, x, y + own * run.above, own));
    y += own * (run.above + run.below);
  }
  const width = Math.max(...lines.map(({ run, size: own }) => own * (run.right - run.left)));
  return {
    path: paths.join(""),
    box: { x: box.x + (box.width - width) / 2, y: top, width, height },
    size,
    lines: lines.length,
  };
}
