import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CheckpointError } from "../../base/errors.ts";
import { SuperResolution, type SuperResolutionOptions } from "./super-resolution.ts";

const FILE = new URL("../../../models/upscale/photo-2x.onnx", import.meta.url);

/** SHA-256 of the file [hex]. */
const SHA256 = "b6e034f535c5f624513a22e3c81125c0b59227597d26920fa1d09b1a09f4c0df";

/**
 * The super-resolution network that comes with Ganbox, trained on photographs by suite/upscaler.
 *
 * @throws {CheckpointError} if its file is missing or damaged.
 */
export async function loadSuperResolution(
  options: SuperResolutionOptions = {},
): Promise<SuperResolution> {
  const path = fileURLToPath(FILE);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new CheckpointError(
      `${path}: the super-resolution network cannot be read (${(cause as Error).message}). Install Ganbox again.`,
      { cause },
    );
  }
  const actual = createHash("sha256").update(bytes).digest("hex");
  if (actual !== SHA256) {
    throw new CheckpointError(
      `${path}: the SHA-256 of this network is ${actual}, expected ${SHA256}. It is damaged: install Ganbox again.`,
    );
  }
  return await SuperResolution.decode(bytes, path, options);
}
