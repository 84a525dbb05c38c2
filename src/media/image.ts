/** @file A picture in memory. */

/** An 8-bit sRGB picture without alpha. */
export interface Image {
  /** Width [pixels]. */
  readonly width: number;
  /** Height [pixels]. */
  readonly height: number;
  /** Red, green and blue of each pixel, row by row from the top left: shape [H, W, 3], values 0..255. */
  readonly data: Uint8Array;
}

/** An sRGB colour, 0..255 a channel. */
export type Rgb = readonly [red: number, green: number, blue: number];
