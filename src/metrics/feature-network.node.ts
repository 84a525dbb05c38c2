import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { CheckpointError } from "../base/errors.ts";
import { FeatureNetwork } from "./feature-network.ts";

/** SHA-256 [hex] of the feature networks that come with Ganbox, models/features/*.onnx, by name. */
const BUNDLED: Readonly<Record<string, string>> = {
  mixed5: "9ad66a2ee447a963f7b7a8dbe7944cdd5fc2723b68992e66d9c70a65f4bcdfce",
  mnist: "abcbcbc3cee633f10bbfa3c933e40cffa9c75f7c3633f0241a8632dc7b2b06a7",
  fashion: "b936f5e20994a25761b7fe810012896b0e937a6edb29d59886b145c7d977e2a6",
};

/** Names of the feature networks that come with Ganbox. */
export const FEATURE_NETWORKS: readonly string[] = Object.keys(BUNDLED);

/**
 * Opens a feature network.
 *
 * @param source Name of one that comes with Ganbox ("mixed5": Inception-v3 up to mixed5, 768 features; "mnist" and "fashion": classifiers of digits and of clothes, 64 features), or the path of an ONNX file.
 * @param sha256 What the hash of the file must be [hex]. @default any for a file, the known one for a network of Ganbox
 * @throws {CheckpointError} if there is no such file, its hash is another one, or it is no feature network.
 */
export async function loadFeatureNetwork(source: string, sha256?: string): Promise<FeatureNetwork> {
  const known = Object.hasOwn(BUNDLED, source) ? BUNDLED[source] : undefined;
  const path =
    known === undefined
      ? source
      : fileURLToPath(new URL(`../../models/features/${source}.onnx`, import.meta.url));
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new CheckpointError(
      `${path}: the feature network cannot be read (${(cause as Error).message}), expected ${FEATURE_NETWORKS.join(", ")} or the path of an ONNX file.`,
      { cause },
    );
  }
  const actual = createHash("sha256").update(bytes).digest("hex");
  for (const expected of [known, sha256?.toLowerCase()]) {
    if (expected === undefined || expected === actual) continue;
    throw new CheckpointError(
      `${path}: the SHA-256 of this feature network is ${actual}, expected ${expected}. It is damaged or another one: get it again, or compare with results of that network only.`,
    );
  }
  const name = known === undefined ? basename(path) : source;
  return await FeatureNetwork.decode(bytes, { name, sha256: actual, where: path });
}
