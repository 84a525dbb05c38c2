import { FILLS_OUTPUTS, ort } from "#platform";
import { invariant, ShapeError } from "../base/errors.ts";
import { formatShape, type Shape, sameShape } from "../base/shape.ts";
import { type DType, type HostTensor, hostTensor } from "../base/tensor.ts";
import { SessionLease } from "./session-lease.ts";
import { NEXT, type TensorSource } from "./state.ts";

type OrtTensor = InstanceType<typeof ort.Tensor>;

/** Type and shape of an input or output. */
export interface TensorSpec {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** A graph that was lowered and written down: plain data, which another thread can load as well. */
export interface EncodedProgram {
  /** The ONNX model. */
  readonly model: Uint8Array;
  readonly session: ort.InferenceSession.SessionOptions;
  readonly inputs: Readonly<Record<string, TensorSpec>>;
  readonly outputs: Readonly<Record<string, TensorSpec>>;
  /** Whether state stays on a device. */
  readonly onDevice: boolean;
}

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
  spec: TensorSpec,
  feed: HostTensor | undefined,
  state: TensorSource | undefined,
): OrtTensor {
  if (feed === undefined) {
    const kept = state?.live(name);
    if (kept !== undefined) return kept;
    throw new ShapeError(
      `run: no tensor for input "${name}", expected ${spec.dtype} ${formatShape(spec.shape)}.`,
    );
  }
  if (!sameShape(feed.shape, spec.shape) || feed.dtype !== spec.dtype) {
    throw new ShapeError(
      `run: input "${name}" is ${feed.dtype} ${formatShape(feed.shape)}, expected ${spec.dtype} ${formatShape(spec.shape)}.`,
    );
  }
  return toOrt(feed);
}

/** A compiled graph. */
export class Program {
  readonly #lease: SessionLease;
  readonly #encoded: Omit<EncodedProgram, "model">;
  /** Results that are not state, kept between runs so that nothing is allocated in a step. */
  readonly #results = new Map<string, OrtTensor>();

  private constructor(session: ort.InferenceSession, encoded: EncodedProgram) {
    this.#lease = new SessionLease(session);
    const { model: _, ...rest } = encoded;
    this.#encoded = rest;
  }

  /** Prepares a graph. */
  static async load(encoded: EncodedProgram): Promise<Program> {
    const { model, session } = encoded;
    return new Program(await ort.InferenceSession.create(model, session), encoded);
  }

  /** Names of the tensors that `run` reads. */
  get inputNames(): string[] {
    return Object.keys(this.#encoded.inputs);
  }

  /**
   * One run. Inputs come from `feeds`, then from `state`. Outputs called `next/x` are handed over as the next value of `x`, for
   * `State.commit`; the others are results and stay valid until the next run.
   *
   * @throws {ShapeError} if a feed is missing or has another shape or type.
   */
  async run(feeds: Readonly<Record<string, HostTensor>>, state?: TensorSource): Promise<RunResult> {
    const inputs: Record<string, OrtTensor> = {};
    for (const [name, spec] of Object.entries(this.#encoded.inputs))
      inputs[name] = inputTensor(name, spec, feeds[name], state);
    const outputs = await this.#lease.session.run(
      inputs,
      this.#fetches(state) as Record<string, OrtTensor>,
    );
    const results: Record<string, HostTensor> = {};
    const next = new Map<string, OrtTensor>();
    for (const [name, tensor] of Object.entries(outputs)) {
      if (tensor.location !== "cpu") this.#lease.keep(tensor);
      if (name.startsWith(NEXT)) next.set(name.slice(NEXT.length), tensor);
      else results[name] = fromOrt(tensor);
    }
    return { results, next };
  }

  /** Where the platform can fill buffers, one for every output: the state's spare tensors and this program's own results. Elsewhere their names. */
  #fetches(state: TensorSource | undefined): Record<string, OrtTensor> | string[] {
    const { outputs, onDevice } = this.#encoded;
    if (!FILLS_OUTPUTS || onDevice) return Object.keys(outputs);
    const buffers: Record<string, OrtTensor> = {};
    for (const [name, { dtype, shape }] of Object.entries(outputs)) {
      if (name.startsWith(NEXT)) {
        invariant(state?.spare !== undefined, `program writes ${name} but was given no state`);
        buffers[name] = state.spare(name.slice(NEXT.length));
        continue;
      }
      let result = this.#results.get(name);
      if (result === undefined) {
        result = toOrt(hostTensor(dtype, shape));
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
