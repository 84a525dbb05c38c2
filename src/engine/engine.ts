import { DEFAULT_PROVIDER, FILLS_OUTPUTS, MACHINE, ort, setThreads } from "#platform";
import { invariant, RuntimeUnavailableError, ShapeError } from "../base/errors.ts";
import { formatShape, sameShape, sizeOf } from "../base/shape.ts";
import { type DType, type HostTensor, hostTensor } from "../base/tensor.ts";
import { encodeOnnx } from "../graph/onnx/encode.ts";
import type { Lowering } from "../graph/onnx/portable.ts";
import { toOnnx } from "../graph/onnx/write.ts";
import { eliminateCommonSubexpressions } from "../graph/passes.ts";
import { isOp, type OpName, topologicalOrder, type Value } from "../graph/value.ts";
import { fuse } from "./fuse.ts";
import { repairOf } from "./lowerings/index.ts";
import { probeTarget } from "./probe.ts";
import { domainsOf, type SessionOptions, sessionOptions } from "./session.ts";
import { SessionLease } from "./session-lease.ts";
import { NEXT, type TensorSource } from "./state.ts";
import type { Target } from "./target.ts";
import { memoryStore, Tuner, type TuningStore } from "./tuner.ts";

type OrtTensor = InstanceType<typeof ort.Tensor>;

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

const EMPTY: Record<DType, (size: number) => ArrayBufferView> = {
  float32: (n) => new Float32Array(n),
  float64: (n) => new Float64Array(n),
  int32: (n) => new Int32Array(n),
  int64: (n) => new BigInt64Array(n),
  uint8: (n) => new Uint8Array(n),
  bool: (n) => new Uint8Array(n),
};

/** A host tensor as ONNX Runtime's, over the same memory. */
export function toOrt(tensor: HostTensor): OrtTensor {
  return new ort.Tensor(tensor.dtype as "float32", tensor.data as Float32Array, tensor.shape);
}

/** A tensor on the CPU as a host tensor, over the same memory. */
export function fromOrt(tensor: OrtTensor): HostTensor {
  return hostTensor(tensor.type as "float32", [...tensor.dims], tensor.data as Float32Array);
}

/** What a run gave. */
export interface RunResult {
  readonly results: Record<string, HostTensor>;
  /** Next values of state tensors, not yet in force. */
  readonly next: ReadonlyMap<string, OrtTensor>;
}

function inputTensor(
  name: string,
  value: Value,
  feed: HostTensor | undefined,
  state: TensorSource | undefined,
): OrtTensor {
  if (feed === undefined) {
    const kept = state?.live(name);
    if (kept !== undefined) return kept;
    throw new ShapeError(
      `run: no tensor for input "${name}", expected ${value.dtype} ${formatShape(value.shape)}.`,
    );
  }
  if (!sameShape(feed.shape, value.shape) || feed.dtype !== value.dtype) {
    throw new ShapeError(
      `run: input "${name}" is ${feed.dtype} ${formatShape(feed.shape)}, expected ${value.dtype} ${formatShape(value.shape)}.`,
    );
  }
  return toOrt(feed);
}

/** A compiled graph. */
export class Program {
  readonly #lease: SessionLease;
  readonly #inputs: ReadonlyMap<string, Value>;
  readonly #outputs: ReadonlyMap<string, Value>;
  /** Results that are not state, kept between runs so that nothing is allocated in a step. */
  readonly #results = new Map<string, OrtTensor>();
  /** Whether outputs go into buffers kept here and in the state, rather than into new tensors. */
  readonly #buffered: boolean;

  constructor(
    session: ort.InferenceSession,
    inputs: ReadonlyMap<string, Value>,
    outputs: ReadonlyMap<string, Value>,
    buffered: boolean,
  ) {
    this.#lease = new SessionLease(session);
    this.#inputs = inputs;
    this.#outputs = outputs;
    this.#buffered = buffered;
  }

  /** Names of the tensors that `run` reads. */
  get inputNames(): string[] {
    return [...this.#inputs.keys()];
  }

  /**
   * One run. Inputs come from `feeds`, then from `state`. Outputs called `next/x` are handed over as the next value of `x`, for
   * `State.commit`; the others are results and stay valid until the next run.
   *
   * @throws {ShapeError} if a feed is missing or has another shape or type.
   */
  async run(feeds: Readonly<Record<string, HostTensor>>, state?: TensorSource): Promise<RunResult> {
    const inputs: Record<string, OrtTensor> = {};
    for (const [name, value] of this.#inputs)
      inputs[name] = inputTensor(name, value, feeds[name], state);
    const fetches = this.#buffered ? this.#buffers(state) : [...this.#outputs.keys()];
    const outputs = await this.#lease.session.run(inputs, fetches as Record<string, OrtTensor>);
    const results: Record<string, HostTensor> = {};
    const next = new Map<string, OrtTensor>();
    for (const [name, tensor] of Object.entries(outputs)) {
      if (tensor.location !== "cpu") this.#lease.keep(tensor);
      if (name.startsWith(NEXT)) next.set(name.slice(NEXT.length), tensor);
      else results[name] = fromOrt(tensor);
    }
    return { results, next };
  }

  /** Memory for every output: the state's spare tensors and this program's own results. */
  #buffers(state: TensorSource | undefined): Record<string, OrtTensor> {
    const buffers: Record<string, OrtTensor> = {};
    for (const [name, value] of this.#outputs) {
      if (name.startsWith(NEXT)) {
        invariant(state?.spare !== undefined, `program writes ${name} but was given no state`);
        buffers[name] = state.spare(name.slice(NEXT.length));
        continue;
      }
      let result = this.#results.get(name);
      if (result === undefined) {
        result = new ort.Tensor(
          value.dtype as "float32",
          EMPTY[value.dtype](sizeOf(value.shape)) as Float32Array,
          value.shape,
        );
        this.#results.set(name, result);
      }
      buffers[name] = result;
    }
    return buffers;
  }

  /** Frees the session, once no state tensor that it made on a device is left. */
  async dispose(): Promise<void> {
    await this.#lease.giveUp();
  }
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

  /** Makes a program of a graph, choosing lowerings by measurement where several exist. */
  async compile(
    outputs: Readonly<Record<string, Value>>,
    options: CompileOptions = {},
  ): Promise<Program> {
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
    const fused = { ...model, graph: fuse(model.graph) };
    const inputs = new Map<string, Value>();
    for (const value of topologicalOrder(reduced)) {
      if (isOp(value, "Input") && weights?.has(value.attrs.name) !== true)
        inputs.set(value.attrs.name, value);
    }
    const onDevice = target.provider === "webgpu";
    const location = Object.fromEntries(
      names.map((name) => [name, onDevice && name.startsWith(NEXT) ? "gpu-buffer" : "cpu"]),
    );
    const sessionConfig = {
      ...sessionOptions(this.#options),
      ...(onDevice ? { preferredOutputLocation: location } : {}),
    };
    try {
      const session = await ort.InferenceSession.create(
        encodeOnnx(fused),
        sessionConfig as ort.InferenceSession.SessionOptions,
      );
      return new Program(
        session,
        inputs,
        new Map(Object.entries(graph)),
        FILLS_OUTPUTS && !onDevice,
      );
    } catch (cause) {
      throw new RuntimeUnavailableError(
        `engine: ONNX Runtime could not prepare a graph of ${model.graph.nodes.length} nodes on "${target.provider}" (${(cause as Error).message}). Choose another provider; \`ganbox doctor\` lists what this machine has.`,
        { cause },
      );
    }
  }
}
