import { ort } from "#platform";
import { invariant } from "../base/errors.ts";
import { type HostTensor, hostTensor } from "../base/tensor.ts";

type OrtTensor = InstanceType<typeof ort.Tensor>;

/** Prefix of the outputs of a program that become the new value of a state tensor. */
export const NEXT = "next/";

/**
 * Tensors that live with the engine from step to step: weights, optimiser moments, averages.
 *
 * On the CPU every tensor that steps rewrite has a second buffer: a run writes into it and the two change places, so a step
 * allocates nothing.
 */
export class State {
  readonly #live = new Map<string, OrtTensor>();
  readonly #spare = new Map<string, OrtTensor>();

  /** Sets a tensor; the data is copied. */
  set(name: string, tensor: HostTensor): void {
    const copy = tensor.data.slice() as Float32Array;
    this.#live.set(name, new ort.Tensor(tensor.dtype as "float32", copy, tensor.shape));
    this.#spare.delete(name);
  }

  /** Names of all tensors, in the order in which they were set. */
  get names(): string[] {
    return [...this.#live.keys()];
  }

  /** The engine's tensor of that name. */
  live(name: string): OrtTensor | undefined {
    return this.#live.get(name);
  }

  /** A copy on the host. */
  async get(name: string): Promise<HostTensor> {
    const tensor = this.#live.get(name);
    invariant(tensor !== undefined, `no state tensor ${name}`);
    const data = (tensor.location === "cpu" ? tensor.data : await tensor.getData()) as Float32Array;
    return hostTensor(tensor.type as "float32", [...tensor.dims], data.slice());
  }

  /** The buffer that the next value of a tensor is written to. */
  spare(name: string): OrtTensor {
    let spare = this.#spare.get(name);
    if (spare === undefined) {
      const live = this.#live.get(name);
      invariant(live !== undefined, `no state tensor ${name}`);
      const data = live.data as Float32Array;
      spare = new ort.Tensor(live.type as "float32", new (data.constructor as Float32ArrayConstructor)(data.length), live.dims);
      this.#spare.set(name, spare);
    }
    return spare;
  }

  /** Makes `tensor` the value of `name`; the former value becomes the spare buffer, or is freed on a device. */
  replace(name: string, tensor: OrtTensor): void {
    const old = this.#live.get(name);
    this.#live.set(name, tensor);
    if (old === undefined) return;
    if (old.location === "cpu") this.#spare.set(name, old);
    else old.dispose();
  }
}
