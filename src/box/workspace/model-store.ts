import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { CheckpointError, ConfigError } from "../../base/errors.ts";
import { type Resolution, resolutionOf } from "../../base/size.ts";
import { nearestKey } from "../../base/spelling.ts";
import { decodeGenerator, type ModelInfo } from "../../models/model-file.ts";
import { writeFileAtomically } from "./files.ts";
import { describeModel } from "./model-card.ts";
import { readRun } from "./run-record.ts";

/** A model of a workspace: plain JSON. */
export interface ModelSummary {
  readonly name: string;
  /** Absolute path of its ONNX file. */
  readonly path: string;
  readonly family?: string;
  /** Side of its pictures, or width x height. */
  readonly resolution?: Resolution;
  /** Thousands of real images shown in its training. */
  readonly kimg?: number;
  /** Name of the data set that it was trained on. */
  readonly data?: string;
  /** Kernel distance that its run measured of this very snapshot. */
  readonly kid?: number;
  /** Where it was added from. */
  readonly from?: string;
  /** Size of the file [bytes]. */
  readonly bytes: number;
  /** When the file was written, ISO 8601. */
  readonly updated: string;
  /** Why it cannot be used. */
  readonly problem?: string;
}

/** What lies beside a model, `models/<name>.json`, so that a list need not read the weights. */
type ModelRecord = Pick<
  ModelSummary,
  "family" | "resolution" | "kimg" | "data" | "kid" | "from" | "bytes"
>;

/** Files of a model, by their endings. */
const ENDINGS = [".onnx", ".json", ".md"] as const;

/** Most letters of a name. */
const LONGEST = 80;

/** The models of a workspace: files in `models/`. Whoever changes them holds the workspace's lock. */
export class ModelStore {
  readonly #folder: string;

  /** @param folder Folder of the models; made when the first one is added. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Names of all models, in order. */
  names(): string[] {
    try {
      return readdirSync(this.#folder)
        .filter((file) => file.endsWith(".onnx"))
        .map((file) => basename(file, ".onnx"))
        .sort();
    } catch {
      return [];
    }
  }

  /** All models. One that cannot be used says why. */
  list(): ModelSummary[] {
    return this.names().map((name) => this.#summarize(name));
  }

  /**
   * Path of a model's ONNX file.
   *
   * @throws {CheckpointError} if there is no model of that name.
   */
  fileOf(name: string): string {
    const names = this.names();
    if (names.includes(name)) return this.#file(name, ".onnx");
    const known =
      names.length === 0
        ? ", there is none yet. Add one with `ganbox models add`."
        : nearestKey(name, names);
    throw new CheckpointError(`${this.#folder}: no model is called "${name}"${known}`);
  }

  /**
   * Copies a model into the workspace, with its card. One that is no ONNX file becomes one.
   *
   * @param source A model (.onnx, .safetensors, or .pkl of StyleGAN2-ADA) or the folder of a run.
   * @param name What to call it. @default the name of the run or of the file
   * @throws {CheckpointError} if it is no model of Ganbox, damaged, or of a family that this Ganbox does not know.
   * @throws {ConfigError} if the name cannot be one, or is taken.
   */
  async add(source: string, name?: string): Promise<ModelSummary> {
    // Bring the engine along, which a list of models does without.
    const [{ modelFileOf }, { readModelBytes }] = await Promise.all([
      import("../../create/load.node.ts"),
      import("./model-bytes.ts"),
    ]);
    const file = modelFileOf(source);
    const run = runOf(file);
    const called = name ?? (run === undefined ? basename(file, extname(file)) : basename(run));
    this.#checkFree(called);
    const { info, onnx, converted } = await readModelBytes(file);
    const record: ModelRecord = {
      ...recordOf(info, onnx.length),
      ...(run === undefined ? {} : measured(run, file, info.kimg)),
      from: resolve(source),
    };
    const card = cardBeside(file) ?? describeModel(info, converted && { file, kind: converted });
    writeFileAtomically(this.#file(called, ".md"), card);
    writeFileAtomically(this.#file(called, ".json"), `${JSON.stringify(record, null, 2)}\n`);
    writeFileAtomically(this.#file(called, ".onnx"), onnx);
    return this.#summarize(called);
  }

  /**
   * Deletes a model. The run or file that it was added from stays.
   *
   * @throws {CheckpointError} if there is no model of that name.
   */
  remove(name: string): void {
    this.fileOf(name);
    for (const ending of ENDINGS) rmSync(this.#file(name, ending), { force: true });
  }

  /**
   * Gives a model another name.
   *
   * @throws {CheckpointError} if there is no model of that name.
   * @throws {ConfigError} if the new name cannot be one, or is taken.
   */
  rename(name: string, to: string): void {
    this.fileOf(name);
    this.#checkFree(to);
    // The model is last: if a crash comes between, it still has its name.
    for (const ending of [".md", ".json", ".onnx"]) {
      const file = this.#file(name, ending);
      if (existsSync(file)) renameSync(file, this.#file(to, ending));
    }
  }

  /**
   * What a model is, what it was trained on and how, in Markdown.
   *
   * @throws {CheckpointError} if there is no model of that name, or it has no card and cannot be read.
   */
  card(name: string): string {
    const file = this.fileOf(name);
    const card = this.#file(name, ".md");
    return existsSync(card)
      ? readFileSync(card, "utf8")
      : describeModel(infoOf(readFileSync(file), file));
  }

  #file(name: string, ending: string): string {
    return join(this.#folder, `${name}${ending}`);
  }

  #checkFree(name: string): void {
    if (
      name.length > LONGEST ||
      !/^[\p{L}\p{N}_][\p{L}\p{N}_. -]*$/u.test(name) ||
      /[. ]$/.test(name)
    ) {
      throw new ConfigError(
        `models: "${name}" cannot be a name, expected up to ${LONGEST} letters, digits, dots, dashes and underscores, such as landscapes-64.`,
      );
    }
    // File systems of Windows and macOS do not tell capitals from small letters.
    const taken = this.names().find((other) => other.toLowerCase() === name.toLowerCase());
    if (taken === undefined) return;
    throw new ConfigError(
      `models: there is already a model called "${taken}", expected another name. Choose one, or remove that model first.`,
    );
  }

  #summarize(name: string): ModelSummary {
    const path = this.#file(name, ".onnx");
    const { size: bytes, mtimeMs } = statSync(path);
    const entry = { name, path, bytes, updated: new Date(mtimeMs).toISOString() };
    const record = readRecord(this.#file(name, ".json"));
    if (record !== undefined && record.bytes === bytes) return { ...record, ...entry };
    try {
      return { ...recordOf(infoOf(readFileSync(path), path), bytes), ...entry };
    } catch (error) {
      return { ...entry, problem: (error as Error).message };
    }
  }
}

/** The description of a model, once its weights have been found to fit it. */
function infoOf(bytes: Uint8Array, file: string): ModelInfo {
  return decodeGenerator(bytes, file).info;
}

function recordOf({ architecture, kimg, data }: ModelInfo, bytes: number): ModelRecord {
  return { family: architecture.family, resolution: resolutionOf(architecture), kimg, data, bytes };
}

function readRecord(path: string): ModelRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(path, "utf8")) as ModelRecord;
    const { family, resolution, kimg } = record;
    const isWhole =
      typeof family === "string" &&
      (typeof resolution === "number" || typeof resolution === "string") &&
      typeof kimg === "number";
    return isWhole ? record : undefined;
  } catch {
    return undefined;
  }
}

/** The run folder that a model file lies in, `<run>/model/generator.onnx`. */
function runOf(file: string): string | undefined {
  const model = dirname(resolve(file));
  const run = dirname(model);
  return basename(model) === "model" && existsSync(join(run, "config.json")) ? run : undefined;
}

/** What the run measured of the snapshot that the file is. */
function measured(run: string, file: string, kimg: number): { kid?: number } {
  const { metrics } = readRun(run);
  const metric =
    basename(file) === "best.onnx"
      ? metrics.findLast(({ best }) => best)
      : metrics.find((one) => Math.abs(one.kimg - kimg) < 1e-6);
  return metric === undefined ? {} : { kid: metric.kid };
}

/** The card that lies beside a model: of the same name, or that of its run. */
function cardBeside(file: string): string | undefined {
  const own = join(dirname(file), `${basename(file, extname(file))}.md`);
  const candidates = [own, ...(runOf(file) === undefined ? [] : [join(dirname(file), "card.md")])];
  const card = candidates.find((path) => existsSync(path));
  return card === undefined ? undefined : readFileSync(card, "utf8");
}
