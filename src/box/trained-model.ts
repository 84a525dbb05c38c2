import { existsSync } from "node:fs";
import { join } from "node:path";
import { CheckpointError } from "../base/errors.ts";
import type { TrainEvent } from "../base/events.ts";
import { parseOptions } from "../train/config.ts";
import type { TrainingRequest } from "../train/messages.ts";
import type { TrainOptions } from "../train/options.ts";
import { followTraining, type TrainControl } from "./following.ts";

/** A loaded generator, which holds memory outside the garbage collector's reach. */
interface Loaded {
  dispose(): Promise<void>;
}

/** A model that trains in a process of its own. Its generator is loaded when it is first needed, and anew when training has changed it. */
export abstract class TrainedModel<G extends Loaded> {
  /** Options of training, checked; what they leave out is chosen when it starts. */
  readonly options: TrainOptions;
  /** Name of its class, for messages. */
  protected readonly name: string;
  #path: string | undefined;
  #run: string | undefined;
  #generator: Promise<G> | undefined;

  /** @throws {ConfigError} if an option is unknown or out of range. */
  protected constructor(name: string, options: TrainOptions) {
    parseOptions(options, name);
    this.name = name;
    this.options = options;
  }

  /**
   * A trained model from its file (.onnx) or its run folder.
   *
   * @throws {CheckpointError} if there is none, or it is damaged or not of the kind that this class makes.
   */
  static async load<T extends TrainedModel<Loaded>>(this: new () => T, path: string): Promise<T> {
    const model = new this();
    await model.adopt(path);
    return model;
  }

  /** Folder of the latest run that this model trained, or of the one that it was loaded from. */
  get run(): string | undefined {
    return this.#run;
  }

  /**
   * Goes on with a run that was stopped, exactly as if it had not been.
   *
   * @param run Folder of the run. @default the latest run of this model
   * @throws {CheckpointError} if it is no run, has no checkpoint, or its files have changed.
   */
  resume(run?: string, control: TrainControl = {}): AsyncGenerator<TrainEvent, void, undefined> {
    const resume = run ?? this.#run;
    if (resume === undefined) {
      throw new CheckpointError(
        `${this.name}.resume: there is no run yet, expected the path of one.`,
      );
    }
    return this.follow({ resume }, control);
  }

  /** Frees the memory of the loaded generator; it is loaded again when needed. */
  async dispose(): Promise<void> {
    const loaded = this.#generator;
    this.#generator = undefined;
    await (await loaded?.catch(() => undefined))?.dispose();
  }

  /**
   * Loads the generator at `path`.
   *
   * @throws {CheckpointError} if there is none, or it is damaged or not of the kind that this class makes.
   */
  protected abstract open(path: string): Promise<G>;

  /** Makes the model at `path` this one's. @throws What `open` throws. */
  protected async adopt(path: string): Promise<void> {
    this.#path = path;
    if (existsSync(join(path, "config.json"))) this.#run = path;
    await this.generator();
  }

  /** Trains; the run's model replaces what was loaded before. */
  protected follow(
    request: TrainingRequest,
    control: TrainControl,
  ): AsyncGenerator<TrainEvent, void, undefined> {
    return followTraining(request, control, async (event) => {
      if (event.type !== "start" && event.type !== "checkpoint" && event.type !== "done") return;
      if (event.type !== "checkpoint") this.#run = event.run;
      this.#path = this.#run;
      await this.dispose();
    });
  }

  /**
   * Model file or run folder.
   *
   * @throws {CheckpointError} if this model was neither trained nor loaded.
   */
  protected get path(): string {
    if (this.#path !== undefined) return this.#path;
    throw new CheckpointError(
      `${this.name}: there is no generator yet, expected a trained one. Call \`train\`, or open one with \`${this.name}.load\`.`,
    );
  }

  /** The loaded generator. @throws {CheckpointError} if this model was neither trained nor loaded. */
  protected async generator(): Promise<G> {
    const { path } = this;
    this.#generator ??= this.open(path);
    return await this.#generator;
  }
}
