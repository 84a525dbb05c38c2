import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { CheckpointError } from "../base/errors.ts";
import type { HostTensor } from "../base/tensor.ts";
import { isSafetensors } from "../graph/safetensors.ts";
import { readGenerator } from "../models/model-file.ts";
import { checkpointFiles, readNewestCheckpoint } from "./checkpoint.node.ts";
import { emaOf } from "./phases.ts";
import { RunFolder } from "./run-folder.node.ts";
import type { StartModel } from "./start.ts";

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/**
 * Reads the model that a run is to start from: a run folder (its newest checkpoint), a generator (.onnx or .safetensors), or a StyleGAN2-ADA network pickle (.pkl).
 *
 * @throws {CheckpointError} if there is none, or it is damaged or of no family here.
 */
export async function readStart(path: string): Promise<StartModel> {
  const source = resolve(path);
  if (!existsSync(source)) {
    throw new CheckpointError(
      `${path}: there is no such file or folder, expected a model (.onnx, .safetensors or .pkl) or a run folder. Check the path.`,
    );
  }
  if (statSync(source).isDirectory()) return readRun(source);
  const bytes = readFileSync(source);
  const hash = sha256(bytes);
  if (bytes[0] === 0x80 && !isSafetensors(bytes))
    return { source, hash, ...(await readPickle(bytes, path)) };
  const { info, weights } = await readGenerator(bytes, path);
  return { source, hash, architecture: info.architecture, tensors: weights };
}

function readRun(source: string): StartModel {
  const run = RunFolder.open(source);
  const checkpoint = readNewestCheckpoint(run.checkpoints, () => undefined);
  const [newest] = checkpointFiles(run.checkpoints);
  if (checkpoint === undefined || newest === undefined) {
    throw new CheckpointError(
      `${source}: the run has no checkpoint, expected one in ${run.checkpoints}. Go on with \`ganbox resume ${source}\`.`,
    );
  }
  const { architecture } = run.config;
  return {
    source,
    hash: sha256(readFileSync(newest)),
    architecture,
    tensors: checkpoint.tensors,
  };
}

async function readPickle(
  bytes: Uint8Array,
  path: string,
): Promise<Pick<StartModel, "architecture" | "tensors">> {
  const { importStyleGan2 } = await import("../models/stylegan2/import.ts");
  const { architecture, average, generator, discriminator } = importStyleGan2(bytes, path);
  const tensors = new Map<string, HostTensor>(generator() ?? average);
  for (const [name, tensor] of average) tensors.set(emaOf(name), tensor);
  for (const [name, tensor] of discriminator() ?? []) tensors.set(name, tensor);
  return { architecture, tensors };
}
