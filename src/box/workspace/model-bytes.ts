import type { HostTensor } from "../../base/tensor.ts";
import { readModel } from "../../create/load.node.ts";
import { isSafetensors } from "../../graph/safetensors.ts";
import { encodeGenerator, type ModelInfo, readGenerator } from "../../models/model-file.ts";

/** A model's file, of whatever kind, and the ONNX file that it is or becomes. */
interface ModelBytes {
  readonly info: ModelInfo;
  /** By parameter name. */
  readonly weights: ReadonlyMap<string, HostTensor>;
  readonly onnx: Uint8Array;
  /** Size of the file itself [bytes]. */
  readonly bytes: number;
  /** Kind of a file that is no ONNX file, for readers. */
  readonly converted?: "safetensors" | "StyleGAN2-ADA network pickle";
}

/** First byte of Python's pickles. */
const PICKLE = 0x80;

/**
 * Reads a generator: an ONNX file, safetensors, or a StyleGAN2-ADA network pickle. Nothing in it is run.
 *
 * @throws {CheckpointError} if it cannot be read, is damaged, or holds no generator of a family here.
 */
export async function readModelBytes(file: string): Promise<ModelBytes> {
  const bytes = readModel(file);
  const { info, weights } = await readGenerator(bytes, file);
  const of = { info, weights, bytes: bytes.length };
  if (isSafetensors(bytes))
    return { ...of, onnx: encodeGenerator(info, weights), converted: "safetensors" };
  if (bytes[0] === PICKLE) {
    const converted = "StyleGAN2-ADA network pickle";
    return { ...of, onnx: encodeGenerator(info, weights), converted };
  }
  return { ...of, onnx: bytes };
}
