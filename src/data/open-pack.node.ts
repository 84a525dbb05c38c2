import { DatasetError } from "../base/errors.ts";
import { DamagedPack } from "./raw-items.node.ts";

/** Times that a pack is opened and, if missing or damaged, made. More than one is needed only while other processes do the same. */
const ATTEMPTS = 3;

/** How a pack is opened and made. */
interface PackFolder<T> {
  /** What is in it, for messages: "pictures". */
  readonly what: string;
  /** Undefined if there is none. @throws {DamagedPack} if it cannot be used. */
  readonly open: () => Promise<T | undefined>;
  readonly write: () => Promise<void>;
}

/**
 * Opens the pack in `folder`, which is made if it is missing, and again if it is damaged.
 *
 * @returns The pack, and what was wrong with it.
 * @throws {DatasetError} if it cannot be made to last; and what `write` throws.
 */
export async function openPack<T>(
  folder: string,
  { what, open, write }: PackFolder<T>,
): Promise<{ readonly pack: T; readonly warnings: readonly string[] }> {
  const warnings: string[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      const pack = await open();
      if (pack !== undefined) return { pack, warnings };
    } catch (error) {
      if (!(error instanceof DamagedPack)) throw error;
      warnings.push(
        `The packed ${what} in ${folder} were damaged (${error.message}) and were made again.`,
      );
    }
    await write();
  }
  throw new DatasetError(
    `${folder}: the packed ${what} vanish or are damaged whenever they are made. Check the disk, or set GANBOX_CACHE to another folder.`,
  );
}
