import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CheckpointError } from "../../base/errors.ts";
import { VideoNetwork } from "./video-network.ts";

/** SHA-256 [hex] of models/features/video.onnx. */
const SHA256 = "c4e91be9a8fc644c1053de9ff530ef392cd0eed73fbc0c9f7912fced17c2e100";

/**
 * The small video network that comes with Ganbox.
 *
 * @throws {CheckpointError} if its file is missing, or another one.
 */
export async function loadVideoNetwork(): Promise<VideoNetwork> {
  const where = fileURLToPath(new URL("../../../models/features/video.onnx", import.meta.url));
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(where);
  } catch (cause) {
    throw new CheckpointError(
      `${where}: the video network cannot be read (${(cause as Error).message}), expected the one that comes with Ganbox. Install Ganbox again.`,
      { cause },
    );
  }
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (sha256 !== SHA256) {
    throw new CheckpointError(
      `${where}: the SHA-256 of the video network is ${sha256}, expected ${SHA256}. It is damaged or another one: install Ganbox again.`,
    );
  }
  return await VideoNetwork.decode(bytes, { name: "video", sha256, where });
}
