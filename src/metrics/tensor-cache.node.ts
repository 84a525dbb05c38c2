import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { HostTensor } from "../base/tensor.ts";
import { defaultCacheDir } from "../data/cache-dir.node.ts";
import { decodeSafetensors, encodeSafetensors } from "../graph/safetensors.ts";
import { tensorBytes } from "../graph/tensor-bytes.ts";

/** Tensors by name. */
export type Tensors = Readonly<Record<string, HostTensor>>;

/** Version of what is kept. A change of how features or statistics are computed makes a new one. */
const VERSION = 1;

/**
 * Tensors that are expensive to compute, remembered in the cache folder. A damaged or missing file is computed again; one that cannot be written
 * costs time only.
 */
export class TensorCache {
  readonly #folder: string;

  /** @param cacheDir @default `GANBOX_CACHE`, else `ganbox` in the system's cache folder */
  constructor(cacheDir = defaultCacheDir()) {
    this.#folder = join(cacheDir, "features");
  }

  /**
   * What is remembered under `key`, else what `compute` gives.
   *
   * @param key All that the tensors depend on: hashes of contents, names, options.
   */
  async get(
    key: readonly (string | number | boolean)[],
    compute: () => Promise<Tensors>,
  ): Promise<Tensors> {
    const name = createHash("sha256")
      .update(JSON.stringify([VERSION, ...key]))
      .digest("hex");
    const file = join(this.#folder, `${name.slice(0, 32)}.safetensors`);
    const known = read(file);
    if (known !== undefined) return known;
    const tensors = await compute();
    write(this.#folder, file, tensors);
    return tensors;
  }
}

function checksum(tensors: Tensors): string {
  const names = Object.keys(tensors).sort();
  return String(
    names.reduce((crc, name) => crc32(tensorBytes(tensors[name] as HostTensor), crc), 0),
  );
}

function read(file: string): Tensors | undefined {
  try {
    const { tensors, metadata } = decodeSafetensors(readFileSync(file), file);
    const found = Object.fromEntries(tensors);
    return metadata.crc32 === checksum(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

function write(folder: string, file: string, tensors: Tensors): void {
  const partial = `${file}.${randomUUID()}`;
  try {
    mkdirSync(folder, { recursive: true });
    const named = new Map(Object.entries(tensors));
    writeFileSync(partial, encodeSafetensors(named, { crc32: checksum(tensors) }));
    renameSync(partial, file);
  } catch {
    if (existsSync(partial)) rmSync(partial);
  }
}
