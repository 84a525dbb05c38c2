/**
 * @file Field numbers and codes of the part of the ONNX format that Ganbox uses.
 * @see The Open Neural Network Exchange specification, https://github.com/onnx/onnx/blob/main/docs/IR.md
 */
import type { DType } from "../../base/tensor.ts";

/** Fields of `ModelProto`. */
export const MODEL = {
  irVersion: 1,
  producerName: 2,
  docString: 6,
  graph: 7,
  opsetImport: 8,
  metadataProps: 14,
  functions: 25,
} as const;

/** Fields of `OperatorSetIdProto`. */
export const OPSET = { domain: 1, version: 2 } as const;

/** Fields of `StringStringEntryProto`. */
export const ENTRY = { key: 1, value: 2 } as const;

/** Fields of `GraphProto`. */
export const GRAPH = {
  node: 1,
  name: 2,
  initializer: 5,
  input: 11,
  output: 12,
  sparseInitializer: 15,
} as const;

/** Fields of `NodeProto`. */
export const NODE = { input: 1, output: 2, name: 3, opType: 4, attribute: 5, domain: 7 } as const;

/** Fields of `AttributeProto`. */
export const ATTRIBUTE = {
  name: 1,
  f: 2,
  i: 3,
  s: 4,
  t: 5,
  floats: 7,
  ints: 8,
  strings: 9,
  type: 20,
  refAttrName: 21,
} as const;

/** `AttributeProto.AttributeType` of the attribute types that are read and written. */
export const ATTRIBUTE_TYPE = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  floats: 6,
  ints: 7,
  strings: 8,
} as const;

/** Fields of `ValueInfoProto`. */
export const VALUE_INFO = { name: 1, type: 2 } as const;

/** Fields of `TypeProto`. */
export const TYPE = { tensorType: 1 } as const;

/** Fields of `TypeProto.Tensor`. */
export const TENSOR_TYPE = { elemType: 1, shape: 2 } as const;

/** Fields of `TensorShapeProto`. */
export const TENSOR_SHAPE = { dim: 1 } as const;

/** Fields of `TensorShapeProto.Dimension`. */
export const DIMENSION = { dimValue: 1, dimParam: 2 } as const;

/** Fields of `TensorProto`. */
export const TENSOR = {
  dims: 1,
  dataType: 2,
  floatData: 4,
  int32Data: 5,
  int64Data: 7,
  name: 8,
  rawData: 9,
  doubleData: 10,
  dataLocation: 14,
} as const;

/** `TensorProto.DataType` of each element type. */
export const DATA_TYPE: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float64: 11,
};

/** The element type of a `TensorProto.DataType`, or undefined where Ganbox has none. */
export function dtypeOf(dataType: number): DType | undefined {
  return (Object.keys(DATA_TYPE) as DType[]).find((dtype) => DATA_TYPE[dtype] === dataType);
}

/** `TensorProto.DataType` of half precision: read as float32, never written. */
export const FLOAT16 = 10;

/** Names of all values of `TensorProto.DataType`, at their number; for messages. */
export const DATA_TYPE_NAMES: readonly string[] = [
  "undefined",
  "float32",
  "uint8",
  "int8",
  "uint16",
  "int16",
  "int32",
  "int64",
  "string",
  "bool",
  "float16",
  "float64",
  "uint32",
  "uint64",
  "complex64",
  "complex128",
  "bfloat16",
];
