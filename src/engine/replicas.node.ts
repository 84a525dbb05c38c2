import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { invariant, RuntimeUnavailableError } from "../base/errors.ts";
import { type Shape, sizeOf } from "../base/shape.ts";
import type { HostTensor } from "../base/tensor.ts";
import type { EncodedProgram } from "./program.ts";
import type { State } from "./state.ts";

/** A float32 tensor of the state, by name. */
export interface NamedShape {
  readonly name: string;
  readonly shape: Shape;
}

/** What replicas run and keep. */
export interface ReplicaPlan {
  readonly programs: readonly EncodedProgram[];
  /** State that programs read. */
  readonly weights: readonly NamedShape[];
  /** State that programs add to; it starts each time at zero. */
  readonly sums: readonly NamedShape[];
  /** Names of the state that programs write: sums, and weights that follow the data. */
  readonly written: readonly string[];
}

/** What a replica's thread begins with. */
export interface ReplicaSetup {
  readonly programs: readonly EncodedProgram[];
  readonly weights: ReadonlyMap<string, NamedShape & { readonly data: Float32Array }>;
  readonly sums: readonly NamedShape[];
  readonly returned: ReadonlyMap<string, Float32Array>;
}

/** To a replica: runs of one program, and the weights that have changed since the last. */
export interface ToReplica {
  readonly program: number;
  readonly feeds: readonly Readonly<Record<string, HostTensor>>[];
  readonly fresh: readonly string[];
}

/** From a replica: the scalars of each run, or what went wrong. */
export type FromReplica =
  | { readonly rounds: readonly Readonly<Record<string, number>>[] }
  | { readonly problem: string };

const sharedArray = (shape: Shape): Float32Array =>
  new Float32Array(new SharedArrayBuffer(4 * sizeOf(shape)));

/** A thread of a module beside this one, from source or built, as this one runs. */
function startThread(module: string, workerData: unknown): Worker {
  const fromSource = import.meta.url.endsWith(".ts");
  const url = new URL(`./${module}.${fromSource ? "ts" : "js"}`, import.meta.url);
  if (!fromSource) return new Worker(fileURLToPath(url), { workerData });
  // tsx given by --import translates the first thread's modules only.
  const code = `import(${JSON.stringify(import.meta.resolve("tsx/esm/api"))})
    .then(({ register }) => { register(); return import(${JSON.stringify(url.href)}); });`;
  return new Worker(code, { eval: true, workerData, execArgv: ["--conditions=@ganbox/source"] });
}

/** One thread, seen from the first. */
class Replica {
  /** What its last runs wrote, by name. */
  readonly returned: ReadonlyMap<string, Float32Array>;
  /** Weights that it has not read yet. */
  readonly stale = new Set<string>();
  readonly #worker: Worker;
  #problem: string | undefined;
  #answer: (value: FromReplica) => void = () => undefined;

  constructor(setup: ReplicaSetup) {
    this.returned = setup.returned;
    this.#worker = startThread("replica-worker.node", setup);
    const gone = (problem: string): void => {
      this.#problem ??= problem;
      this.#answer({ problem: this.#problem });
    };
    this.#worker
      .on("message", (value: FromReplica) => this.#answer(value))
      .on("error", (error: Error) => gone(error.message))
      .on("exit", (code) => gone(`its thread ended, code ${code}`))
      .unref();
  }

  /** One question. */
  async ask(message: ToReplica): Promise<FromReplica> {
    if (this.#problem !== undefined) return { problem: this.#problem };
    // While it computes, and only then, it keeps the process alive.
    this.#worker.ref();
    const answer = new Promise<FromReplica>((resolve) => {
      this.#answer = resolve;
    });
    this.#worker.postMessage(message);
    return await answer.finally(() => this.#worker.unref());
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

/**
 * Threads that each go through a part of a batch with a copy of the weights: data parallelism, as in synchronous SGD on several
 * devices. Two small passes at once keep two cores busier than two threads that share every operation of one large pass
 * (docs/design/speed.md).
 *
 * ONNX Runtime takes no tensors in memory that threads share, so weights go to the replicas, and sums come back, by a copy.
 */
export class Replicas {
  readonly #weights: ReadonlyMap<string, Float32Array>;
  readonly #replicas: readonly Replica[];

  private constructor(weights: ReadonlyMap<string, Float32Array>, replicas: readonly Replica[]) {
    this.#weights = weights;
    this.#replicas = replicas;
  }

  /** Starts `count` threads. */
  static start(count: number, { programs, weights, sums, written }: ReplicaPlan): Replicas {
    const shared = new Map(
      weights.map((w) => [w.name, { ...w, data: sharedArray(w.shape) }] as const),
    );
    const shapes = new Map([...weights, ...sums].map(({ name, shape }) => [name, shape]));
    const replicas = Array.from({ length: count }, () => {
      const returned = new Map(
        written.map((name) => {
          const shape = shapes.get(name);
          invariant(shape !== undefined, `replicas write ${name}, which they do not have`);
          return [name, sharedArray(shape)] as const;
        }),
      );
      return new Replica({ programs, weights: shared, sums, returned });
    });
    const data = [...shared].map(([name, weight]) => [name, weight.data] as const);
    return new Replicas(new Map(data), replicas);
  }

  /** Number of threads beside this one. */
  get count(): number {
    return this.#replicas.length;
  }

  /** Gives the replicas those of the tensors that they read, as they are now. */
  publish(state: State, names: Iterable<string>): void {
    for (const name of names) {
      const shared = this.#weights.get(name);
      if (shared === undefined) continue;
      shared.set(state.peek(name).data as Float32Array);
      for (const { stale } of this.#replicas) stale.add(name);
    }
  }

  /**
   * Runs a program in every replica, once for each of its feeds.
   *
   * @returns Scalars by replica and run.
   * @throws {RuntimeUnavailableError} if a replica's thread has ended or could not run the program.
   */
  async run(
    program: number,
    feedsOf: (replica: number) => ToReplica["feeds"],
  ): Promise<(readonly Readonly<Record<string, number>>[])[]> {
    return await Promise.all(
      this.#replicas.map(async (replica, i) => {
        const message: ToReplica = { program, feeds: feedsOf(i), fresh: [...replica.stale] };
        replica.stale.clear();
        const answer = await replica.ask(message);
        if ("rounds" in answer) return answer.rounds;
        throw new RuntimeUnavailableError(
          `engine: replica ${i + 1} of ${this.count} failed (${answer.problem}). Go on with \`ganbox resume\`; \`--replicas 1\` for a new run does without.`,
        );
      }),
    );
  }

  /** What each replica's last runs wrote under a name. */
  written(name: string): Float32Array[] {
    return this.#replicas.flatMap(({ returned }) => returned.get(name) ?? []);
  }

  /** Ends the threads. */
  async dispose(): Promise<void> {
    await Promise.all(this.#replicas.map((replica) => replica.end()));
  }
}
