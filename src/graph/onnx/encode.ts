import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { CheckpointError } from "../../base/errors.ts";
import type { Shape } from "../../base/shape.ts";
import { float32ToFloat16 } from "../float16.ts";
import { concatBytes, tensorBytes } from "../tensor-bytes.ts";
import type { AttributeValue, OnnxGraph, OnnxModel, OnnxNode, OnnxValue } from "./model.ts";
import {
  ATTRIBUTE,
  ATTRIBUTE_TYPE,
  DATA_TYPE,
  DIMENSION,
  ENTRY,
  FLOAT16,
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

/** Protobuf messages, and with them ONNX files without external data, end at 2 GB. */
const MAX_BYTES = 2 ** 31 - 1;

/**
 * The bytes of an ONNX file.
 *
 * The elements of the initialisers are copied once, into the result. The graph is written as the last field, so that a file
 * that was cut short anywhere cannot be read as a smaller model.
 *
 * @throws {CheckpointError} if the file would be larger than the 2 GB that the format allows.
 */
export function encodeOnnx(model: OnnxModel): Uint8Array<ArrayBuffer> {
  const graph = graphChunks(model.graph);
  const graphBytes = byteLength(graph);
  if (graphBytes > MAX_BYTES) {
    throw new CheckpointError(
      `ONNX model "${model.graph.name}": it would have ${graphBytes} bytes, expected at most ${MAX_BYTES} (the format's limit). Save the weights as safetensors.`,
    );
  }
  const head = new BinaryWriter();
  int(head, MODEL.irVersion, model.irVersion);
  string(head, MODEL.producerName, model.producerName);
  string(head, MODEL.docString, model.docString);
  for (const { domain, version } of model.opsetImports) {
    message(head, MODEL.opsetImport, () => {
      string(head, OPSET.domain, domain);
      int(head, OPSET.version, version);
    });
  }
  for (const [key, value] of Object.entries(model.metadata)) {
    message(head, MODEL.metadataProps, () => {
      string(head, ENTRY.key, key);
      string(head, ENTRY.value, value);
    });
  }
  head.tag(MODEL.graph, WireType.LengthDelimited).uint32(graphBytes);
  return concatBytes([head.finish(), ...graph]);
}

/** A `GraphProto` in pieces: encoded text, and the elements of the initialisers where they lie. */
function graphChunks(graph: OnnxGraph): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  const writer = new BinaryWriter();
  string(writer, GRAPH.name, graph.name);
  for (const node of graph.nodes) message(writer, GRAPH.node, () => writeNode(writer, node));
  for (const value of graph.inputs) message(writer, GRAPH.input, () => writeValue(writer, value));
  for (const value of graph.outputs) message(writer, GRAPH.output, () => writeValue(writer, value));
  for (const [name, tensor] of graph.initializers) {
    const half = graph.halves?.has(name) === true;
    const content = half ? float32ToFloat16(tensor.data as Float32Array) : tensorBytes(tensor);
    const head = tensorHead(name, tensor.shape, half ? FLOAT16 : DATA_TYPE[tensor.dtype], content);
    writer
      .tag(GRAPH.initializer, WireType.LengthDelimited)
      .uint32(head.byteLength + content.byteLength)
      .raw(head);
    chunks.push(writer.finish(), content);
  }
  chunks.push(writer.finish());
  return chunks;
}

function writeNode(writer: BinaryWriter, node: OnnxNode): void {
  for (const input of node.inputs) repeatedString(writer, NODE.input, input);
  for (const output of node.outputs) repeatedString(writer, NODE.output, output);
  string(writer, NODE.name, node.name);
  string(writer, NODE.opType, node.opType);
  string(writer, NODE.domain, node.domain);
  for (const [name, value] of Object.entries(node.attributes)) {
    message(writer, NODE.attribute, () => {
      string(writer, ATTRIBUTE.name, name);
      int(writer, ATTRIBUTE.type, ATTRIBUTE_TYPE[value.type]);
      writeAttributeValue(writer, value);
    });
  }
}

function writeAttributeValue(writer: BinaryWriter, { type, value }: AttributeValue): void {
  switch (type) {
    case "int":
      int(writer, ATTRIBUTE.i, value);
      break;
    case "ints":
      for (const element of value) int(writer, ATTRIBUTE.ints, element);
      break;
    case "float":
      writer.tag(ATTRIBUTE.f, WireType.Bit32).float(value);
      break;
    case "floats":
      for (const element of value) writer.tag(ATTRIBUTE.floats, WireType.Bit32).float(element);
      break;
    case "string":
      repeatedString(writer, ATTRIBUTE.s, value);
      break;
    case "strings":
      for (const element of value) repeatedString(writer, ATTRIBUTE.strings, element);
      break;
    case "tensor":
      message(writer, ATTRIBUTE.t, () => {
        const content = tensorBytes(value);
        writer.raw(tensorHead("", value.shape, DATA_TYPE[value.dtype], content)).raw(content);
      });
  }
}

function writeValue(writer: BinaryWriter, { name, dtype, shape }: OnnxValue): void {
  string(writer, VALUE_INFO.name, name);
  message(writer, VALUE_INFO.type, () =>
    message(writer, TYPE.tensorType, () => {
      int(writer, TENSOR_TYPE.elemType, DATA_TYPE[dtype]);
      message(writer, TENSOR_TYPE.shape, () => {
        for (const size of shape) {
          message(writer, TENSOR_SHAPE.dim, () => {
            if (typeof size === "number") int(writer, DIMENSION.dimValue, size);
            else string(writer, DIMENSION.dimParam, size);
          });
        }
      });
    }),
  );
}

/** A `TensorProto` up to its elements: they follow as the last bytes of the message. */
function tensorHead(name: string, shape: Shape, dataType: number, content: Uint8Array): Uint8Array {
  const writer = new BinaryWriter();
  for (const size of shape) int(writer, TENSOR.dims, size);
  int(writer, TENSOR.dataType, dataType);
  string(writer, TENSOR.name, name);
  return writer.tag(TENSOR.rawData, WireType.LengthDelimited).uint32(content.byteLength).finish();
}

function int(writer: BinaryWriter, field: number, value: number): void {
  writer.tag(field, WireType.Varint).int64(value);
}

/** Writes a string field that may be left out when it is empty. */
function string(writer: BinaryWriter, field: number, value: string): void {
  if (value !== "") repeatedString(writer, field, value);
}

function repeatedString(writer: BinaryWriter, field: number, value: string): void {
  writer.tag(field, WireType.LengthDelimited).string(value);
}

function message(writer: BinaryWriter, field: number, writeFields: () => void): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  writeFields();
  writer.join();
}

function byteLength(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
}
