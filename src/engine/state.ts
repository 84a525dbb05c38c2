import { ort } from "#platform";
import { invariant } from "../base/errors.ts";
import { type HostTensor, hostTensor } from "../base/tensor.ts";
import { readBack } from "./readback.ts";
import { SessionLease } from "./session-lease.ts";

type OrtTensor = InstanceType<typeof ort.Tensor>;

/** Prefix of the outputs of a program that become the new value of a state tensor. */
export const NEXT = "next/";

/** Where a program finds inputs that are not fed, and memory for their next values. */
export interface TensorSource {
  live(name: string): OrtTensor | undefined;
  spare?(name: string): OrtTensor;
}

/**
 * Tensors that live with the engine from step to step: weights, optimiser moments, averages.
 *
 * On the CPU every tensor that steps rewrite has a second buffer: a run writes into it and the two change places, so a step
 * allocates nothing.
 */
export class State implements TensorSource {
  readonly #live = new Map<string, OrtTensor>();
  readonly #spare = new Map<string, OrtTensor>();

  /** Sets a tensor; the data is copied. */
  set(name: string, tensor: HostTensor): void {
    const old = this.#live.get(name);
    if (old !== undefined) SessionLease.free(old);
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

  /** The tensor itself, for one that has not left the CPU. */
  peek(name: string): HostTensor {
    const tensor = this.#live.get(name);
    invariant(
      tensor !== undefined && tensor.location === "cpu",
      `no state tensor ${name} on the CPU`,
    );
    return hostTensor(tensor.type as "float32", [...tensor.dims], tensor.data as Float32Array);
  }

  /** A copy on the host. */
  async get(name: string): Promise<HostTensor> {
    const tensor = this.#live.get(name);
    invariant(tensor !== undefined, `no state tensor ${name}`);
    if (tensor.location !== "cpu") return readBack(tensor);
    return hostTensor(
      tensor.type as "float32",
      [...tensor.dims],
      (tensor.data as Float32Array).slice(),
    );
  }

  /** The buffer that the next value of a tensor is written to. */
  spare(name: string): OrtTensor {
    let spare = this.#spare.get(name);
    if (spare === undefined) {
      const live = this.#live.get(name);
      invariant(live !== undefined, `no state tensor ${name}`);
      const data = live.data as Float32Array;
      spare = new ort.Tensor(
        live.type as "float32",
        new (data.constructor as Float32ArrayConstructor)(data.length),
        live.dims,
      );
      this.#spare.set(name, spare);
    }
    return spare;
  }

  /** Puts the next values of a run in force. Former values change places with the buffers written to, or are freed on a device. */
  commit(next: ReadonlyMap<string, OrtTensor>): void {
    for (const [name, tensor] of next) {
      const old = this.#live.get(name);
      this.#live.set(name, tensor);
      if (old === undefined || old === tensor) continue;
      if (this.#spare.has(name)) this.#spare.set(name, old);
      else SessionLease.free(old);
    }
  }

  /** Frees every tensor. The state is empty then. */
  dispose(): void {
    for (const tensor of this.#live.values()) SessionLease.free(tensor);
    this.#live.clear();
    this.#spare.clear();
  }
}
