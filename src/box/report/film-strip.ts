import { readFileSync } from "node:fs";
import sharp from "sharp";
import type { SampleEvent } from "../../base/events.ts";
import type { Size } from "../../base/size.ts";
import { escapeHtml } from "../../media/page.ts";
import { shortNumber } from "./numbers.ts";

/** Most pictures of a strip: a page of some megabytes. */
const MOST_FRAMES = 24;

/** Longest side of a picture [pixels]. */
const LONGEST_SIDE = 768;

/** Room for pictures that are not to become smaller [pixels]: a page is about 600 wide. */
const ROOM: Size = { width: 400, height: 768 };

/** A picture whose longer side is shorter [pixels] is shown enlarged, pixel by pixel. */
const SMALL = 400;

const WEBP_QUALITY = 88;

/** A picture within a page. */
export interface EmbeddedImage {
  readonly src: string;
  readonly width: number;
  readonly height: number;
}

/** How many pictures of a size a page shows side by side without making them smaller; at least one. */
export function wholeGrid(cell: Size): { readonly columns: number; readonly rows: number } {
  const fitting = (room: number, side: number): number => Math.max(1, Math.floor(room / side));
  return { columns: fitting(ROOM.width, cell.width), rows: fitting(ROOM.height, cell.height) };
}

/**
 * A picture as part of a page; undefined if it cannot be read, for example because it is being written.
 *
 * @param source A path, or the bytes of a file.
 * @param cell Size of the pictures in a grid that say nothing when they are made smaller: as many of them are shown as there is room for. @default all of it
 */
export async function embedImage(
  source: string | Uint8Array,
  cell?: Size,
): Promise<EmbeddedImage | undefined> {
  try {
    const bytes = typeof source === "string" ? readFileSync(source) : source;
    let { width, height } = await sharp(bytes).metadata();
    if (cell !== undefined) {
      const { columns, rows } = wholeGrid(cell);
      width = Math.min(width, columns * cell.width);
      height = Math.min(height, rows * cell.height);
    }
    const image = sharp(bytes).extract({ left: 0, top: 0, width, height }).resize({
      width: LONGEST_SIDE,
      height: LONGEST_SIDE,
      fit: "inside",
      withoutEnlargement: true,
    });
    const exact = Math.max(width, height) <= SMALL;
    const { data, info } = await image
      .webp(exact ? { lossless: true } : { quality: WEBP_QUALITY })
      .toBuffer({ resolveWithObject: true });
    const src = `data:image/webp;base64,${data.toString("base64")}`;
    return { src, width: info.width, height: info.height };
  } catch {
    return undefined;
  }
}

/** An embedded picture as an element. */
export function imageElement(image: EmbeddedImage, alt: string): string {
  const { src, width, height } = image;
  const sharpEdges = Math.max(width, height) <= SMALL ? ' class="pixels"' : "";
  return `<img src="${src}" width="${width}" height="${height}" alt="${escapeHtml(alt)}"${sharpEdges}>`;
}

/** As many of all as a strip holds, the first and the last among them. */
function spread<T>(all: readonly T[]): T[] {
  if (all.length <= MOST_FRAMES) return [...all];
  const step = (all.length - 1) / (MOST_FRAMES - 1);
  return Array.from({ length: MOST_FRAMES }, (_, i) => all[Math.round(i * step)] as T);
}

/**
 * Samples over time: one large picture, and a slider and a strip to choose it. Without JavaScript the last one and the strip are shown.
 *
 * @param cell Size of a sample, where grids are shown in part rather than made smaller.
 * @returns HTML; undefined if there is no picture to show.
 */
export async function filmStrip(
  samples: readonly SampleEvent[],
  cell?: Size,
): Promise<string | undefined> {
  const frames: { readonly kimg: string; readonly image: EmbeddedImage }[] = [];
  for (const { kimg, path } of spread(samples)) {
    const image = await embedImage(path, cell);
    if (image !== undefined) frames.push({ kimg: shortNumber(kimg), image });
  }
  const last = frames.at(-1);
  if (last === undefined) return undefined;
  const strip = frames.map(
    ({ kimg, image }) =>
      `<button type="button" data-kimg="${kimg}">${imageElement(image, `samples at ${kimg} kimg`)}${kimg}</button>`,
  );
  return `<figure class="film">
${imageElement(last.image, "samples")
  .replace("<img", '<img id="frame"')
  .replace(/ (width|height)="\d+"/g, "")}
<label><input id="position" type="range" min="0" max="${frames.length - 1}" value="${frames.length - 1}" aria-label="position"><output id="at">${last.kimg} kimg</output></label>
<div class="strip" id="strip">
${strip.join("\n")}
</div>
</figure>`;
}

/** What makes the slider and the strip of `filmStrip` work. */
export const FILM_SCRIPT = `
const [frame, position, at] = ["frame", "position", "at"].map((id) => document.getElementById(id));
const frames = [...document.querySelectorAll("#strip button")];
const show = (n) => {
  frame.src = frames[n].querySelector("img").src;
  position.value = n;
  at.textContent = frames[n].dataset.kimg + " kimg";
  frames.forEach((one, i) => i === n ? one.setAttribute("aria-current", "true") : one.removeAttribute("aria-current"));
  const strip = frames[n].parentElement;
  strip.scrollLeft = frames[n].offsetLeft - strip.offsetLeft - strip.clientWidth / 2 + frames[n].clientWidth / 2;
};
if (frames.length > 0) {
  position.addEventListener("input", () => show(Number(position.value)));
  frames.forEach((one, i) => one.addEventListener("click", () => show(i)));
  show(frames.length - 1);
}`;
