import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** Bytes read at a time: some dozen events. */
const CHUNK = 16 * 1024;

const NEWLINE = 0x0a;

/**
 * The lines of a text file from the last to the first, as far as they are asked for: the end of a long log costs no more than that of a short one.
 * Nothing where there is no such file.
 */
export function* lastLines(path: string): Generator<string, void, undefined> {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return;
  }
  try {
    let end = fstatSync(file).size;
    // The beginning of the line whose end was read before.
    let rest: Buffer = Buffer.alloc(0);
    while (end > 0) {
      const start = Math.max(0, end - CHUNK);
      const chunk = Buffer.alloc(end - start);
      readSync(file, chunk, 0, chunk.length, start);
      let block: Buffer = Buffer.concat([chunk, rest]);
      for (let at = block.lastIndexOf(NEWLINE); at >= 0; at = block.lastIndexOf(NEWLINE)) {
        if (at + 1 < block.length) yield block.toString("utf8", at + 1);
        block = block.subarray(0, at);
      }
      rest = block;
      end = start;
    }
    if (rest.length > 0) yield rest.toString("utf8");
  } finally {
    closeSync(file);
  }
}
