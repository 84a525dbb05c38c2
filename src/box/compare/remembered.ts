/** @file What a measurement of a model gave, kept beside its run: repeating a comparison measures nothing twice. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { modelFileOf, readModel } from "../../create/load.node.ts";
import type { ClosestPair } from "../../metrics/memorisation.ts";
import { writeFileAtomically } from "../workspace/files.ts";
import { FIGURES, type Figures } from "./figures.ts";
import type { Yardstick } from "./yardstick.ts";

/** Version of what is measured and how. A change of it makes a new one, and all is measured anew. */
const VERSION = 1;

/** The measured part of a model's figures. */
export interface Remembered {
  readonly figures: Figures;
  /** Samples that are nearest to a training picture, nearest first. */
  readonly closest: readonly ClosestPair[];
  readonly notes: readonly string[];
  readonly imagesPerSecond: number;
}

const finite = z.number();
const figure = z.strictObject({ value: finite, error: finite });
const schema = z.strictObject({
  figures: z.partialRecord(z.enum(Object.keys(FIGURES) as [keyof typeof FIGURES]), figure),
  closest: z.array(z.strictObject({ generated: finite, training: finite, distance: finite })),
  notes: z.array(z.string()),
  imagesPerSecond: finite,
});

/** SHA-256 [hex] of the generator of a run. */
export function modelHash(run: string): string {
  return createHash("sha256")
    .update(readModel(modelFileOf(run)))
    .digest("hex");
}

/**
 * The file for what a model gives by a yardstick: its name is a hash of everything that the figures depend on.
 *
 * @param run Folder of the run.
 * @param model SHA-256 of its generator.
 */
export function rememberedFile(
  run: string,
  model: string,
  { dataset, network, real, training, metrics, mirrored }: Yardstick,
  samples: number,
): string {
  const pictures = [dataset.contentHash, [...real.indices], [...training.indices]];
  const key = [VERSION, model, network.sha256, samples, metrics, mirrored, ...pictures];
  const name = createHash("sha256").update(JSON.stringify(key)).digest("hex").slice(0, 32);
  return join(run, "measured", `${name}.json`);
}

/** What is remembered; undefined if there is nothing that can be used. */
export function readRemembered(path: string): Remembered | undefined {
  try {
    const parsed = schema.safeParse(JSON.parse(readFileSync(path, "utf8")));
    return parsed.success ? (parsed.data as Remembered) : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a measurement. A disk that is full or not to be written to costs time only: the next one measures again. */
export function writeRemembered(path: string, measured: Remembered): void {
  try {
    writeFileAtomically(path, `${JSON.stringify(measured, null, 2)}\n`);
  } catch {
    // Said above.
  }
}
