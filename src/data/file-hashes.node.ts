import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { readSmallFile } from "../media/small-file.node.ts";

const memorySchema = z.record(z.string(), z.tuple([z.number(), z.number(), z.string()]));

/** By name: size [bytes], modification time [ms] and SHA-256 [hex] of a file's content. */
type Memory = z.infer<typeof memorySchema>;

/**
 * A file changed within this time [ms] before it was read may change again without a new time stamp (FAT counts in 2 s): its hash is not
 * remembered.
 */
const SETTLED_MS = 2_000;

/** Content hashes of the files of one data set, remembered on disk so that unchanged files are not read again. */
export class FileHashes {
  readonly #file: string;
  readonly #known: Memory;
  readonly #current: Memory = {};
  #changed = false;

  private constructor(file: string, known: Memory) {
    this.#file = file;
    this.#known = known;
  }

  /**
   * @param cacheDir Folder in which hashes are remembered.
   * @param root Absolute path of the data set.
   */
  static async open(cacheDir: string, root: string): Promise<FileHashes> {
    const file = join(
      cacheDir,
      "hashes",
      `${createHash("sha256").update(root).digest("hex").slice(0, 32)}.json`,
    );
    let known: Memory = {};
    try {
      known = memorySchema.parse(JSON.parse(await readFile(file, "utf8")));
    } catch {
      // Missing or damaged: everything is hashed anew.
    }
    return new FileHashes(file, known);
  }

  /**
   * SHA-256 [hex] of the file at `path`, known as `name` inside the data set.
   *
   * @throws {Error} of the file system if it cannot be read.
   */
  async hash(name: string, path: string): Promise<string> {
    const known = this.#known[name];
    if (known !== undefined) {
      const { size, mtimeMs } = await stat(path);
      if (known[0] === size && known[1] === mtimeMs) {
        this.#current[name] = known;
        return known[2];
      }
    }
    const readAt = Date.now();
    const { stats, bytes } = readSmallFile(path);
    const digest = await sha256(bytes ?? createReadStream(path, { highWaterMark: 2 ** 20 }));
    if (readAt - stats.mtimeMs > SETTLED_MS) {
      this.#current[name] = [stats.size, stats.mtimeMs, digest];
      this.#changed = true;
    }
    return digest;
  }

  /** Remembers the hashes asked for since `open`, and forgets those of files that are gone. */
  async save(): Promise<void> {
    if (!this.#changed && Object.keys(this.#known).length === Object.keys(this.#current).length)
      return;
    const temporary = `${this.#file}.${process.pid}`;
    try {
      await mkdir(dirname(this.#file), { recursive: true });
      await writeFile(temporary, JSON.stringify(this.#current));
      await rename(temporary, this.#file);
    } catch {
      await rm(temporary, { force: true }).catch(() => {}); // an aid to speed only: without it, the next opening reads the files again
    }
  }
}

async function sha256(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  if (content instanceof Uint8Array) return hash.update(content).digest("hex");
  for await (const block of content) hash.update(block);
  return hash.digest("hex");
}
