import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { MediaError } from "../../base/errors.ts";

/**
 * Writes a file so that readers see the old one or the new one, never a part; two processes that write it at once do not mix.
 *
 * @param path Its folder is made if missing.
 * @throws {MediaError} if it cannot be written; a file that was there before stays.
 */
export function writeFileAtomically(path: string, content: string | Uint8Array): void {
  const partial = `${path}.${process.pid}-${randomBytes(4).toString("hex")}.partial`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(partial, content);
    renameSync(partial, path);
  } catch (cause) {
    if (existsSync(partial)) rmSync(partial);
    throw new MediaError(
      `${path}: cannot be written (${(cause as Error).message}). Check the folder's permissions and free space.`,
      { cause },
    );
  }
}
