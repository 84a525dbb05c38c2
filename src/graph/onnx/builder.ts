import { type HostTensor, hostTensor } from "../../base/tensor.ts";
import type { AttributeValue, OnnxGraph, OnnxNode, OnnxValue } from "./model.ts";
import { DATA_TYPE } from "./schema.ts";

/** Attributes of a node in short form: whole numbers become `int`, lists of them `ints`, text `string`. */
export type ShortAttributes = Readonly<
  Record<string, number | string | readonly number[] | AttributeValue>
>;

function fullAttribute(value: ShortAttributes[string]): AttributeValue {
  if (typeof value === "number") return { type: "int", value };
  if (typeof value === "string") return { type: "string", value };
  return "type" in value ? value : { type: "ints", value };
}

/** A float attribute (`int` is what a bare number stands for). */
export function float(value: number): AttributeValue {
  return { type: "float", value };
}

/**
 * Collects the nodes of an ONNX graph. The same operation on the same inputs is added once, so lowerings can ask for shared work
 * (a transpose, a padded copy) without knowing of each other.
 */
export class OnnxBuilder {
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers = new Map<string, HostTensor>();
  readonly #shared = new Map<string, string[]>();
  readonly #tensorNames = new Map<HostTensor, string>();
  readonly #renamed = new Map<string, string>();
  readonly #halves = new Set<string>();
  #count = 0;

  /** Scope path put into node names, so that profiles and runtime errors point into the model. */
  scope = "";

  /** Adds a node with one output and returns the output's name. */
  node(
    opType: string,
    inputs: readonly string[],
    attributes: ShortAttributes = {},
    domain = "",
  ): string {
    const key = `${domain}|${opType}|${inputs.join()}|${JSON.stringify(attributes)}`;
    const known = this.#shared.get(key);
    if (known !== undefined) return known[0] as string;
    const number = this.#count++;
    const output = `v${number}`;
    const full = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, fullAttribute(value)]),
    );
    const name = `${this.scope}/${opType}_${number}`;
    this.#nodes.push({ opType, domain, name, inputs, outputs: [output], attributes: full });
    this.#shared.set(key, [output]);
    return output;
  }

  /** A constant under a fixed name (a weight), or under a made one. Small constants are shared by content. */
  tensor(tensor: HostTensor, name?: string): string {
    const key =
      tensor.data.length <= 64 && name === undefined
        ? `${tensor.dtype}|${tensor.shape}|${tensor.data}`
        : undefined;
    const known = key === undefined ? this.#tensorNames.get(tensor) : this.#shared.get(key)?.[0];
    if (known !== undefined && name === undefined) return known;
    const id = name ?? `c${this.#initializers.size}`;
    this.#initializers.set(id, tensor);
    this.#tensorNames.set(tensor, id);
    if (key !== undefined) this.#shared.set(key, [id]);
    return id;
  }

  /** A float32 weight that a file keeps in half precision. */
  halfTensor(tensor: HostTensor, name: string): string {
    this.tensor(tensor, name);
    this.#halves.add(name);
    return this.node("Cast", [name], { to: DATA_TYPE.float32 });
  }

  /** An int64 constant of rank 1, as shapes and axes are given to ONNX. */
  ints(values: readonly number[]): string {
    return this.tensor(hostTensor("int64", [values.length], BigInt64Array.from(values, BigInt)));
  }

  /** A float32 scalar constant. */
  scalar(value: number): string {
    return this.tensor(hostTensor("float32", [], Float32Array.of(value)));
  }

  /** A reshape; a no-op at run time. */
  reshape(x: string, shape: readonly number[]): string {
    return this.node("Reshape", [x, this.ints(shape)]);
  }

  /** A transpose. */
  transpose(x: string, perm: readonly number[]): string {
    return this.node("Transpose", [x], { perm });
  }

  /** A reshape to `split`, a transpose, and a reshape to `shape`. Where only axes of size 1 would move, nothing is copied. */
  rearrange(
    x: string,
    split: readonly number[],
    perm: readonly number[],
    shape: readonly number[],
  ): string {
    const moved = perm.filter((axis) => split[axis] !== 1);
    const inOrder = moved.every((axis, i) => i === 0 || axis > (moved[i - 1] as number));
    return this.reshape(inOrder ? x : this.transpose(this.reshape(x, split), perm), shape);
  }

  /** Gives a value its public name. */
  output(value: string, name: string): void {
    const ownedByNode = this.#nodes.some((node) => node.outputs[0] === value);
    if (ownedByNode && !this.#renamed.has(value)) this.#renamed.set(value, name);
    else
      this.#nodes.push({
        opType: "Identity",
        domain: "",
        name: `output/${name}`,
        inputs: [value],
        outputs: [name],
        attributes: {},
      });
  }

  /** The finished graph. */
  graph(inputs: readonly OnnxValue[], outputs: readonly OnnxValue[]): OnnxGraph {
    const rename = (name: string): string => this.#renamed.get(name) ?? name;
    const nodes = this.#nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(rename),
      outputs: node.outputs.map(rename),
    }));
    return {
      name: "ganbox",
      nodes,
      initializers: this.#initializers,
      halves: this.#halves,
      inputs,
      outputs,
    };
  }
}
