import type { Size } from "../../base/size.ts";

/** A part of a picture [pixels]. */
export interface Tile extends Size {
  readonly left: number;
  readonly top: number;
}

/** Where `side` pixels are covered by as few pieces of one length as none is longer than `most`; the last ones may overlap. */
function pieces(side: number, most: number): { readonly length: number; readonly from: number[] } {
  const count = Math.ceil(side / most);
  const length = Math.ceil(side / count);
  return {
    length,
    from: Array.from({ length: count }, (_, i) => Math.min(i * length, side - length)),
  };
}

/** Tiles of one size that cover a picture, row by row. */
export function tilesOf({ width, height }: Size, most: number): Tile[] {
  const [across, down] = [pieces(width, most), pieces(height, most)];
  return down.from.flatMap((top) =>
    across.from.map((left) => ({ left, top, width: across.length, height: down.length })),
  );
}
