import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { DatasetError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import type { Generator, Latent } from "../create/generator.ts";
import { type Calibration, calibrate, type Judged } from "../create/refine/calibration.ts";
import type { Exhibit, Judge, ModelFile } from "../create/refine/judge.ts";
import { type Dataset, exampleOf } from "../data/dataset.ts";
import { splitByFile } from "../metrics/held-out.ts";
import { writeFileDurably } from "../train/files.node.ts";
import type { RunFolder } from "../train/run-folder.node.ts";

/** Pictures of each kind to calibrate with, where there are so many. */
const PICTURES = 1000;

/** What a run keeps, so that its pictures are needed only once. */
interface KeptCalibration extends Calibration {
  readonly version: 1;
  /** SHA-256 [hex] of the generator's and the discriminator's files. */
  readonly models: string;
}

/** What is calibrated. */
export interface CalibrationWork {
  readonly run: RunFolder;
  readonly generator: Generator;
  readonly judge: Judge;
  readonly files: readonly ModelFile[];
  /** Where the result is kept. */
  readonly path: string;
  readonly onProgress?: ((stage: string, done: number, total: number) => void) | undefined;
}

/**
 * The calibration of a model's discriminator: the one that its run keeps, or a new one, from up to 1,000 pictures that the run held out (or was trained on, if it held
 * none out) and as many generated ones.
 *
 * @throws {DatasetError} if the pictures of the run are missing or have other classes.
 * @throws {CheckpointError} if the discriminator does not tell real from generated pictures.
 */
export async function calibrationOf(work: CalibrationWork): Promise<Calibration> {
  const hash = createHash("sha256");
  for (const { bytes } of work.files) hash.update(bytes);
  const models = hash.digest("hex");
  const kept = readKept(work.path);
  if (kept?.models === models) return kept;
  const { judge, generator } = work;
  const { classes } = judge.info.architecture;
  const real = await realPictures(work);
  const generated = generatedLatents(generator, real.length);
  const logits = await reported(work, "judging real pictures", real, (part) =>
    judge.logitsOfPictures(part),
  );
  const others = await reported(work, "judging generated pictures", generated, (part) =>
    judge.logits(part),
  );
  const calibration = calibrate(judged(real, logits), judged(generated, others), classes);
  const result: KeptCalibration = { version: 1, models, ...calibration };
  try {
    writeFileDurably(work.path, `${JSON.stringify(result)}\n`);
  } catch {
    // A run on a disk that is full or not to be written to is calibrated anew each time.
  }
  return result;
}

/** What the run keeps; undefined where there is nothing, or nothing that can be used. */
function readKept(path: string): KeptCalibration | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const kept = JSON.parse(readFileSync(path, "utf8")) as Partial<KeptCalibration> | null;
    const { slope, generated } = kept ?? {};
    const isFine =
      kept?.version === 1 &&
      typeof kept.models === "string" &&
      typeof slope === "number" &&
      slope > 0 &&
      Array.isArray(generated) &&
      generated.every((logits) => Array.isArray(logits) && logits.every(Number.isFinite));
    return isFine ? (kept as KeptCalibration) : undefined;
  } catch {
    return undefined; // it is made anew
  }
}

async function realPictures({ run, judge, onProgress }: CalibrationWork): Promise<Exhibit[]> {
  const { data, heldOut, mirror } = run.config;
  // Brings training along: loaded only when needed.
  const { openExamples } = await import("../train/media.node.ts");
  const dataset = await openExamples(data.source, run.config, ({ stage, done, total }) =>
    onProgress?.(stage, done, total),
  );
  try {
    const { classes } = judge.info.architecture;
    if (classes > 0 && dataset.classes.length !== classes) {
      throw new DatasetError(
        `${data.source}: the pictures have ${dataset.classes.length} classes, expected the ${classes} of the run. Put them back as they were.`,
      );
    }
    const split = splitByFile(dataset.files, heldOut);
    const pictures = drawn(dataset, heldOut > 0 ? split.heldOut : split.training, mirror);
    // An unconditional model may have been trained on pictures with classes.
    return classes > 0 ? pictures : pictures.map(({ planes }) => ({ planes, class: 0 }));
  } finally {
    dataset.close();
  }
}

/** Some of the pictures, always the same, mirrored as in training. */
function drawn(dataset: Dataset, indices: Uint32Array, mirror: boolean): Exhibit[] {
  const random = new Random(0).split("calibration");
  const order = random.split("pictures").permutation(indices.length).subarray(0, PICTURES);
  return Array.from(order, (place) => {
    const index = indices[place] as number;
    const planes = exampleOf(dataset, index, mirror && random.uniform() < 0.5);
    return { planes, class: dataset.labels?.[index] ?? 0 };
  });
}

/** Latents that no seed stands for; classes in turn. */
function generatedLatents(generator: Generator, count: number): Latent[] {
  const { latent, classes } = generator.info.architecture;
  return Array.from({ length: count }, (_, i) => ({
    z: new Random(0).split("calibration").split(i).fillNormal(new Float32Array(latent)),
    class: classes === 0 ? 0 : i % classes,
  }));
}

function judged(
  pictures: readonly { readonly class: number }[],
  logits: readonly number[],
): Judged {
  return { logits, classes: pictures.map((picture) => picture.class) };
}

/** Logits of a list, a part at a time, so that it can be told how far it is. */
async function reported<T>(
  { onProgress }: CalibrationWork,
  stage: string,
  items: readonly T[],
  judge: (part: readonly T[]) => Promise<number[]>,
): Promise<number[]> {
  const logits: number[] = [];
  while (logits.length < items.length) {
    logits.push(...(await judge(items.slice(logits.length, logits.length + 64))));
    onProgress?.(stage, logits.length, items.length);
  }
  return logits;
}
