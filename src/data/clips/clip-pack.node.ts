import { closeSync, constants, openSync, readSync } from "node:fs";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { z } from "zod";
import { invariant } from "../../base/errors.ts";
import { DamagedPack } from "../packed.node.ts";

/** Version of the packed form. A change of the pixels or of the index makes a new one. */
export const CLIP_PACK_VERSION = 1;

/** Name of the file with the pixels, in the folder of a packed data set. */
export const FRAMES_FILE = "frames.u8";
/** Name of the file that describes them. */
export const CLIP_INDEX_FILE = "index.json";

/** Packed frames up to this size [bytes] are held in memory. */
const MEMORY_LIMIT = 2 ** 30;

/** Bytes read at a time when checking a file. */
const BLOCK = 2 ** 23;

const indexSchema = z.object({
  version: z.literal(CLIP_PACK_VERSION),
  contentHash: z.string(),
  /** Path the films came from, for people who clear the cache. */
  source: z.string(),
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  /** Frames a second. */
  fps: z.number().positive(),
  /** Frames of all scenes and pictures. */
  frames: z.number().int().positive(),
  /** CRC-32 of the frames file. */
  crc32: z.number(),
  classes: z.array(z.string()),
  /** Runs of frames without a cut, in the order of the frames; `still` ones are single pictures. */
  scenes: z.array(
    z.object({
      file: z.string(),
      frames: z.number().int().positive(),
      label: z.number().int().nonnegative(),
      still: z.boolean(),
    }),
  ),
  skipped: z.array(z.object({ file: z.string(), reason: z.string() })),
  warnings: z.array(z.string()),
});

/** What is known about packed frames: the JSON beside them. */
export type ClipIndex = z.infer<typeof indexSchema>;

/** A run of frames without a cut. */
export type Scene = ClipIndex["scenes"][number];

/** Packed frames: [frames, 3, height, width] of bytes, in memory where they fit. */
export class PackedFrames {
  /** What is known about them. */
  readonly index: ClipIndex;
  /** All frames, or the descriptor of their file; undefined once closed. */
  #pixels: Uint8Array | number | undefined;

  private constructor(index: ClipIndex, pixels: Uint8Array | number) {
    this.index = index;
    this.#pixels = pixels;
  }

  /**
   * Opens the packed frames in `folder`.
   *
   * @param memoryLimit A larger file [bytes] is not held in memory but read frame by frame. @default 1 GiB
   * @returns undefined if there are none.
   * @throws {DamagedPack} if size, checksum or index are wrong.
   */
  static async open(
    folder: string,
    contentHash: string,
    memoryLimit = MEMORY_LIMIT,
  ): Promise<PackedFrames | undefined> {
    let text: string;
    try {
      text = await readFile(join(folder, CLIP_INDEX_FILE), "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw new DamagedPack(`the index cannot be read: ${(error as Error).message}`, {
        cause: error,
      });
    }
    const index = parseIndex(text, contentHash);
    const path = join(folder, FRAMES_FILE);
    const size = index.frames * 3 * index.width * index.height;
    const kept = await readChecked(path, size, index.crc32, size <= memoryLimit).catch(
      (error: Error) => {
        throw error instanceof DamagedPack
          ? error
          : new DamagedPack(`the frames cannot be read: ${error.message}`, { cause: error });
      },
    );
    return new PackedFrames(index, kept ?? openSync(path, constants.O_RDONLY));
  }

  /** Copies frame `number`, [3, height, width], to `out` at `offset`. */
  read(number: number, out: Uint8Array, offset: number): void {
    invariant(this.#pixels !== undefined, "the data set was read after it was closed");
    const { width, height, frames } = this.index;
    invariant(
      Number.isInteger(number) && number >= 0 && number < frames,
      `frame ${number} of ${frames} does not exist`,
    );
    const size = 3 * width * height;
    if (typeof this.#pixels !== "number") {
      out.set(this.#pixels.subarray(number * size, (number + 1) * size), offset);
      return;
    }
    for (let at = 0; at < size; ) {
      const bytes = readSync(this.#pixels, out, offset + at, size - at, number * size + at);
      invariant(bytes > 0, `the packed file ends inside frame ${number}`);
      at += bytes;
    }
  }

  /** Frees the memory and the file. */
  close(): void {
    if (typeof this.#pixels === "number") closeSync(this.#pixels);
    this.#pixels = undefined;
  }
}

function parseIndex(text: string, contentHash: string): ClipIndex {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new DamagedPack("the index is no JSON", { cause });
  }
  const parsed = indexSchema.safeParse(json);
  if (!parsed.success)
    throw new DamagedPack(`the index is not valid: ${z.prettifyError(parsed.error)}`);
  const { data: index } = parsed;
  const frames = index.scenes.reduce((sum, scene) => sum + scene.frames, 0);
  if (index.contentHash !== contentHash || frames !== index.frames)
    throw new DamagedPack("the index does not match");
  return index;
}

/** Reads the whole file once to check it, keeping the bytes if asked to. */
async function readChecked(
  path: string,
  size: number,
  expected: number,
  keep: boolean,
): Promise<Uint8Array | undefined> {
  const file: FileHandle = await open(path, "r");
  try {
    const actual = (await file.stat()).size;
    if (actual !== size) throw new DamagedPack(`the frames take ${actual} bytes, expected ${size}`);
    const kept = keep ? new Uint8Array(size) : undefined;
    const scratch = new Uint8Array(keep ? 0 : Math.min(BLOCK, size));
    let crc = 0;
    for (let at = 0; at < size; ) {
      const block = kept
        ? kept.subarray(at, at + BLOCK)
        : scratch.subarray(0, Math.min(BLOCK, size - at));
      const { bytesRead } = await file.read(block, 0, block.length, at);
      if (bytesRead === 0)
        throw new DamagedPack(`the frames end after ${at} bytes, expected ${size}`);
      crc = crc32(block.subarray(0, bytesRead), crc);
      at += bytesRead;
    }
    if (crc !== expected) throw new DamagedPack("the frames' checksum is wrong");
    return kept;
  } finally {
    await file.close();
  }
}
