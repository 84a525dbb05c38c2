import { join } from "node:path";
import { z } from "zod";
import { DamagedPack, RawItems, readIndex } from "../raw-items.node.ts";

/** Version of the packed form. A change of the pixels or of the index makes a new one. */
export const CLIP_PACK_VERSION = 1;

/** Name of the file with the pixels, in the folder of a packed data set. */
export const FRAMES_FILE = "frames.u8";
/** Name of the file that describes them. */
export const CLIP_INDEX_FILE = "index.json";

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
  readonly #frames: RawItems;

  private constructor(index: ClipIndex, frames: RawItems) {
    this.index = index;
    this.#frames = frames;
  }

  /**
   * Opens the packed frames in `folder`.
   *
   * @returns undefined if there are none.
   * @throws {DamagedPack} if size, checksum or index are wrong.
   */
  static async open(folder: string, contentHash: string): Promise<PackedFrames | undefined> {
    const index = await readIndex(join(folder, CLIP_INDEX_FILE), indexSchema);
    if (index === undefined) return undefined;
    const { frames: count, width, height, crc32 } = index;
    const inScenes = index.scenes.reduce((sum, scene) => sum + scene.frames, 0);
    if (index.contentHash !== contentHash || inScenes !== count)
      throw new DamagedPack("the index does not match");
    const shape = { what: "frames", count, itemBytes: 3 * width * height, crc32 };
    return new PackedFrames(index, await RawItems.open(join(folder, FRAMES_FILE), shape));
  }

  /** Frame `number`, [3, height, width]: to be used at once, for the next call may overwrite it. */
  read(number: number): Uint8Array {
    return this.#frames.read(number);
  }

  /** Frees the memory and the file. */
  close(): void {
    this.#frames.close();
  }
}
