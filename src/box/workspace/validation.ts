import { statSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { CancelledError, GanboxError } from "../../base/errors.ts";
import { modelFileOf } from "../../create/load.node.ts";
import type { Image } from "../../media/image.ts";
import type { ModelInfo } from "../../models/model-file.ts";
import { describeSize, nounsOf } from "../../models/words.ts";
import { type MeasureOptions, type MetricReport, measureModel } from "../metrics.ts";
import { writeFileAtomically } from "./files.ts";
import { readModelBytes } from "./model-bytes.ts";
import { checkGraph, checkLooks, checkRepeats, checkWeights } from "./model-checks.ts";

/** What was looked at, and what was seen. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** The figures, or what is wrong. */
  readonly seen: string;
}

/** How a model is validated. */
export interface ValidateOptions {
  /** Pictures to measure against. @default the model is not measured */
  readonly data?: string;
  /** How it is measured. @default 2,000 samples, the metrics of `ganbox metrics` */
  readonly measure?: Omit<MeasureOptions, "outputDir" | "signal" | "onProgress">;
  /** Folder of the report; made if missing. @default `reports` in the workspace */
  readonly outputDir?: string;
  /** Stops the work. */
  readonly signal?: AbortSignal;
  /** Told what is being done and how far it is. */
  readonly onProgress?: (stage: string, done: number, total: number) => void;
}

/** Whether a model is sound: plain JSON. */
export interface ModelValidation {
  /** Absolute path of its file. */
  readonly model: string;
  /** Size of the file [bytes]. */
  readonly bytes: number;
  /** What the file says about itself; absent if it cannot be read. */
  readonly info?: ModelInfo;
  readonly checks: readonly Check[];
  /** Whether all checks were passed. */
  readonly ok: boolean;
  /** Measured quality, if pictures were given. */
  readonly metrics?: MetricReport;
  /** The page and the JSON that were written. */
  readonly report: { readonly page: string; readonly json: string };
}

/** Examples that are looked at. */
const SAMPLES_SEEN = 36;

/** Pictures that a measurement generates: enough for a KID, a minute of work for a small model. */
const SAMPLES = 2000;

/**
 * Checks a model, measures it if pictures are given, and writes a report.
 *
 * @param model A model (.onnx, .safetensors, or .pkl of StyleGAN2-ADA) or the folder of a run.
 * @throws {CheckpointError} if there is no such file. What is wrong with it is told in the result.
 * @throws {DatasetError} if the pictures to measure against cannot be used.
 * @throws {CancelledError} if `signal` stopped it.
 * @throws {MediaError} if the report cannot be written.
 */
export async function validateModel(
  model: string,
  options: ValidateOptions & { readonly outputDir: string },
): Promise<ModelValidation> {
  const file = resolve(modelFileOf(model));
  const checks: Check[] = [];
  let info: ModelInfo | undefined;
  let pictures: Image[] = [];
  const { size } = statSync(file);
  try {
    const decoded = await readModelBytes(file);
    info = decoded.info;
    const { architecture, kimg } = info;
    checks.push({
      name: "file",
      ok: true,
      seen: `${architecture.family}, ${describeSize(architecture)}, after ${kimg} kimg, ${decoded.weights.size} tensors of the right shapes${decoded.converted === undefined ? "" : `, converted from a ${decoded.converted}`}`,
    });
    checks.push(checkWeights(decoded.weights));
    pictures = await lookAt(file, decoded.onnx, info, checks, options);
  } catch (error) {
    // A model that cannot be used is what a validation is there to find.
    if (!(error instanceof GanboxError) || error instanceof CancelledError) throw error;
    checks.push({ name: "file", ok: false, seen: error.message });
  }
  const ok = checks.every((check) => check.ok);
  const metrics =
    ok && options.data !== undefined ? await measured(model, options.data, options) : undefined;
  const page = join(resolve(options.outputDir), `${nameOf(model, file)}-validation.html`);
  const json = page.replace(/html$/, "json");
  const result: ModelValidation = {
    model: file,
    bytes: size,
    ...(info === undefined ? {} : { info }),
    checks,
    ok,
    ...(metrics === undefined ? {} : { metrics }),
    report: { page, json },
  };
  const { validationReport } = await import("../report/validation-report.ts");
  writeFileAtomically(page, await validationReport(result, pictures));
  writeFileAtomically(json, `${JSON.stringify(result, null, 2)}\n`);
  return result;
}

/**
 * Generates something and looks at it.
 *
 * @returns Pictures for the report: those that the model makes, piano-rolls or spectrograms.
 */
async function lookAt(
  file: string,
  bytes: Uint8Array,
  info: ModelInfo,
  checks: Check[],
  { signal, onProgress }: ValidateOptions,
): Promise<Image[]> {
  const { architecture } = info;
  const { many } = nounsOf(architecture.family);
  // Bring training and the engine along: loaded only when needed.
  const { Generator } = await import("../../create/generator.ts");
  const { drawSample } = await import("../../train/media.node.ts");
  const generator = await Generator.decode(bytes, file);
  const made: Float32Array[] = [];
  try {
    const latents = Array.from({ length: SAMPLES_SEEN }, (_, seed) => generator.latentOf(seed));
    for await (const planes of generator.planes(latents)) {
      made.push(planes);
      onProgress?.(many, made.length, SAMPLES_SEEN);
      if (signal?.aborted) throw new CancelledError("validate: stopped on request.");
    }
    checks.push(...checkLooks(made, architecture));
    checks.push(await checkRepeats(generator, made));
    checks.push(await checkGraph(bytes, info, generator));
  } finally {
    await generator.dispose();
  }
  return made.map((planes) => drawSample(planes, architecture));
}

async function measured(
  model: string,
  data: string,
  { measure, signal, onProgress }: ValidateOptions,
): Promise<MetricReport> {
  return await measureModel(model, data, {
    samples: SAMPLES,
    ...measure,
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
}

/** What a report is called after: the run or the model. */
function nameOf(model: string, file: string): string {
  if (statSync(model).isDirectory()) return basename(resolve(model));
  const name = basename(file, extname(file));
  const folder = dirname(file);
  return basename(folder) === "model" ? `${basename(dirname(folder))}-${name}` : name;
}
