/** @file Families side by side on the page of a comparison, each in its colour. */
import { imageGrid } from "../../media/grid.ts";
import { encodePng } from "../../media/image.node.ts";
import type { Image } from "../../media/image.ts";
import { escapeHtml } from "../../media/page.ts";
import { seriesColour } from "../../media/plot/palette.ts";
import { embedImage, imageElement } from "../report/film-strip.ts";

/** Colour of family number `index` within `inFamilyColours`. */
export function familyColour(index: number): string {
  return `var(--family-${index + 1})`;
}

/**
 * HTML in which families have colours: those of the lines of charts, whose names plots within may then use for other things.
 *
 * @param count Number of families.
 */
export function inFamilyColours(count: number, html: string): string {
  const names = Array.from({ length: count }, (_, i) => `--family-${i + 1}:${seriesColour(i)}`);
  return `<div style="${names.join(";")}">\n${html}\n</div>`;
}

/** One framed thing. */
export interface Card {
  /** Text. */
  readonly title: string;
  /** Number of the family whose colour it has. @default no colour */
  readonly index?: number;
  /** Text. */
  readonly note?: string;
  readonly html: string;
}

/**
 * Cards side by side: as many a row as fit.
 *
 * @param width Least width of one [pixels].
 */
export function cards(all: readonly Card[], width: number): string {
  const figures = all.map(({ title, index, note, html }) => {
    const dot = index === undefined ? "" : `${colourDot(index)} `;
    const small = note === undefined ? "" : ` <small>${escapeHtml(note)}</small>`;
    return `<figure><figcaption style="margin-bottom:8px">${dot}${escapeHtml(title)}${small}</figcaption>\n${html}\n</figure>`;
  });
  const columns = `repeat(auto-fill,minmax(min(100%,${width}px),1fr))`;
  return `<div class="charts" style="grid-template-columns:${columns};margin-bottom:16px">\n${figures.join("\n")}\n</div>`;
}

/** A dot in the colour of a family. */
export function colourDot(index: number): string {
  return `<span style="color:${familyColour(index)}">●</span>`;
}

/** Pictures as a grid that fills its card. */
export async function pictures(
  images: readonly Image[],
  columns: number,
  alt: string,
): Promise<string> {
  const embedded = await embedImage(await encodePng(imageGrid(images, { columns })));
  if (embedded === undefined) return "";
  return imageElement(embedded, alt).replace("<img", '<img style="width:100%;border-radius:3px"');
}
