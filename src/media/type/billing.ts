import { ConfigError } from "../../base/errors.ts";
import { balancedBreaks } from "./break-lines.ts";
import { type Face, outline } from "./face.ts";
import type { SetText, TextBox } from "./lockup.ts";
import { capitals, tidy } from "./text.ts";

/** A word of the credits. */
export interface BillingWord {
  readonly text: string;
  /** Words such as "directed by" are small beside the names. */
  readonly small: boolean;
  /** Whether it begins a credit: these stand further apart. */
  readonly first: boolean;
}

/** Size of small words in parts of that of names. */
const SMALL = 0.6;

/** Space between credits and between words, and between baselines, in parts of the size. */
const CREDIT_GAP = 0.62;
const WORD_GAP = 0.2;
const LINE = 0.98;

/** Most words; more would not be read on any poster. */
const MAX_WORDS = 600;

/** Letters of names stand a little apart: they are capitals. */
const TRACKING = 0.025;

/**
 * The words of credits: each line of the text is one credit. With a colon, what is before it is small and all behind it is a name
 * (`directed by: Ludwig van Beethoven`); without, words that begin with a small letter are small (`Kestrel Pictures presents`). Names are set in capitals.
 * Empty lines and those that begin with # are left out.
 */
export function parseCredits(text: string): BillingWord[] {
  const words: BillingWord[] = [];
  for (const line of text.split(/\r\n|\r|\n/u)) {
    const credit = tidy(line);
    if (credit === "" || credit.startsWith("#")) continue;
    const colon = credit.indexOf(":");
    const role = colon === -1 ? "" : credit.slice(0, colon).trim();
    const rest = colon === -1 ? credit : credit.slice(colon + 1).trim();
    const named = rest
      .split(" ")
      .map((word) => ({ word, small: colon === -1 && /^\p{Ll}/u.test(word) }));
    const small = role === "" ? [] : role.split(" ").map((word) => ({ word, small: true }));
    const all = [...small, ...named].filter(({ word }) => word !== "");
    for (const [i, { word, small }] of all.entries())
      words.push({
        text: small ? word.toLowerCase() : capitals(word),
        small,
        first: i === 0,
      });
  }
  return words;
}

/**
 * Sets credits as the block at the foot of a film poster: balanced lines, centred, standing on the bottom of the box, as large as fits.
 *
 * @param sizes Largest and smallest size.
 * @throws {ConfigError} if they do not fit even in the smallest size.
 */
export function setBilling(
  face: Face,
  words: readonly BillingWord[],
  box: TextBox,
  sizes: { readonly largest: number; readonly smallest: number },
): SetText {
  if (words.length > MAX_WORDS) throw tooLong(words.length);
  const runs = words.map(({ text, small }) => face.run(text, small ? 0 : TRACKING));
  const widths = runs.map((run, i) => run.advance * (words[i]?.small ? SMALL : 1));
  const gaps = words.map(({ first }) => (first ? CREDIT_GAP : WORD_GAP));
  /** Width of the words from `start` up to `end` in one line. */
  const widthOf = (start: number, end: number): number => {
    const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
    return sum(widths.slice(start, end)) + sum(gaps.slice(start + 1, end));
  };
  const items = unbroken(
    words,
    (start, end) => widthOf(start, end) <= 0.6 * (box.width / sizes.largest),
  );
  const ends = [...items.slice(1), words.length];
  const itemWidths = items.map((start, i) => widthOf(start, ends[i] ?? words.length));
  const itemGaps = items.map((start) => gaps[start] ?? 0);
  for (let count = 1; ; count++) {
    const starts = balancedBreaks(itemWidths, itemGaps, Math.min(count, items.length)).map(
      (item) => items[item] ?? 0,
    );
    const lines = starts.map((start, n) => ({ start, end: starts[n + 1] ?? words.length }));
    const lengths = lines.map(({ start, end }) => widthOf(start, end));
    const high = box.height / (LINE * count);
    const size = Math.min(sizes.largest, high, box.width / Math.max(...lengths));
    // As few lines as allow the largest size; or so many that more would only make it smaller.
    const done = size >= Math.min(sizes.largest, high);
    if (!done && count < items.length) continue;
    if (size < sizes.smallest) throw tooLong(words.length);
    const height = size * (LINE * (lines.length - 1) + face.capHeight);
    const top = box.y + box.height - height;
    const paths = lines.flatMap(({ start, end }, n) => {
      const baseline = top + size * (face.capHeight + LINE * n);
      let x = box.x + (box.width - size * (lengths[n] ?? 0)) / 2;
      return runs.slice(start, end).map((run, k) => {
        const i = start + k;
        if (k > 0) x += size * (gaps[i] ?? 0);
        const path = outline(run, x, baseline, size * (words[i]?.small ? SMALL : 1));
        x += size * (widths[i] ?? 0);
        return path;
      });
    });
    const width = size * Math.max(...lengths);
    return {
      path: paths.join(""),
      box: { x: box.x + (box.width - width) / 2, y: top, width, height },
      size,
      lines: lines.length,
    };
  }
}

/** Where lines may begin: at credits, and within those that are not short. */
function unbroken(
  words: readonly BillingWord[],
  short: (start: number, end: number) => boolean,
): number[] {
  const items: number[] = [];
  for (let start = 0; start < words.length; ) {
    const next = words.findIndex(({ first }, i) => i > start && first);
    const end = next === -1 ? words.length : next;
    if (short(start, end)) items.push(start);
    else for (let i = start; i < end; i++) items.push(i);
    start = end;
  }
  return items;
}

function tooLong(count: number): ConfigError {
  return new ConfigError(
    `credits: ${count} words do not fit even in small letters, expected fewer. Shorten them.`,
  );
}
