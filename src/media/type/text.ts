/** @file Texts that people give, checked before they are set. */
import { ConfigError } from "../../base/errors.ts";
import type { Face } from "./face.ts";

const RIGHT_TO_LEFT =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

const EMOJI = /\p{Emoji_Presentation}|\ufe0f|\p{Regional_Indicator}/u;

/** Scripts that messages name. */
const SCRIPTS = [
  "Han",
  "Hiragana",
  "Katakana",
  "Hangul",
  "Devanagari",
  "Bengali",
  "Tamil",
  "Thai",
  "Georgian",
  "Armenian",
  "Ethiopic",
  "Greek",
  "Cyrillic",
  "Latin",
] as const;

/** A text in Unicode's composed form, with white space as single spaces. */
export function tidy(text: string): string {
  return text.normalize("NFC").replace(/\s+/gu, " ").trim();
}

/**
 * In capitals. Greek capitals lose the accents of their small letters, as Greek sets them.
 */
export function capitals(text: string): string {
  return /\p{Script=Greek}/u.test(text) ? text.toLocaleUpperCase("el") : text.toUpperCase();
}

/**
 * @param what What the text is, for messages: "title".
 * @throws {ConfigError} if it runs from right to left, has emoji or control characters, or letters that the face lacks.
 */
export function checkText(what: string, text: string, face: Face): void {
  const rtl = RIGHT_TO_LEFT.exec(text)?.[0];
  if (rtl !== undefined) {
    throw new ConfigError(
      `${what}: "${rtl}" (${codeOf(rtl)}) is of a script that runs from right to left, which is not set here, expected one that runs from left to right. Leave the text out and set it in another program.`,
    );
  }
  const emoji = EMOJI.exec(text)?.[0];
  if (emoji !== undefined) throw emojiIn(what, emoji);
  for (const character of text) {
    if (/\p{Cc}/u.test(character)) {
      throw new ConfigError(
        `${what}: it has a control character (${codeOf(character)}), expected letters. Remove it.`,
      );
    }
    if (face.has(character.codePointAt(0) ?? 0)) continue;
    if (/\p{Extended_Pictographic}/u.test(character)) throw emojiIn(what, character);
    const script = SCRIPTS.find((name) => new RegExp(`\\p{Script=${name}}`, "u").test(character));
    throw new ConfigError(
      `${what}: the font ${face.name} has no "${character}" (${codeOf(character)}${script === undefined ? "" : `, ${script}`}), expected Latin, Greek or Cyrillic letters. Bring a font that has it with --font file.ttf (in code: font).`,
    );
  }
}

function emojiIn(what: string, emoji: string): ConfigError {
  return new ConfigError(
    `${what}: "${emoji}" (${codeOf(emoji)}) is an emoji, which has no outline to print, expected letters. Remove it.`,
  );
}

function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Parts of a text that a line may break between: words, and single characters of scripts that are written without spaces. */
export function breakable(text: string): Part[] {
  const parts: Part[] = [];
  for (const word of text.split(" ")) {
    const pieces = word.match(
      /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}][\p{P}ー]*|[^\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+/gu,
    );
    for (const [i, piece] of (pieces ?? [word]).entries())
      parts.push({ text: piece, spaced: i === 0 });
  }
  return parts;
}

/** A part of a text, and whether a space goes before it within a line. */
export interface Part {
  readonly text: string;
  readonly spaced: boolean;
}
