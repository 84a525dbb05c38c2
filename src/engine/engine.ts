import { DEFAULT_PROVIDER, MACHINE, ort, setThreads } from "#platform";
import { RuntimeUnavailableError } from "../base/errors.ts";
import type { HostTensor } from "../base/tensor.ts";
import { encodeOnnx } from "../graph/onnx/encode.ts";
import type { Lowering } from "../graph/onnx/portable.ts";
import { toOnnx } from "../graph/onnx/write.ts";
import { eliminateCommonSubexpressions } from "../graph/passes.ts";
import { isOp, type OpName, topologicalOrder, type Value } from "../graph/value.ts";
import { fuse } from "./fuse.ts";
import { repairOf } from "./lowerings/index.ts";
import { probeTarget } from "./probe.ts";
import { type EncodedProgram, Program, type TensorSpec } from "./program.ts";
import { domainsOf, type SessionOptions, sessionOptions } from "./session.ts";
import { NEXT } from "./state.ts";
import type { Target } from "./target.ts";
import { memoryStore, Tuner, type TuningStore } from "./tuner.ts";

/** How an engine runs graphs. */
export interface EngineOptions {
  /** @default cpu in Node, wasm in a browser */
  readonly provider?: Target["provider"];
  /** Threads of one operation. @default 2 */
  readonly threads?: number;
  /** Keep freed memory between operations: faster, larger peak. @default false */
  readonly arena?: boolean;
  /** Where measured choices are remembered. @default in this process only */
  readonly store?: TuningStore;
  /** Choices of an earlier session of the same run. */
  readonly choices?: Readonly<Record<string, string>>;
  /** Called while lowerings are measured. */
  readonly onTuning?: (done: number, total: number) => void;
}

/** How one graph is compiled. */
export interface CompileOptions {
  /** Inputs that become constants, for generation: ONNX Runtime lays them out once. */
  readonly weights?: ReadonlyMap<string, HostTensor>;
  /** Choose lowerings by measurement; otherwise standard ONNX only. @default true without weights, false with them */
  readonly tune?: boolean;
}

/** Runs graphs on ONNX Runtime. */
export class Engine {
  /** What graphs are lowered for. */
  readonly target: Target;
  readonly #options: SessionOptions;
  readonly #tuner: Tuner;
  readonly #onTuning: EngineOptions["onTuning"];

  private constructor(options: SessionOptions, tuner: Tuner, onTuning: EngineOptions["onTuning"]) {
    this.target = options.target;
    this.#options = options;
    this.#tuner = tuner;
    this.#onTuning = onTuning;
  }

  /**
   * An engine on one execution provider.
   *
   * @throws {RuntimeUnavailableError} on `compile`, if the provider is not there.
   */
  static async create(options: EngineOptions = {}): Promise<Engine> {
    const {
      provider = DEFAULT_PROVIDER,
      threads = 2,
      arena = false,
      store = memoryStore(),
      choices,
      onTuning,
    } = options;
    setThreads(threads);
    const target = await probeTarget(provider, threads);
    const session = { target, arena };
    const machine = `${ort.env.versions.common} ${MACHINE} ${provider} ${threads} ${target.channelBlock}`;
    return new Engine(session, new Tuner(session, machine, store, choices), onTuning);
  }

  /** Every lowering chosen so far, for the record of a run. */
  get choices(): Readonly<Record<string, string>> {
    return this.#tuner.choices;
  }

  /** Lowers a graph and writes it down, choosing lowerings by measurement where several exist. */
  async encode(
    outputs: Readonly<Record<string, Value>>,
    options: CompileOptions = {},
  ): Promise<EncodedProgram> {
    const { weights, tune = weights === undefined } = options;
    const names = Object.keys(outputs);
    const reduced = eliminateCommonSubexpressions(Object.values(outputs));
    const graph = Object.fromEntries(reduced.map((value, i) => [names[i] as string, value]));
    if (tune) await this.#tuner.tune(reduced, this.#onTuning);
    const { target } = this.#options;
    const lower = (value: Value): Lowering<OpName> | undefined =>
      (tune ? this.#tuner.chosen(value) : repairOf(value, target))?.lower(target);
    const model = toOnnx(graph, {
      lower,
      domains: domainsOf(target),
      ...(weights === undefined ? {} : { weights }),
    });
    const inputs: Record<string, TensorSpec> = {};
    for (const value of topologicalOrder(reduced)) {
      if (isOp(value, "Input") && weights?.has(value.attrs.name) !== true)
        inputs[value.attrs.name] = specOf(value);
    }
    const onDevice = target.provider === "webgpu";
    const location = Object.fromEntries(
      names.map((name) => [name, onDevice && name.startsWith(NEXT) ? "gpu-buffer" : "cpu"]),
    );
    const session = {
      ...sessionOptions(this.#options),
      ...(onDevice ? { preferredOutputLocation: location } : {}),
    };
    return {
      model: encodeOnnx({ ...model, graph: fuse(model.graph) }),
      session: session as ort.InferenceSession.SessionOptions,
      inputs,
      outputs: Object.fromEntries(Object.entries(graph).map(([k, v]) => [k, specOf(v)])),
      onDevice,
    };
  }

  /** Makes a program of a graph. */
  async compile(
    outputs: Readonly<Record<string, Value>>,
    options: CompileOptions = {},
  ): Promise<Program> {
    return await this.load(await this.encode(outputs, options));
  }

  /**
   * Prepares what `encode` wrote down.
   *
   * @throws {RuntimeUnavailableError} if the provider is not there or cannot run the graph.
   */
  async load(encoded: EncodedProgram): Promise<Program> {
    try {
      return await Program.load(encoded);
    } catch (cause) {
      throw new RuntimeUnavailableError(
        `engine: ONNX Runtime could not prepare a graph of ${Object.keys(encoded.outputs).length} outputs on "${this.target.provider}" (${(cause as Error).message}). Choose another provider; \`ganbox doctor\` lists what this machine has.`,
        { cause },
      );
    }
  }
}

const specOf = ({ dtype, shape }: Value): TensorSpec => ({ dtype, shape });
