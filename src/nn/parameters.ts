import { ShapeError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import { formatShape, type Shape, sameShape, sizeOf } from "../base/shape.ts";
import { type HostTensor, hostTensor } from "../base/tensor.ts";
import { input } from "../graph/ops/index.ts";
import type { Value } from "../graph/value.ts";

/** A trained tensor of a network. */
export interface Parameter {
  /** Path within the model, for example `G/b32/block0/conv1`. */
  readonly name: string;
  readonly shape: Shape;
  /** Standard deviation of the normal distribution it starts from; 0 starts at zero. */
  readonly std: number;
  readonly value: Value;
}

/**
 * The parameters of one network, declared where they are used: asking for a name the first time declares it, later the same
 * symbolic tensor is given. A network is a plain function of this and its inputs.
 */
export class Parameters {
  readonly #prefix: string;
  readonly #known: Map<string, Parameter>;

  /** @param prefix Name of the network, in front of every parameter's name. */
  constructor(prefix: string, known: Map<string, Parameter> = new Map()) {
    this.#prefix = prefix;
    this.#known = known;
  }

  /** The same parameters with a longer prefix. */
  at(name: string): Parameters {
    return new Parameters(`${this.#prefix}/${name}`, this.#known);
  }

  /**
   * The parameter `name`.
   *
   * @throws {ShapeError} if it was declared with another shape.
   */
  get(name: string, shape: Shape, std: number): Value {
    const path = `${this.#prefix}/${name}`;
    const known = this.#known.get(path);
    if (known === undefined) {
      const value = input(path, shape);
      this.#known.set(path, { name: path, shape, std, value });
      return value;
    }
    if (!sameShape(known.shape, shape)) {
      throw new ShapeError(
        `${path}: declared with shape ${formatShape(known.shape)}, now asked for with ${formatShape(shape)}.`,
      );
    }
    return known.value;
  }

  /** All parameters declared so far, in order of declaration. */
  list(): Parameter[] {
    return [...this.#known.values()];
  }

  /** Number of trained weights. */
  get count(): number {
    return this.list().reduce((sum, p) => sum + sizeOf(p.shape), 0);
  }
}

/** Starting values. Every parameter draws from a stream of its own name, so adding one does not change the others. */
export function initialize(
  parameters: readonly Parameter[],
  random: Random,
): Map<string, HostTensor<"float32">> {
  return new Map(
    parameters.map(({ name, shape, std }) => {
      const tensor = hostTensor("float32", shape);
      if (std > 0) {
        random.split(name).fillNormal(tensor.data);
        for (let i = 0; i < tensor.data.length; i++)
          tensor.data[i] = (tensor.data[i] as number) * std;
      }
      return [name, tensor];
    }),
  );
}
