import { closeSync, constants, openSync, readSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { z } from "zod";
import { invariant } from "../base/errors.ts";

/** A packed data set that cannot be used as it is. */
export class DamagedPack extends Error {}

/** A file of items up to this size [bytes] is held in memory. */
const MEMORY_LIMIT = 2 ** 30;

/** Bytes read at a time when checking a file. */
const BLOCK = 2 ** 23;

/** What a raw file must hold. */
export interface RawShape {
  /** What the items are called, for messages: "pictures". */
  readonly what: string;
  readonly count: number;
  /** Bytes of one item. */
  readonly itemBytes: number;
  /** CRC-32 of the file. */
  readonly crc32: number;
}

/** Items of one size, one after the other in a raw file: in memory where they fit, else read one by one. */
export class RawItems {
  readonly #shape: RawShape;
  /** All items, or the descriptor of their file; undefined once closed. */
  #items: Uint8Array | number | undefined;
  readonly #item: Uint8Array;

  private constructor(shape: RawShape, items: Uint8Array | number) {
    this.#shape = shape;
    this.#items = items;
    this.#item = new Uint8Array(shape.itemBytes);
  }

  /**
   * Opens a raw file and reads all of it once.
   *
   * @param memoryLimit A larger file [bytes] is not held in memory. @default 1 GiB
   * @throws {DamagedPack} if it cannot be read, or its size or checksum are wrong.
   */
  static async open(path: string, shape: RawShape, memoryLimit = MEMORY_LIMIT): Promise<RawItems> {
    const inMemory = shape.count * shape.itemBytes <= memoryLimit;
    const items = await readChecked(path, shape, inMemory).catch((cause: Error) => {
      if (cause instanceof DamagedPack) throw cause;
      throw new DamagedPack(`the ${shape.what} cannot be read: ${cause.message}`, { cause });
    });
    return new RawItems(shape, items ?? openSync(path, constants.O_RDONLY));
  }

  /** Item `number`: to be used at once, for the next call may overwrite it. */
  read(number: number): Uint8Array {
    invariant(this.#items !== undefined, "the data set was read after it was closed");
    const { what, count, itemBytes } = this.#shape;
    invariant(
      Number.isInteger(number) && number >= 0 && number < count,
      `number ${number} of ${count} ${what} does not exist`,
    );
    const begin = number * itemBytes;
    if (typeof this.#items !== "number") return this.#items.subarray(begin, begin + itemBytes);
    for (let at = 0; at < itemBytes; ) {
      const bytes = readSync(this.#items, this.#item, at, itemBytes - at, begin + at);
      invariant(bytes > 0, `the packed file ends inside number ${number} of the ${what}`);
      at += bytes;
    }
    return this.#item;
  }

  /** Frees the memory and the file. */
  close(): void {
    if (typeof this.#items === "number") closeSync(this.#items);
    this.#items = undefined;
  }
}

/** Reads the whole file once to check it, keeping the bytes if asked to. */
async function readChecked(
  path: string,
  { what, count, itemBytes, crc32: expected }: RawShape,
  keep: boolean,
): Promise<Uint8Array | undefined> {
  const size = count * itemBytes;
  const file = await open(path, "r");
  try {
    const actual = (await file.stat()).size;
    if (actual !== size)
      throw new DamagedPack(`the ${what} take ${actual} bytes, expected ${size}`);
    const kept = keep ? new Uint8Array(size) : undefined;
    const scratch = new Uint8Array(keep ? 0 : Math.min(BLOCK, size));
    let crc = 0;
    for (let at = 0; at < size; ) {
      const block = kept
        ? kept.subarray(at, at + BLOCK)
        : scratch.subarray(0, Math.min(BLOCK, size - at));
      const { bytesRead } = await file.read(block, 0, block.length, at);
      if (bytesRead === 0)
        throw new DamagedPack(`the ${what} end after ${at} bytes, expected ${size}`);
      crc = crc32(block.subarray(0, bytesRead), crc);
      at += bytesRead;
    }
    if (crc !== expected) throw new DamagedPack(`the ${what}' checksum is wrong`);
    return kept;
  } finally {
    await file.close();
  }
}

/**
 * The JSON that describes a packed data set.
 *
 * @returns undefined if there is none.
 * @throws {DamagedPack} if it cannot be read, or is not what `schema` says.
 */
export async function readIndex<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new DamagedPack(`the index cannot be read: ${(cause as Error).message}`, { cause });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new DamagedPack("the index is no JSON", { cause });
  }
  const { data, error } = schema.safeParse(json);
  if (error !== undefined)
    throw new DamagedPack(`the index is not valid: ${z.prettifyError(error)}`);
  return data;
}
