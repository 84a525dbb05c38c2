import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { CheckpointError, ConfigError, GanboxError } from "../../base/errors.ts";
import type { Size } from "../../base/size.ts";
import type { Image } from "../../media/image.ts";
import type { Latent } from "../generator.ts";
import type { PathModel } from "./path.ts";

/** What the process is told first. */
export interface OpenFrames {
  readonly models: readonly string[];
  readonly threads: number;
  readonly truncationPsi: number;
  /** Times that the super-resolution network makes pictures larger: 1, 2 or 4. */
  readonly upscale: number;
}

/** Pictures to make, of one model. */
export interface FramesJob {
  readonly model: number;
  readonly latents: readonly Latent[];
}

/** What a model is, as far as a film must know, and the size of its pictures. */
export interface FrameModel extends Size, PathModel {}

/** What the process is told. */
export type ToFrames = OpenFrames | FramesJob;

/** What the process says. */
export type FromFrames =
  | { readonly type: "ready"; readonly models: readonly FrameModel[] }
  | { readonly type: "images"; readonly images: readonly Image[] }
  | { readonly type: "error"; readonly message: string; readonly code: string | undefined };

/** A picture to make: of which model, from which z and class. */
export interface FrameRequest {
  readonly model: number;
  readonly latent: Latent;
}

/** Pictures of one job: what a generator makes at a time. */
const BATCH = 16;

/** Jobs that are under way: one that is made, and one that waits for it. */
const AHEAD = 2;

/**
 * Generators in a process of their own, for a run of one stops everything else in its process. Half of the cores are theirs: the others enlarge and
 * encode what they made.
 */
export class Frames {
  /** The models, in the order of their paths. */
  readonly models: readonly FrameModel[];
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<FromFrames>;

  private constructor(
    child: ChildProcess,
    answers: AsyncIterator<FromFrames>,
    models: readonly FrameModel[],
  ) {
    this.#child = child;
    this.#answers = answers;
    this.models = models;
  }

  /**
   * Loads the generators.
   *
   * @param models Paths of models or of run folders.
   * @param upscale Times that the super-resolution network makes pictures larger: 1, 2 or 4.
   * @throws {CheckpointError} if one is missing, damaged or no Ganbox generator.
   */
  static async open(
    models: readonly string[],
    truncationPsi: number,
    upscale: number,
  ): Promise<Frames> {
    const threads = Math.max(1, Math.floor(availableParallelism() / 2));
    const child = startProcess();
    const answers = answersOf(child);
    tell(child, { models, threads, truncationPsi, upscale });
    try {
      const first = await answers.next();
      if (!first.done && first.value.type === "ready") {
        return new Frames(child, answers, first.value.models);
      }
      throw errorOf(first.done ? undefined : first.value);
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    }
  }

  /** The pictures of requests, in their order, made while the earlier ones are used. One call at a time. */
  async *images(requests: Iterable<FrameRequest>): AsyncGenerator<Image, void, undefined> {
    const jobs = batches(requests);
    let open = 0;
    const send = (): void => {
      const { value } = jobs.next();
      if (!value) return;
      tell(this.#child, value);
      open++;
    };
    for (let i = 0; i < AHEAD; i++) send();
    while (open > 0) {
      const { value, done } = await this.#answers.next();
      if (done || value.type !== "images") throw errorOf(done ? undefined : value);
      open--;
      send();
      yield* value.images;
    }
  }

  /** Ends the process. */
  close(): void {
    this.#child.kill("SIGKILL");
  }
}

function* batches(requests: Iterable<FrameRequest>): Generator<FramesJob, undefined, undefined> {
  let [model, latents]: [number, Latent[]] = [0, []];
  for (const request of requests) {
    if (latents.length === BATCH || (latents.length > 0 && request.model !== model)) {
      yield { model, latents };
      latents = [];
    }
    model = request.model;
    latents.push(request.latent);
  }
  if (latents.length > 0) yield { model, latents };
}

/** Starts the process from source or built, as this one runs. */
function startProcess(): ChildProcess {
  const fromSource = import.meta.url.endsWith(".ts");
  const file = `./frames-worker.node.${fromSource ? "ts" : "js"}`;
  const execArgv = fromSource
    ? ["--conditions=@ganbox/source", "--import", import.meta.resolve("tsx")]
    : [];
  return fork(fileURLToPath(new URL(file, import.meta.url)), {
    execArgv,
    serialization: "advanced",
  });
}

/** A process that has ended does not hear: its end is told by what it says last. */
function tell(child: ChildProcess, message: ToFrames): void {
  if (child.connected) child.send(message, () => undefined);
}

/** What a process says, in order; its end is an error. */
async function* answersOf(child: ChildProcess): AsyncGenerator<FromFrames, void, undefined> {
  const waiting: FromFrames[] = [];
  let wake = (): void => undefined;
  const take = (message: FromFrames): void => {
    waiting.push(message);
    wake();
  };
  const end = (message: string): void => take({ type: "error", message, code: undefined });
  child.on("message", take);
  child.on("error", ({ message }) => end(message));
  child.on("exit", (code, signal) =>
    end(`the process of the generator ended (${signal ?? `code ${code}`})`),
  );
  for (;;) {
    const next = waiting.shift();
    if (next !== undefined) yield next;
    else {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
}

/** The error that the process met, of the class that it had there. */
function errorOf(answer: FromFrames | undefined): Error {
  if (answer?.type !== "error")
    return new Error("internal: the process of the generator is out of step");
  const { message, code } = answer;
  if (code === "E_CHECKPOINT") return new CheckpointError(message);
  if (code === "E_CONFIG") return new ConfigError(message);
  return code === undefined ? new Error(message) : new GanboxError(code, message);
}
