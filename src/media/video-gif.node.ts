import { type FileHandle, open } from "node:fs/promises";
import sharp from "sharp";
import type { Image } from "./image.ts";
import type { EncoderSettings, FrameEncoder } from "./video-backend.ts";

/** Highest frame rate that players show: they take shorter delays than 2/100 s for a mistake. */
export const MAX_GIF_FPS = 50;

/** Libvips' effort, 1 to 10: twice this takes five times as long for 2 dB more on photographs. */
const EFFORT = 3;

/** Bytes of GIF's logical screen: signature, size, flags. */
const SCREEN_BYTES = 13;

/** Bytes of an image descriptor. */
const DESCRIPTOR_BYTES = 10;

/** Bit that says that a palette follows; the 3 lowest bits of the same byte hold its size. */
const HAS_PALETTE = 0x80;

const EXTENSION = 0x21;
const IMAGE = 0x2c;
const TRAILER = 0x3b;

/**
 * Writes an endlessly looping GIF, frame by frame, each with its own palette of 256 colours.
 *
 * Libvips (through sharp) chooses the palette and compresses; the frames are then strung together here, since sharp itself would
 * want all of them in memory at once.
 */
export class GifEncoder implements FrameEncoder {
  readonly #file: FileHandle;
  readonly #fps: number;
  #frames = 0;
  #written = Promise.resolve();

  private constructor(file: FileHandle, fps: number) {
    this.#file = file;
    this.#fps = fps;
  }

  /** Starts the file. */
  static async open({
    path,
    width,
    height,
    fps,
  }: Pick<EncoderSettings, "path" | "width" | "height" | "fps">): Promise<GifEncoder> {
    const encoder = new GifEncoder(await open(path, "w"), fps);
    await encoder.#file.writeFile(screen(width, height));
    return encoder;
  }

  /** Resolves when the frame before this one is in the file: two frames are compressed side by side. */
  async add({ width, height, data }: Image): Promise<void> {
    // The delay counts in 1/100 s: rounding where each frame ends, not how long it lasts, keeps the film's length.
    const end = (frames: number): number => Math.round((100 * frames) / this.#fps);
    const delay = end(this.#frames + 1) - end(this.#frames);
    this.#frames++;
    // A copy, since the caller may draw its next frame into the same array.
    const compressed = sharp(data.slice(), { raw: { width, height, channels: 3 } })
      .gif({ colours: 256, effort: EFFORT, dither: 1 })
      .toBuffer();
    const previous = this.#written;
    this.#written = Promise.all([compressed, previous]).then(([single]) =>
      this.#file.writeFile(Buffer.concat([delayBlock(delay), imageBlock(single)])),
    );
    this.#written.catch(() => undefined); // reported by the next call, which awaits it
    await previous;
  }

  async finish(): Promise<void> {
    await this.#written;
    await this.#file.writeFile(Buffer.of(TRAILER));
    await this.#file.close();
  }

  async cancel(): Promise<void> {
    await this.#written.catch(() => undefined);
    await this.#file.close();
  }
}

/** The start of a file: its size, no shared palette, and the Netscape extension that repeats it for ever. */
function screen(width: number, height: number): Buffer {
  const start = Buffer.alloc(SCREEN_BYTES);
  start.write("GIF89a", "latin1");
  start.writeUInt16LE(width, 6);
  start.writeUInt16LE(height, 8);
  const loop = Buffer.from([
    EXTENSION,
    0xff,
    11,
    ...Buffer.from("NETSCAPE2.0", "latin1"),
    3,
    1,
    0,
    0,
    0,
  ]);
  return Buffer.concat([start, loop]);
}

/** A graphic control extension: how long the next image stays [1/100 s], and that it is not cleared afterwards. */
function delayBlock(delay: number): Buffer {
  const keep = 1 << 2;
  return Buffer.from([EXTENSION, 0xf9, 4, keep, delay & 0xff, delay >> 8, 0, 0]);
}

/** The first image of a GIF file as a block with a palette of its own. */
function imageBlock(gif: Buffer): Buffer {
  const [shared, afterPalette] = paletteAt(gif, SCREEN_BYTES, gif.readUInt8(10));
  let position = afterPalette;
  while (gif.readUInt8(position) === EXTENSION) position = skipSubBlocks(gif, position + 2);
  const flagsAt = position + DESCRIPTOR_BYTES - 1;
  const descriptor = Buffer.from(gif.subarray(position, position + DESCRIPTOR_BYTES));
  if (descriptor[0] !== IMAGE)
    throw new Error(`internal: GIF block ${descriptor[0]}, expected an image`);
  const [own, dataAt] = paletteAt(gif, flagsAt + 1, gif.readUInt8(flagsAt));
  const palette = own.length > 0 ? own : shared;
  const sizeBits = Math.log2(palette.length / 3) - 1;
  descriptor[DESCRIPTOR_BYTES - 1] = (gif.readUInt8(flagsAt) & ~0x87) | HAS_PALETTE | sizeBits;
  const dataEnd = skipSubBlocks(gif, dataAt + 1);
  return Buffer.concat([descriptor, palette, gif.subarray(dataAt, dataEnd)]);
}

/** The palette (empty if `flags` announce none) and the position after it. */
function paletteAt(gif: Buffer, position: number, flags: number): [Buffer, number] {
  const end = flags & HAS_PALETTE ? position + 3 * 2 ** ((flags & 7) + 1) : position;
  return [gif.subarray(position, end), end];
}

/** The position after a row of sub-blocks: each begins with its length, and one of length 0 ends the row. */
function skipSubBlocks(gif: Buffer, start: number): number {
  let position = start;
  for (let length = gif.readUInt8(position); length > 0; length = gif.readUInt8(position))
    position += 1 + length;
  return position + 1;
}
