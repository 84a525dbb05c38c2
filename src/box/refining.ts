import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { CheckpointError } from "../base/errors.ts";
import { Generator } from "../create/generator.ts";
import { modelFileOf } from "../create/load.node.ts";
import { Judge, type ModelFile } from "../create/refine/judge.ts";
import { parseRefine, type RefineOptions } from "../create/refine/methods.ts";
import { RefinedGenerator } from "../create/refine/refined-generator.ts";
import type { Architecture } from "../models/family.ts";
import { familyOf } from "../models/registry.ts";
import { RunFolder } from "../train/run-folder.node.ts";
import { calibrationOf } from "./calibration.ts";

export type { RefineMethod, RefineOptions } from "../create/refine/methods.ts";

/** How a refined generator is loaded. */
export interface LoadRefinedOptions extends RefineOptions {
  /** Told while the discriminator is calibrated, which happens once for each checkpoint. */
  readonly onProgress?: (stage: string, done: number, total: number) => void;
}

/**
 * A generator together with the discriminator of its run.
 *
 * @param path The folder of a run, or a model in its folder `model`.
 * @throws {CheckpointError} if there is no model, no discriminator beside it or no run around it, one of them is damaged, or the discriminator is of no use.
 * @throws {DatasetError} if the discriminator is to be calibrated and the pictures of the run cannot be used.
 * @throws {ConfigError} if the method is unknown or the rounds are out of range.
 */
export async function loadRefined(
  path: string,
  options: LoadRefinedOptions = {},
): Promise<RefinedGenerator> {
  parseRefine(options);
  const model = modelFileOf(path);
  const beside = join(dirname(model), "discriminator.onnx");
  const run = dirname(dirname(model));
  const G = readModel(model);
  const threads = { threads: availableParallelism() };
  const generator = await Generator.decode(G.bytes, model, threads);
  if (!existsSync(beside)) throw withoutDiscriminator(model, run, generator.info.architecture);
  const D = readModel(beside);
  const judge = await Judge.decode(G, D, threads);
  try {
    const calibration = await calibrationOf({
      run: RunFolder.open(run),
      generator,
      judge,
      files: [G, D],
      path: model.replace(/(\.onnx)?$/, ".calibration.json"),
      onProgress: options.onProgress,
    });
    return new RefinedGenerator({ generator, judge, calibration }, options);
  } catch (error) {
    await judge.dispose();
    throw error;
  }
}

function withoutDiscriminator(
  model: string,
  run: string,
  { family }: Architecture,
): CheckpointError {
  let what =
    "there is no discriminator.onnx beside it, expected the model of a run. Give the folder of the run instead; a model alone cannot be refined.";
  if (familyOf(family).discriminator === undefined)
    what = `models of the family ${family} have none, expected one of an adversarial family such as r3gan. Generate without --refine.`;
  else if (existsSync(join(run, "config.json")))
    what = `its run has none yet (no model/discriminator.onnx), expected one beside the generator. It is written at each checkpoint: if the run is older than that, \`ganbox resume ${run}\` adds it.`;
  return new CheckpointError(`${model}: to refine pictures takes a discriminator, and ${what}`);
}

function readModel(path: string): ModelFile {
  try {
    return { bytes: readFileSync(path), where: path };
  } catch (cause) {
    throw new CheckpointError(
      `${path}: the model cannot be read (${(cause as Error).message}). Check its permissions.`,
      { cause },
    );
  }
}
