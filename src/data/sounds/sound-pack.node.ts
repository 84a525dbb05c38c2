import { closeSync, constants, openSync, readSync } from "node:fs";
import { open } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { z } from "zod";
import { invariant } from "../../base/errors.ts";
import { writeWhole } from "../write-whole.node.ts";

/** Version of the packed form. A change of the samples or of the index makes a new one. */
export const SOUND_PACK_VERSION = 1;

/** Bytes behind the index: its length. */
const TRAILER = 4;

/** Bytes read at a time when checking a file. */
const BLOCK = 2 ** 22;

const indexSchema = z.object({
  version: z.literal(SOUND_PACK_VERSION),
  contentHash: z.string(),
  /** Path the sounds came from, for people who clear the cache. */
  source: z.string(),
  /** Samples kept of each sound. */
  keep: z.number().int().positive(),
  classes: z.array(z.string()),
  labels: z.array(z.number()).nullable(),
  /** Source file of each sound. */
  files: z.array(z.string()),
  skipped: z.array(z.object({ file: z.string(), reason: z.string() })),
  warnings: z.array(z.string()),
  /** CRC-32 of the samples. */
  crc32: z.number(),
});

/** What is known about packed sounds. */
export type SoundIndex = z.infer<typeof indexSchema>;

/** What is known when all sounds are written. */
type Written = Omit<SoundIndex, "version" | "crc32">;

/**
 * Writes packed sounds as one file: 16-bit samples, the index as JSON, its length. It appears whole or not at all.
 *
 * @param write Is given a function that appends one sound of `keep` samples, full scale at -1 and 1.
 * @throws {DatasetError} if it cannot be written.
 */
export async function writeSoundPack(
  path: string,
  write: (append: (sound: Float32Array) => Promise<void>) => Promise<Written>,
): Promise<void> {
  await writeWhole(path, async (file) => {
    let crc = 0;
    const written = await write(async (sound) => {
      const bytes = new Uint8Array(2 * sound.length);
      const fields = new DataView(bytes.buffer);
      for (const [i, x] of sound.entries()) fields.setInt16(2 * i, Math.round(32_767 * x), true);
      crc = crc32(bytes, crc);
      await file.writeFile(bytes);
    });
    const index: SoundIndex = { version: SOUND_PACK_VERSION, ...written, crc32: crc };
    const json = Buffer.from(JSON.stringify(index));
    const trailer = Buffer.alloc(TRAILER);
    trailer.writeUInt32BE(json.length);
    await file.writeFile(Buffer.concat([json, trailer]));
  });
}

/** Packed sounds that are read one by one: the memory they take does not depend on their number. */
export class SoundPack {
  /** What is known about the sounds. */
  readonly index: SoundIndex;
  #file: number | undefined;
  readonly #bytes: Uint8Array;

  private constructor(index: SoundIndex, file: number) {
    this.index = index;
    this.#file = file;
    this.#bytes = new Uint8Array(2 * index.keep);
  }

  /** Opens packed sounds; undefined if there are none, or they are damaged and have to be made again. */
  static async open(path: string, contentHash: string): Promise<SoundPack | undefined> {
    const index = await readIndex(path, contentHash).catch(() => undefined);
    return index && new SoundPack(index, openSync(path, constants.O_RDONLY));
  }

  /** Copies sound `number` to `out`, `keep` samples. */
  read(number: number, out: Float32Array): void {
    invariant(this.#file !== undefined, "the data set was read after it was closed");
    invariant(this.index.files[number] !== undefined, `sound ${number} does not exist`);
    const { length } = this.#bytes;
    for (let at = 0; at < length; ) {
      const got = readSync(this.#file, this.#bytes, at, length - at, number * length + at);
      invariant(got > 0, `the packed file ends inside sound ${number}`);
      at += got;
    }
    const fields = new DataView(this.#bytes.buffer);
    for (let i = 0; i < out.length; i++) out[i] = fields.getInt16(2 * i, true) / 32_767;
  }

  /** Closes the file. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

/** The index, if it and the samples are sound. */
async function readIndex(path: string, contentHash: string): Promise<SoundIndex | undefined> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const part = async (position: number, length: number): Promise<Buffer> =>
      (await file.read(Buffer.alloc(length), 0, length, position)).buffer;
    const length = (await part(size - TRAILER, TRAILER)).readUInt32BE();
    const end = size - TRAILER - length;
    const index = indexSchema.parse(JSON.parse((await part(end, length)).toString("utf8")));
    if (index.contentHash !== contentHash || end !== 2 * index.keep * index.files.length) return;
    let crc = 0;
    for (let at = 0; at < end; at += BLOCK)
      crc = crc32(await part(at, Math.min(BLOCK, end - at)), crc);
    return crc === index.crc32 ? index : undefined;
  } finally {
    await file.close();
  }
}
