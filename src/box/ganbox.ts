import { statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { CheckpointError, ConfigError, DatasetError } from "../base/errors.ts";
import { parseOptions } from "../train/config.ts";
import type { TrainOptions } from "../train/options.ts";
import type { Plots, PlotsOptions } from "./report/run-plots.ts";
import { type DataSummary, listData } from "./workspace/data-sets.ts";
import type { ModelSummary } from "./workspace/model-store.ts";
import { curvesCsv } from "./workspace/run-curves.ts";
import { findRun, readRun } from "./workspace/run-record.ts";
import { listRuns, type RunSummary } from "./workspace/run-summary.ts";
import type { ModelValidation, ValidateOptions } from "./workspace/validation.ts";
import { Workspace } from "./workspace/workspace.ts";
import { isWorkspace, type WorkspaceFile } from "./workspace/workspace-file.ts";

/** Where a workspace keeps what it makes. */
export interface GANboxOptions {
  /** Folder of the workspace of pictures; made when something is written. @default the current folder */
  readonly workspace?: string;
  /** Folder of the runs; made when the first one starts. @default "runs" in the workspace */
  readonly runs?: string;
}

/** What a new workspace begins with. */
export interface NewWorkspace {
  /** @default name of the folder */
  readonly name?: string;
  /** Pictures to learn from. */
  readonly data?: readonly string[];
  /** Options of training that hold where nothing else is said. */
  readonly settings?: TrainOptions;
}

/**
 * A workspace: pictures to learn from, runs, models, settings and reports. It is a folder with `ganbox.json`, `runs/`, `models/` and `reports/`, each made
 * when there is something to put into it. Pictures stay where they are and as they are. Several processes may use one workspace at once.
 */
export class GANbox {
  /** Absolute path of the folder of the runs. */
  readonly runs: string;
  readonly #workspace: Workspace;
  readonly #source: string | undefined;

  private constructor(folder: string, runs?: string, source?: string) {
    this.#workspace = new Workspace(folder);
    this.runs = resolve(runs ?? join(folder, "runs"));
    this.#source = source;
  }

  /**
   * Opens a workspace, or pictures: a folder (with sub-folders), a .zip file or an IDX file. The workspace of pictures is the current folder or the one
   * that `options` names, and there need be nothing in it. Pictures are only counted here; training reads them. Nothing is written.
   *
   * @throws {DatasetError} if it does not exist, or is a folder without a picture.
   * @throws {ConfigError} if the workspace's file is damaged or of a newer version.
   */
  static async open(source: string, options: GANboxOptions = {}): Promise<GANbox> {
    const stats = await stat(source).catch((cause: Error) => {
      throw new DatasetError(
        `${source}: the data set cannot be opened (${cause.message}), expected a folder of pictures. Check the path.`,
        { cause },
      );
    });
    if (stats.isDirectory() && isWorkspace(source)) {
      if (options.workspace !== undefined && resolve(options.workspace) !== resolve(source)) {
        throw new ConfigError(
          `${source}: this folder is a workspace itself, expected pictures beside the option workspace (got "${options.workspace}"). Leave the option out.`,
        );
      }
      return new GANbox(source, options.runs);
    }
    if (stats.isDirectory()) await checkFolder(source);
    return new GANbox(options.workspace ?? ".", options.runs, resolve(source));
  }

  /**
   * Opens a workspace and nothing else: pictures are no reason to take a folder for one.
   *
   * @throws {ConfigError} if the folder is no workspace, or its file is damaged or of a newer version.
   */
  static openWorkspace(folder: string): GANbox {
    if (isWorkspace(folder)) return GANbox.at(folder);
    throw new ConfigError(
      `${resolve(folder)}: this folder is no workspace (no ganbox.json, no run in runs/), expected one. Go to a workspace, or make one here with \`ganbox init\`.`,
    );
  }

  /**
   * The workspace of a folder, whether or not there is something in it yet.
   *
   * @throws {ConfigError} if its file is damaged or of a newer version.
   */
  static at(folder: string): GANbox {
    return new GANbox(folder);
  }

  /**
   * Makes a workspace, or opens the one that is there: then data sets are added to it, and the rest of `content` is left aside.
   *
   * @throws {ConfigError} if the file that is there is damaged or of a newer version, or a setting is wrong.
   * @throws {MediaError} if the folder cannot be written.
   */
  static async create(folder: string, content: NewWorkspace = {}): Promise<GANbox> {
    parseOptions(content.settings, "GANbox.create: settings");
    const box = GANbox.at(folder);
    const { name, data = [], settings = {} } = content;
    await box.#workspace.change((now, exists) => ({
      ...now,
      ...(exists ? {} : { name: name ?? now.name, settings }),
      data: [...now.data, ...data.map((path) => resolve(path))],
    }));
    return box;
  }

  /** Absolute path of the workspace. */
  get workspace(): string {
    return this.#workspace.root;
  }

  /**
   * Absolute path of the pictures: those that were opened, else the first that the workspace names, else those of its newest run.
   *
   * @throws {DatasetError} if there are none.
   */
  get source(): string {
    const source = this.#source ?? this.#workspace.file.data[0];
    if (source !== undefined) return resolve(this.workspace, source);
    const newest = this.listRuns().findLast((run) => run.source !== undefined)?.source;
    if (newest !== undefined) return resolve(this.workspace, newest);
    throw new DatasetError(
      `${this.workspace}: this workspace names no pictures yet, expected a data set. Add one with GANbox.addData, or open the pictures.`,
    );
  }

  /** Name of the workspace. @default that of its folder */
  get name(): string {
    return this.#workspace.file.name;
  }

  /** Options of training that hold in this workspace where nothing else is said. */
  get settings(): TrainOptions {
    return this.#workspace.file.settings;
  }

  /**
   * Changes settings; one that is given as undefined goes back to its default.
   *
   * @throws {ConfigError} if an option is unknown or out of range; nothing is changed then.
   * @throws {LockedError} if another process keeps changing the workspace.
   */
  async changeSettings(
    changes: { readonly [K in keyof TrainOptions]: TrainOptions[K] | undefined },
  ): Promise<void> {
    await this.#change((now) => {
      const all = Object.entries({ ...now.settings, ...changes });
      const settings = Object.fromEntries(all.filter(([, value]) => value !== undefined));
      parseOptions(settings, "settings");
      return { ...now, settings };
    });
  }

  /** Changes the workspace's file; pictures that were opened become one of its data sets. */
  async #change(change: (now: WorkspaceFile) => WorkspaceFile): Promise<void> {
    const own = this.#source === undefined ? [] : [this.#source];
    await this.#workspace.change((now) => change({ ...now, data: [...now.data, ...own] }));
  }

  /**
   * Names pictures as a data set of this workspace. They stay where they are.
   *
   * @throws {DatasetError} if there is nothing, or a folder without a picture.
   */
  async addData(path: string): Promise<void> {
    await GANbox.open(path, { workspace: this.workspace });
    await this.#change((now) => ({ ...now, data: [...now.data, resolve(path)] }));
  }

  /** The data sets: those that the workspace names, and those of its runs. */
  listData(runs: readonly RunSummary[] = this.listRuns()): DataSummary[] {
    const own = this.#source === undefined ? [] : [this.#source];
    return listData(this.workspace, [...this.#workspace.file.data, ...own], runs);
  }

  /** The runs, in the order in which they were begun. One that is damaged says why. */
  listRuns(): RunSummary[] {
    return listRuns(this.runs);
  }

  /**
   * Path of a run.
   *
   * @param run Path of its folder, its name or its number.
   * @throws {CheckpointError} if there is none.
   */
  findRun(run: string): string {
    return findRun(this.runs, run);
  }

  /** The models, in the order of their names. One that cannot be used says why. */
  listModels(): ModelSummary[] {
    return this.#workspace.models.list();
  }

  /**
   * Path of a model.
   *
   * @param model Name of a model of the workspace, a run, or a path.
   * @throws {CheckpointError} if there is none.
   */
  findModel(model: string): string {
    const { models } = this.#workspace;
    const names = models.names();
    if (names.includes(model)) return models.fileOf(model);
    if (model.endsWith(".onnx") || statSync(model, { throwIfNoEntry: false })?.isFile())
      return model;
    try {
      return this.findRun(model);
    } catch (cause) {
      throw new CheckpointError(
        `${this.workspace}: no model and no run is called "${model}", expected the name of a model (${names.join(", ") || "there is none"}), a run, or the path of a model (.onnx, .safetensors, or .pkl of StyleGAN2-ADA).`,
        { cause },
      );
    }
  }

  /**
   * Copies a model into the workspace, with its card. One that is no ONNX file becomes one.
   *
   * @param source A model (.onnx, .safetensors, or .pkl of StyleGAN2-ADA) or a run.
   * @param name What to call it. @default the name of the run or of the file
   * @throws {CheckpointError} if it is no model of Ganbox, damaged, or of an unknown family.
   * @throws {ConfigError} if the name cannot be one, or is taken.
   */
  async addModel(source: string, name?: string): Promise<ModelSummary> {
    return await this.#workspace.exclusively(() => this.#workspace.models.add(source, name));
  }

  /**
   * Deletes a model of the workspace. What it was added from stays.
   *
   * @throws {CheckpointError} if there is no model of that name.
   */
  async removeModel(name: string): Promise<void> {
    await this.#workspace.exclusively(() => this.#workspace.models.remove(name));
  }

  /**
   * Gives a model another name.
   *
   * @throws {CheckpointError} if there is no model of that name.
   * @throws {ConfigError} if the new name cannot be one, or is taken.
   */
  async renameModel(name: string, to: string): Promise<void> {
    await this.#workspace.exclusively(() => this.#workspace.models.rename(name, to));
  }

  /**
   * What a model is, what it was trained on and how, in Markdown.
   *
   * @throws {CheckpointError} if there is no model of that name.
   */
  card(name: string): string {
    return this.#workspace.models.card(name);
  }

  /**
   * Checks a model: that it loads, that its graph and weights are sound, that its pictures are neither blank nor all the same, and that a seed gives the
   * same picture each time. With `data` it is measured too. The result is also written to `reports/`, as a page and as JSON.
   *
   * @param model Name of a model of the workspace, a run, or the path of a model (.onnx, .safetensors, or .pkl of StyleGAN2-ADA).
   * @throws {CheckpointError} if there is no such model. What is wrong with one that is there is told in the result.
   */
  async validate(model: string, options: ValidateOptions = {}): Promise<ModelValidation> {
    const { validateModel } = await import("./workspace/validation.ts");
    return await validateModel(this.findModel(model), {
      outputDir: join(this.workspace, "reports"),
      ...options,
    });
  }

  /**
   * Writes the plots of a run as files of their own: curves and maps as SVG and PNG, the newest samples, and a film of all samples.
   *
   * @param run Path of its folder, its name or its number.
   * @param folder Made if missing.
   * @throws {CheckpointError} if there is no such run.
   * @throws {MediaError} if a file cannot be written.
   * @throws {CancelledError} if `signal` stopped it.
   */
  async plots(run: string, folder: string, options: PlotsOptions = {}): Promise<Plots> {
    const { writeRunPlots } = await import("./report/run-plots.ts");
    return await writeRunPlots(this.findRun(run), folder, options);
  }

  /**
   * The curves of a run as a table (CSV), a row an event: losses, logits, speed and memory of each tick, quality of each snapshot that was measured.
   *
   * @param run Path of its folder, its name or its number.
   * @throws {CheckpointError} if there is no such run.
   */
  curves(run: string): string {
    return curvesCsv(readRun(this.findRun(run)));
  }

  /**
   * Writes a page about a run, finished or not: curves, samples over time, metrics, verdicts, configuration. It needs no other file.
   *
   * @param run Path of its folder, its name or its number.
   * @param out The page. @default `reports/<run>.html`
   * @returns Its path.
   * @throws {CheckpointError} if there is no such run.
   * @throws {MediaError} if the page cannot be written.
   */
  async report(run: string, out?: string): Promise<string> {
    const { writeRunReport } = await import("./report/run-report.ts");
    const path = this.findRun(run);
    return await writeRunReport(
      path,
      out ?? join(this.workspace, "reports", `${basename(path)}.html`),
    );
  }
}

/** @throws {DatasetError} if a folder holds neither pictures nor films. */
async function checkFolder(source: string): Promise<void> {
  // Bring decoders along, which a list of runs does without.
  const [{ openFolder }, { listClipFiles }] = await Promise.all([
    import("../data/folder.node.ts"),
    import("../data/clips/clip-files.node.ts"),
  ]);
  await openFolder(source).catch(async (error: unknown) => {
    await listClipFiles(source).catch(() => {
      throw error;
    });
  });
}
