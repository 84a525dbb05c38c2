/** @file Pictures of a model to the art of a page, at a moderate size that treatments enlarge. */
import type { Image } from "../../media/image.ts";
import { Upscaler } from "../music-video/upscale.ts";
import { PAGE_WIDTH, type Page } from "./page.ts";

/** Width of art [pixels]: pictures of models are smaller, and larger art would show nothing more of them. */
const ART_WIDTH = 480;

/** Widest blend of two pictures that overlap, in parts of a picture. */
const BLEND = 0.34;

/** A part of the page with pictures in it; y goes down. */
export interface Piece {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** One picture, cut to the shape; or several that overlap along the longer side and blend into one another. */
  readonly pictures: readonly Image[];
  /** Whether it is upside down. */
  readonly flip?: boolean;
}

/**
 * The art of a page. Where there is no piece it shows the first picture: treatments look beyond the edges of pieces.
 */
export function compose(page: Page, pieces: readonly Piece[]): Image {
  const scale = ART_WIDTH / PAGE_WIDTH;
  const width = ART_WIDTH;
  const height = Math.round(page.tall * scale);
  const data = new Uint8Array(3 * width * height);
  const behind = { x: 0, y: 0, width: PAGE_WIDTH, height: page.tall };
  const base = pieces
    .slice(0, 1)
    .map((piece): Piece => ({ ...behind, pictures: piece.pictures.slice(0, 1) }));
  for (const piece of [...base, ...pieces]) {
    const [w, h] = [even(piece.width * scale), even(piece.height * scale)];
    const image = joined(piece.pictures, w, h);
    const [left, top] = [Math.max(0, Math.round(piece.x * scale)), Math.round(piece.y * scale)];
    for (let y = 0; y < h; y++) {
      const to = top + y;
      if (to < 0 || to >= height) continue;
      const from = (piece.flip ? h - 1 - y : y) * w;
      const count = Math.min(w, width - left);
      data.set(image.data.subarray(3 * from, 3 * (from + count)), 3 * (to * width + left));
    }
  }
  return { width, height, data };
}

/** Pictures are enlarged to even sizes only; one pixel more is cut off at the page's edge. */
const even = (x: number): number => Math.max(2, 2 * Math.ceil(x / 2));

/** Pictures of one shape side by side along the longer side, with smooth blends where they overlap. */
function joined(pictures: readonly Image[], width: number, height: number): Image {
  const [first] = pictures;
  const [side, length] = [Math.min(width, height), Math.max(width, height)];
  if (first === undefined) return { width, height, data: new Uint8Array(3 * width * height) };
  if (pictures.length === 1) return new Upscaler({ width, height, fit: "cover" }).image(first);
  const upright = height >= width;
  const ratio = upright ? first.height / first.width : first.width / first.height;
  const tile = Math.min(even(side * ratio), length);
  const shape = upright ? { width: side, height: tile } : { width: tile, height: side };
  const upscaler = new Upscaler({ ...shape, fit: "cover" });
  const tiles = pictures.map((picture) => upscaler.image(picture));
  const stride = (length - tile) / (pictures.length - 1);
  const blend = Math.max(1, Math.min(tile - stride, BLEND * tile));
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [along, across] = upright ? [y, x] : [x, y];
      // The middle of the overlap of tiles n and n + 1 is at n stride + (tile + stride) / 2.
      const place = (along + 0.5 - (tile + stride) / 2) / stride + 1;
      const n = Math.min(pictures.length - 1, Math.max(0, Math.round(place)));
      const seam = (n - 1) * stride + (tile + stride) / 2;
      const t = smooth((along + 0.5 - seam) / blend + 0.5);
      for (let c = 0; c < 3; c++) {
        const before = pixel(tiles[n - 1], along - (n - 1) * stride, across, upright, c);
        const after = pixel(tiles[n], along - n * stride, across, upright, c);
        data[3 * (y * width + x) + c] = n === 0 ? after : before + t * (after - before);
      }
    }
  }
  return { width, height, data };
}

function pixel(
  tile: Image | undefined,
  along: number,
  across: number,
  upright: boolean,
  c: number,
): number {
  if (tile === undefined) return 0;
  const last = (upright ? tile.height : tile.width) - 1;
  const place = Math.min(last, Math.max(0, Math.round(along)));
  const i = upright ? place * tile.width + across : across * tile.width + place;
  return tile.data[3 * i + c] as number;
}

/** 0 below 0, 1 above 1, and without corners between. */
function smooth(t: number): number {
  const x = Math.min(1, Math.max(0, t));
  return x * x * (3 - 2 * x);
}
