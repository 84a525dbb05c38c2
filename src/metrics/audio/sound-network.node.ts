import { fileURLToPath } from "node:url";
import { loadFeatureNetwork } from "../feature-network.node.ts";
import type { FeatureNetwork } from "../feature-network.ts";

/** SHA-256 [hex] of models/features/sounds.onnx. */
const SHA256 = "6813443c65fac475f27c61d5ceabc64d884aaaf51a083863d4154267f1a93885";

/**
 * The network that sounds are measured with: a classifier of the instruments of General MIDI, 64 features of pictures of `AUDIO_FORMAT`.
 *
 * @throws {CheckpointError} if its file is missing or another one.
 */
export async function loadSoundNetwork(): Promise<FeatureNetwork> {
  const path = fileURLToPath(new URL("../../../models/features/sounds.onnx", import.meta.url));
  return await loadFeatureNetwork(path, SHA256);
}
