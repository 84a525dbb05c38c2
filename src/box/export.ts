import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { MediaError } from "../base/errors.ts";
import { modelFileOf } from "../create/load.node.ts";
import { encodeSafetensors } from "../graph/safetensors.ts";
import { encodeGenerator, readGenerator } from "../models/model-file.ts";

/** Formats of exported models. */
export const EXPORT_FORMATS = ["onnx", "safetensors"] as const;

/**
 * Writes a generator for other programs: "onnx" is a whole model that any ONNX runtime runs (input z, output images in [-1, 1]), "safetensors"
 * the weights alone. Both carry the description of the model in their metadata.
 *
 * @param source A model (.onnx, .safetensors, or .pkl of StyleGAN2-ADA) or a run folder.
 * @param out File to write; its folder is made if missing.
 * @param options `half` keeps the weights of an ONNX file in half precision: half the size, pictures that differ by at most a few 1/255.
 * @throws {CheckpointError} if there is no model, or it is damaged.
 * @throws {MediaError} if the file cannot be written; a file that was there before stays.
 */
export async function exportModel(
  source: string,
  format: (typeof EXPORT_FORMATS)[number],
  out: string,
  { half = false } = {},
): Promise<void> {
  const file = modelFileOf(source);
  const { info, weights } = await readGenerator(readFileSync(file), file);
  const bytes =
    format === "onnx"
      ? encodeGenerator(info, weights, { half })
      : encodeSafetensors(weights, { ganbox: JSON.stringify(info) });
  const partial = `${out}.partial`;
  try {
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(partial, bytes);
    renameSync(partial, out);
  } catch (cause) {
    if (existsSync(partial)) rmSync(partial);
    throw new MediaError(
      `${out}: the model cannot be written (${(cause as Error).message}). Check the folder's permissions and free space.`,
      { cause },
    );
  }
}
