import { ShapeError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import { formatShape, type Shape, sameShape, sizeOf } from "../base/shape.ts";
import { type HostTensor, hostTensor } from "../base/tensor.ts";
import { input } from "../graph/ops/index.ts";
import type { Value } from "../graph/value.ts";

/** A tensor of a network that a model file keeps. */
export interface Parameter {
  /** Path within the model, for example `G/b32/block0/conv1`. */
  readonly name: string;
  readonly shape: Shape;
  /** Standard deviation of the normal distribution it starts from; 0 starts at the mean. */
  readonly std: number;
  /** Mean of that distribution. */
  readonly mean: number;
  /** Whether gradients change it; a buffer (running statistics, fixed noise) is set by the network itself, or never. */
  readonly trained: boolean;
  readonly value: Value;
}

/** What a network may ask of the training around it. Without it, it is there to be used: noise is fixed, statistics are those it has. */
export interface NetworkRun {
  /** A fresh standard normal input for every pass. */
  noise(name: string, shape: Shape): Value;
  /** Sets a buffer's next value. Where a network goes through several passes of a phase, the last one counts. */
  update(name: string, value: Value): void;
}

/**
 * The parameters of one network, declared where they are used: asking for a name the first time declares it, later the same
 * symbolic tensor is given. A network is a plain function of this and its inputs.
 */
export class Parameters {
  readonly #prefix: string;
  readonly #known: Map<string, Parameter>;
  readonly #run: NetworkRun | undefined;

  /**
   * @param prefix Name of the network, in front of every parameter's name.
   * @param run Present while the network is trained.
   */
  constructor(prefix: string, known: Map<string, Parameter> = new Map(), run?: NetworkRun) {
    this.#prefix = prefix;
    this.#known = known;
    this.#run = run;
  }

  /** The same parameters with a longer prefix. */
  at(name: string): Parameters {
    return new Parameters(`${this.#prefix}/${name}`, this.#known, this.#run);
  }

  /** The same parameters in a phase of training. */
  during(run: NetworkRun): Parameters {
    return new Parameters(this.#prefix, this.#known, run);
  }

  /** Whether the network is being trained. */
  get training(): boolean {
    return this.#run !== undefined;
  }

  /**
   * The parameter `name`.
   *
   * @param mean Value it starts around.
   * @throws {ShapeError} if it was declared with another shape.
   */
  get(name: string, shape: Shape, std: number, mean = 0): Value {
    return this.#declare(name, shape, { std, mean, trained: true });
  }

  /**
   * The buffer `name`: kept with the weights, not changed by gradients.
   *
   * @throws {ShapeError} if it was declared with another shape.
   */
  buffer(name: string, shape: Shape, { std = 0, mean = 0 } = {}): Value {
    return this.#declare(name, shape, { std, mean, trained: false });
  }

  /** Sets the next value of a buffer. Does nothing outside training. */
  update(name: string, value: Value): void {
    this.#run?.update(`${this.#prefix}/${name}`, value);
  }

  /** Standard normal numbers [n, ...shape]: fresh ones in training, otherwise the buffer `name` [1, ...shape], the same in every picture. */
  noise(name: string, n: number, shape: Shape): Value {
    const fixed = this.buffer(name, [1, ...shape], { std: 1 });
    return this.#run?.noise(`${this.#prefix}/${name}`, [n, ...shape]) ?? fixed;
  }

  #declare(name: string, shape: Shape, start: Pick<Parameter, "std" | "mean" | "trained">): Value {
    const path = `${this.#prefix}/${name}`;
    const known = this.#known.get(path);
    if (known === undefined) {
      const value = input(path, shape);
      this.#known.set(path, { name: path, shape, ...start, value });
      return value;
    }
    if (!sameShape(known.shape, shape)) {
      throw new ShapeError(
        `${path}: declared with shape ${formatShape(known.shape)}, now asked for with ${formatShape(shape)}.`,
      );
    }
    return known.value;
  }

  /** All parameters and buffers declared so far, in order of declaration. */
  list(): Parameter[] {
    return [...this.#known.values()];
  }

  /** Number of trained weights. */
  get count(): number {
    return this.list().reduce((sum, p) => sum + (p.trained ? sizeOf(p.shape) : 0), 0);
  }
}

/** Starting values. Every parameter draws from a stream of its own name, so adding one does not change the others. */
export function initialize(
  parameters: readonly Parameter[],
  random: Random,
): Map<string, HostTensor<"float32">> {
  return new Map(
    parameters.map(({ name, shape, std, mean }) => {
      const tensor = hostTensor("float32", shape);
      if (std > 0) random.split(name).fillNormal(tensor.data);
      if (std > 0 || mean !== 0)
        for (let i = 0; i < tensor.data.length; i++)
          tensor.data[i] = mean + (tensor.data[i] as number) * std;
      return [name, tensor];
    }),
  );
}
