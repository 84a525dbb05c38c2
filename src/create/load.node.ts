import { existsSync, readFileSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { CheckpointError } from "../base/errors.ts";
import { Generator, type GeneratorOptions } from "./generator.ts";

/**
 * The generator's ONNX file that `path` means: itself, or the one of a run folder.
 *
 * @throws {CheckpointError} if there is nothing at `path`, or a folder that is no run or has not trained long enough to have a model.
 */
export function modelFileOf(path: string): string {
  if (!existsSync(path)) {
    throw new CheckpointError(
      `${path}: there is no such file or folder, expected a model (.onnx, .safetensors, or .pkl of StyleGAN2-ADA) or a run folder. Check the path.`,
    );
  }
  if (!statSync(path).isDirectory()) return path;
  const model = join(path, "model", "generator.onnx");
  if (existsSync(model)) return model;
  if (existsSync(join(path, "config.json"))) {
    throw new CheckpointError(
      `${path}: this run has no model yet (no model/generator.onnx), expected at least one checkpoint. Go on with \`ganbox resume ${path}\`.`,
    );
  }
  throw new CheckpointError(
    `${path}: this folder is no run (no config.json), expected a folder that \`ganbox train\` made, or a model (.onnx).`,
  );
}

/**
 * A generator from its ONNX file or from a run folder.
 *
 * @param options `threads` is by default the number of cores.
 * @throws {CheckpointError} if there is none, or the file is damaged or no Ganbox generator.
 */
export async function loadGenerator(
  path: string,
  options: GeneratorOptions = {},
): Promise<Generator> {
  const file = modelFileOf(path);
  const bytes = readModel(file);
  return await Generator.decode(bytes, file, { threads: availableParallelism(), ...options });
}

/**
 * The bytes of a model's file.
 *
 * @throws {CheckpointError} if it cannot be read.
 */
export function readModel(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new CheckpointError(
      `${file}: the model cannot be read (${(cause as Error).message}). Check its permissions.`,
      { cause },
    );
  }
}
