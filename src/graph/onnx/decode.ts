import { CheckpointError } from "../../base/errors.ts";
import { describeFile } from "../file-kind.ts";
import { Message } from "./message.ts";
import type {
  AttributeValue,
  Dimension,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxValue,
} from "./model.ts";
import {
  ATTRIBUTE,
  ATTRIBUTE_TYPE,
  DATA_TYPE_NAMES,
  DIMENSION,
  dtypeOf,
  ENTRY,
  GRAPH,
  MODEL,
  NODE,
  OPSET,
  TENSOR,
  TENSOR_SHAPE,
  TENSOR_TYPE,
  TYPE,
  VALUE_INFO,
} from "./schema.ts";
import { decodeTensor } from "./tensor.ts";

/** The first byte of an ONNX file: field 1, `ir_version`, as a varint. Every writer puts it first. */
const FIRST_BYTE = 0x08;

/**
 * Reads an ONNX file. Tensors are copied out of `bytes`; float16 tensors become float32.
 *
 * Graphs inside attributes, sparse or string tensors, local functions and weights in other files are refused by name.
 *
 * @param source What the bytes are, for messages: usually the file's path.
 * @throws {CheckpointError} if the bytes are no ONNX model, are damaged or cut short, or use what is refused.
 */
export function decodeOnnx(bytes: Uint8Array, source = "ONNX model"): OnnxModel {
  if (bytes[0] !== FIRST_BYTE) {
    throw new CheckpointError(`${source}: this is ${describeFile(bytes)}, expected an ONNX model.`);
  }
  const model = new Message(source, bytes);
  if (!model.has(MODEL.graph)) {
    throw new CheckpointError(
      `${source}: it holds no graph, expected an ONNX model. The file was cut short or is no ONNX model.`,
    );
  }
  if (model.has(MODEL.functions)) throw unsupported(model, "local functions");
  return {
    irVersion: model.int(MODEL.irVersion),
    producerName: model.string(MODEL.producerName),
    docString: model.string(MODEL.docString),
    opsetImports: model
      .messages(MODEL.opsetImport, "operator set")
      .map((opset) => ({ domain: opset.string(OPSET.domain), version: opset.int(OPSET.version) })),
    metadata: Object.fromEntries(
      unique(
        model,
        "metadata key",
        model
          .messages(MODEL.metadataProps, "metadata")
          .map((e) => [e.string(ENTRY.key), e.string(ENTRY.value)]),
      ),
    ),
    graph: decodeGraph(model.message(MODEL.graph, "graph")),
  };
}

function decodeGraph(graph: Message): OnnxGraph {
  if (graph.has(GRAPH.sparseInitializer)) throw unsupported(graph, "sparse initialisers");
  const outputs = graph.messages(GRAPH.output, "output").map(decodeValue);
  if (outputs.length === 0) {
    throw new CheckpointError(
      `${graph.where}: it has no outputs, expected at least one. The file is no ONNX model, or damaged.`,
    );
  }
  return {
    name: graph.string(GRAPH.name),
    nodes: graph.messages(GRAPH.node, "node").map(decodeNode),
    initializers: unique(
      graph,
      "initialiser",
      graph
        .messages(GRAPH.initializer, "initialiser")
        .map((tensor) => [tensor.string(TENSOR.name), decodeTensor(tensor)]),
    ),
    inputs: graph.messages(GRAPH.input, "input").map(decodeValue),
    outputs,
  };
}

function decodeNode(node: Message): OnnxNode {
  return {
    opType: node.string(NODE.opType),
    domain: node.string(NODE.domain),
    name: node.string(NODE.name),
    inputs: node.strings(NODE.input),
    outputs: node.strings(NODE.output),
    attributes: Object.fromEntries(
      unique(
        node,
        "attribute",
        node
          .messages(NODE.attribute, "attribute")
          .map((a) => [a.string(ATTRIBUTE.name), decodeAttribute(a)]),
      ),
    ),
  };
}

function decodeAttribute(attribute: Message): AttributeValue {
  const type = attribute.int(ATTRIBUTE.type);
  switch (type) {
    case ATTRIBUTE_TYPE.int:
      return { type: "int", value: attribute.int(ATTRIBUTE.i) };
    case ATTRIBUTE_TYPE.ints:
      return { type: "ints", value: attribute.ints(ATTRIBUTE.ints) };
    case ATTRIBUTE_TYPE.float:
      return { type: "float", value: attribute.float(ATTRIBUTE.f) };
    case ATTRIBUTE_TYPE.floats:
      return { type: "floats", value: attribute.floats(ATTRIBUTE.floats) };
    case ATTRIBUTE_TYPE.string:
      return { type: "string", value: attribute.string(ATTRIBUTE.s) };
    case ATTRIBUTE_TYPE.strings:
      return { type: "strings", value: attribute.strings(ATTRIBUTE.strings) };
    case ATTRIBUTE_TYPE.tensor:
      return { type: "tensor", value: decodeTensor(attribute.message(ATTRIBUTE.t, "tensor")) };
    default:
      throw unsupported(
        attribute,
        `attribute "${attribute.string(ATTRIBUTE.name)}" of type ${type}`,
      );
  }
}

function decodeValue(value: Message): OnnxValue {
  const name = value.string(VALUE_INFO.name);
  const type = value.message(VALUE_INFO.type, "type");
  if (!type.has(TYPE.tensorType)) throw unsupported(value, `"${name}", which is no tensor`);
  const tensor = type.message(TYPE.tensorType, "tensor");
  const elemType = tensor.int(TENSOR_TYPE.elemType);
  const dtype = dtypeOf(elemType);
  if (!dtype)
    throw unsupported(value, `"${name}" of type ${DATA_TYPE_NAMES[elemType] ?? elemType}`);
  if (!tensor.has(TENSOR_TYPE.shape)) throw unsupported(value, `"${name}" without a shape`);
  const shape = tensor
    .message(TENSOR_TYPE.shape, "shape")
    .messages(TENSOR_SHAPE.dim, "axis")
    .map(decodeDimension);
  return { name, dtype, shape };
}

function decodeDimension(axis: Message): Dimension {
  if (!axis.has(DIMENSION.dimValue)) return axis.string(DIMENSION.dimParam);
  const size = axis.int(DIMENSION.dimValue);
  if (size < 0)
    throw new CheckpointError(
      `${axis.where}: its size is ${size}, expected 0 or more. The file is damaged.`,
    );
  return size;
}

function unique<V>(owner: Message, what: string, entries: [string, V][]): Map<string, V> {
  const map = new Map<string, V>();
  for (const [name, value] of entries) {
    if (map.has(name))
      throw new CheckpointError(
        `${owner.where}: it has two ${what}s named "${name}", expected one.`,
      );
    map.set(name, value);
  }
  return map;
}

function unsupported(owner: Message, what: string): CheckpointError {
  return new CheckpointError(
    `${owner.where}: it holds ${what}, expected only what Ganbox reads: dense tensors and plain nodes. Export the model without it.`,
  );
}
