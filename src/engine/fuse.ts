import type { AttributeValue, OnnxGraph, OnnxNode } from "../graph/onnx/model.ts";
import { NCHWC } from "./lowerings/lowering.ts";

/** Who writes and who reads the values of a graph. */
class Links {
  readonly #writers = new Map<string, OnnxNode>();
  readonly #readers = new Map<string, number>();

  constructor(nodes: readonly OnnxNode[], outputs: readonly string[]) {
    for (const node of nodes) {
      for (const name of node.outputs) this.#writers.set(name, node);
      for (const name of node.inputs) this.#count(name);
    }
    for (const name of outputs) this.#count(name);
  }

  #count(name: string): void {
    this.#readers.set(name, (this.#readers.get(name) ?? 0) + 1);
  }

  writer(name: string | undefined): OnnxNode | undefined {
    return name === undefined ? undefined : this.#writers.get(name);
  }

  /** The node that writes `name`, if it is of this kind and nothing else reads it. */
  only(name: string | undefined, opType: string, domain = ""): OnnxNode | undefined {
    const node = this.writer(name);
    const fits = node?.opType === opType && node.domain === domain;
    return fits && name !== undefined && this.#readers.get(name) === 1 ? node : undefined;
  }
}

/** Nodes in the place of others. */
interface Joined {
  readonly nodes: readonly OnnxNode[];
  readonly gone: readonly OnnxNode[];
}

/** Shapes of values by name. */
type Shapes = ReadonlyMap<string, readonly number[]>;

/** The blocked convolution behind a value in the plain layout, and the node that brings it there. */
interface Blocked {
  readonly conv: OnnxNode;
  readonly reorder: OnnxNode;
}

function blockedConv(links: Links, name: string | undefined): Blocked | undefined {
  const reorder = links.only(name, "ReorderOutput", NCHWC);
  const conv = links.only(reorder?.inputs[0], "Conv", NCHWC);
  return reorder === undefined || conv === undefined ? undefined : { conv, reorder };
}

/** Writes the convolution, and the reordering under the name of what followed it. */
function join(
  { conv, reorder }: Blocked,
  last: OnnxNode,
  inputs: readonly string[],
  attributes: Readonly<Record<string, AttributeValue>>,
): OnnxNode[] {
  return [
    { ...conv, inputs, attributes: { ...conv.attributes, ...attributes } },
    { ...reorder, outputs: last.outputs },
  ];
}

const SIDES = [
  [0, 1],
  [1, 0],
] as const;

/** `leaky_relu(conv(x, w) + bias)` in one: the bias of a channel comes as a reshaped vector. */
function withBias(links: Links, shapes: Shapes, node: OnnxNode): Joined | undefined {
  if (node.opType !== "LeakyRelu") return undefined;
  const add = links.only(node.inputs[0], "Add");
  if (add === undefined) return undefined;
  for (const [from, other] of SIDES) {
    const blocked = blockedConv(links, add.inputs[from]);
    const bias = links.writer(add.inputs[other]);
    const [vector = ""] = bias?.inputs ?? [];
    if (blocked === undefined || bias?.opType !== "Reshape") continue;
    const channels = shapes.get(add.inputs[from] ?? "")?.[1];
    const perChannel = shapes.get(add.inputs[other] ?? "")?.join() === `1,${channels},1,1`;
    if (!perChannel || shapes.get(vector)?.length !== 1) continue;
    const [x = "", weight = "", ...more] = blocked.conv.inputs;
    const { alpha } = node.attributes;
    if (more.length > 0 || alpha?.type !== "float") continue;
    const nodes = join(blocked, node, [x, weight, vector], {
      activation: { type: "string", value: "LeakyRelu" },
      activation_params: { type: "floats", value: [alpha.value] },
    });
    return { nodes, gone: [blocked.conv, blocked.reorder, add] };
  }
  return undefined;
}

/** `conv(y, w) + x` in one, where x is written in blocks already: the sum of a residual block. */
function withSum(
  links: Links,
  shapes: Shapes,
  node: OnnxNode,
  blocks: ReadonlyMap<string, string>,
): Joined | undefined {
  if (node.opType !== "Add") return undefined;
  const [a, b] = node.inputs.map((name) => shapes.get(name)?.join());
  if (a === undefined || a !== b) return undefined;
  for (const [from, other] of SIDES) {
    const blocked = blockedConv(links, node.inputs[from]);
    const sum = blocks.get(node.inputs[other] ?? "");
    if (blocked === undefined || sum === undefined) continue;
    const [y = "", weight = "", ...more] = blocked.conv.inputs;
    if (more.length > 0) continue;
    const nodes = join(blocked, node, [y, weight, "", sum], {});
    return { nodes, gone: [blocked.conv, blocked.reorder] };
  }
  return undefined;
}

/**
 * Joins neighbours of ONNX Runtime's blocked convolution to it, as the runtime itself does where weights are constant: bias and leaky ReLU, the
 * sum of a residual block, and a layout that is left only to be entered again. What nothing reads any more is dropped.
 *
 */
export function fuse(graph: OnnxGraph): OnnxGraph {
  const { shapes = new Map() } = graph;
  const outputs = graph.outputs.map(({ name }) => name);
  const links = new Links(graph.nodes, outputs);
  /** Plain values that are written in blocks as well. */
  const blocks = new Map<string, string>();
  const renamed = new Map<string, string>();
  const written = new Map<OnnxNode, OnnxNode>();
  const write = (node: OnnxNode): void => {
    const inputs = node.inputs.map((name) => renamed.get(name) ?? name);
    const [from = "", to = ""] = [inputs[0], node.outputs[0]];
    if (node.domain === NCHWC && node.opType === "ReorderInput") {
      const known = blocks.get(from);
      if (known !== undefined) {
        renamed.set(to, known);
        return;
      }
      blocks.set(from, to);
    }
    if (node.domain === NCHWC && node.opType === "ReorderOutput") blocks.set(to, from);
    written.set(node, { ...node, inputs });
  };
  for (const node of graph.nodes) {
    const joined = withBias(links, shapes, node) ?? withSum(links, shapes, node, blocks);
    for (const gone of joined?.gone ?? []) written.delete(gone);
    for (const next of joined?.nodes ?? [node]) write(next);
  }
  return { ...graph, nodes: alive([...written.values()], outputs) };
}

/** The nodes that outputs depend on. */
function alive(nodes: readonly OnnxNode[], outputs: readonly string[]): OnnxNode[] {
  const needed = new Set(outputs);
  const kept: OnnxNode[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    for (const name of node.inputs) needed.add(name);
    kept.push(node);
  }
  return kept.reverse();
}
