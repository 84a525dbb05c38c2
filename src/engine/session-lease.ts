import type { ort } from "#platform";

type Session = ort.InferenceSession;
type OrtTensor = InstanceType<typeof ort.Tensor>;

const makers = new WeakMap<OrtTensor, SessionLease>();

/**
 * A session together with the tensors that it left on a device. ONNX Runtime frees such a tensor through the session that made it
 * (in Node the process ends otherwise), so the session is released only when it was given up and its last tensor is gone.
 */
export class SessionLease {
  /** The session itself. */
  readonly session: Session;
  readonly #tensors = new Set<OrtTensor>();
  #givenUp = false;

  constructor(session: Session) {
    this.session = session;
  }

  /** Notes a tensor that a run left on the device. */
  keep(tensor: OrtTensor): void {
    this.#tensors.add(tensor);
    makers.set(tensor, this);
  }

  /** Releases the session, now or with its last tensor. */
  async giveUp(): Promise<void> {
    this.#givenUp = true;
    if (this.#tensors.size === 0) await this.session.release();
  }

  /** Frees a device tensor. Tensors on the CPU are left to the garbage collector. */
  static free(tensor: OrtTensor): void {
    if (tensor.location === "cpu") return;
    tensor.dispose();
    const maker = makers.get(tensor);
    if (maker === undefined) return;
    maker.#tensors.delete(tensor);
    if (maker.#givenUp) void maker.giveUp();
  }
}
