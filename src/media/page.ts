/** @file The look of every HTML page that Ganbox writes: one file that needs nothing else, light or dark as the reader's system is. */

import { DARK_SERIES, LIGHT_SERIES, seriesStyle } from "./plot/palette.ts";

/** A page. */
export interface Page {
  /** Heading, and name of the browser's tab. Text. */
  readonly title: string;
  /** What kind of page it is, above the heading. Text. */
  readonly kind: string;
  /** What it is about, below the heading. Text. */
  readonly subtitle?: string;
  /** What is on it. HTML. */
  readonly body: string;
  /** Runs when the page is there: JavaScript of Ganbox itself, never from data. */
  readonly script?: string;
}

/** How good or bad a thing is, for colours. */
export type Tone = "good" | "warn" | "bad" | "plain";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as HTML, also within an attribute in quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] as string);
}

const STYLE = `
:root { color-scheme: light dark; --page: #fbfbfa; --panel: #fff; --ink: #1d2127; --muted: #68707b; --line: #e3e4e6; --grid: #ececee;
  ${seriesStyle(LIGHT_SERIES)} --good: #2c8558; --warn: #a86a08; --bad: #c03a36; }
@media (prefers-color-scheme: dark) { :root { --page: #15171a; --panel: #1c1f23; --ink: #e4e6e9; --muted: #979ea8; --line: #30343a; --grid: #292d32;
  ${seriesStyle(DARK_SERIES)} --good: #63c294; --warn: #e0ac54; --bad: #ee7b75; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums; }
main { max-width: 1120px; margin: 0 auto; padding: 48px 24px 72px; }
header { margin-bottom: 32px; }
header p { margin: 0; color: var(--muted); overflow-wrap: anywhere; }
.kind { font-size: 12px; letter-spacing: .08em; text-transform: uppercase; }
h1 { margin: 4px 0 6px; font-size: 28px; font-weight: 600; letter-spacing: -.01em; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 0 0 14px; font-size: 17px; font-weight: 600; }
section { margin-top: 44px; }
section > p { margin: -8px 0 16px; color: var(--muted); max-width: 46em; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(148px, 1fr)); margin: 0; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
.facts div { padding: 14px 16px; box-shadow: 1px 1px 0 var(--line); }
.facts dt { color: var(--muted); font-size: 12.5px; }
.facts dd { margin: 2px 0 0; font-size: 20px; font-weight: 500; letter-spacing: -.01em; overflow-wrap: anywhere; }
.notice { border: 1px solid var(--line); border-left: 3px solid var(--tone); border-radius: 6px; background: var(--panel); padding: 10px 16px; margin: 0 0 10px; }
.notice b { color: var(--tone); font-weight: 600; }
.notice p { margin: 2px 0 0; }
.good { --tone: var(--good); } .warn { --tone: var(--warn); } .bad { --tone: var(--bad); } .plain { --tone: var(--muted); }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--panel); }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: left; vertical-align: top; padding: 7px 16px; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
tr:first-child > * { border-top: 0; }
thead th { color: var(--muted); font-weight: 500; font-size: 12.5px; }
tbody th { font-weight: 400; color: var(--muted); width: 16em; }
td .tone { color: var(--tone); font-weight: 600; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr)); gap: 16px; }
.charts figure { margin: 0; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 14px 14px 8px; }
.charts figcaption { font-size: 14px; font-weight: 500; }
.charts small { display: block; color: var(--muted); font-weight: 400; font-size: 12.5px; line-height: 1.4; }
svg { display: block; width: 100%; height: auto; }
img { display: block; max-width: 100%; height: auto; }
.pixels { image-rendering: pixelated; }
pre { margin: 0; padding: 14px 16px; overflow-x: auto; font: 12.5px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
details { border: 1px solid var(--line); border-radius: 8px; background: var(--panel); margin-bottom: 10px; }
summary { cursor: pointer; padding: 10px 16px; font-weight: 500; }
details > :not(summary) { border-top: 1px solid var(--line); }
details .scroll { border-width: 1px 0 0; border-radius: 0; }
footer { margin-top: 56px; color: var(--muted); font-size: 12.5px; }
.film { margin: 0; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 16px; }
.film > img { width: min(100%, 560px); margin: 0 auto; border-radius: 4px; }
.film label { display: flex; gap: 16px; align-items: center; margin: 14px auto; max-width: 560px; }
.film input { flex: 1; accent-color: var(--series-1); }
.film output { min-width: 7em; color: var(--muted); text-align: right; }
.strip { display: flex; gap: 6px; overflow-x: auto; padding: 4px; margin: 0 -4px; }
.strip button { flex: none; padding: 0; border: 0; background: none; color: var(--muted); font: inherit; font-size: 11px; cursor: pointer; }
.strip img { width: 76px; border-radius: 3px; }
.strip [aria-current] { color: var(--ink); }
.strip [aria-current] img { outline: 2px solid var(--series-1); outline-offset: 1px; }
@media print { main { max-width: none; padding: 0; } .film label, .strip { display: none; } section { break-inside: avoid; } }
`;

/** A whole page. It loads nothing from elsewhere, and forbids the browser to. */
export function htmlPage({ title, kind, subtitle, body, script }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="Ganbox">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escapeHtml(title)} · ${escapeHtml(kind)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<p class="kind">${escapeHtml(kind)}</p>
<h1>${escapeHtml(title)}</h1>
${subtitle === undefined ? "" : `<p>${escapeHtml(subtitle)}</p>`}
</header>
${body}
</main>
${script === undefined ? "" : `<script>${script}</script>`}
</body>
</html>
`;
}

/**
 * A part of a page under a heading.
 *
 * @param title Text.
 * @param body HTML.
 * @param note What a reader should know, text.
 */
export function htmlSection(title: string, body: string, note?: string): string {
  const line = note === undefined ? "" : `<p>${escapeHtml(note)}</p>\n`;
  return `<section>\n<h2>${escapeHtml(title)}</h2>\n${line}${body}\n</section>`;
}

/** The figures that matter most, side by side: name and value, texts. */
export function htmlFacts(facts: readonly (readonly [name: string, value: string])[]): string {
  const items = facts.map(
    ([name, value]) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`,
  );
  return `<dl class="facts">\n${items.join("\n")}\n</dl>`;
}

/** Something the reader must not miss: a bold name and a sentence, texts. */
export function htmlNotice(tone: Tone, name: string, text: string): string {
  return `<div class="notice ${tone}"><b>${escapeHtml(name)}</b><p>${escapeHtml(text)}</p></div>`;
}

/**
 * A table whose first column names the rows.
 *
 * @param rows Cells as HTML: escape texts.
 * @param head Names of the columns, texts. @default none
 */
export function htmlTable(
  rows: readonly (readonly string[])[],
  head: readonly string[] = [],
): string {
  const names = head.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join("");
  const lines = rows.map(([first = "", ...others]) => {
    const cells = others.map((cell) => `<td>${cell}</td>`).join("");
    return `<tr><th scope="row">${first}</th>${cells}</tr>`;
  });
  const top = head.length === 0 ? "" : `<thead><tr>${names}</tr></thead>\n`;
  return `<div class="scroll"><table>\n${top}<tbody>\n${lines.join("\n")}\n</tbody></table></div>`;
}

/** A word in the colour of its tone, as HTML. */
export function htmlTone(tone: Tone, text: string): string {
  return `<span class="tone ${tone}">${escapeHtml(text)}</span>`;
}

/**
 * Charts side by side: as many a row as fit.
 *
 * @param charts Title and explanation are texts, `svg` is a picture.
 */
export function htmlCharts(
  charts: readonly { readonly title: string; readonly note?: string; readonly svg: string }[],
): string {
  const figures = charts.map(({ title, note, svg }) => {
    const small = note === undefined ? "" : ` <small>${escapeHtml(note)}</small>`;
    return `<figure><figcaption>${escapeHtml(title)}${small}</figcaption>\n${svg}\n</figure>`;
  });
  return `<div class="charts">\n${figures.join("\n")}\n</div>`;
}
