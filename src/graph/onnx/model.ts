/** @file An ONNX model as plain data: what `encodeOnnx` writes and `decodeOnnx` reads. */
import type { DType, HostTensor } from "../../base/tensor.ts";

/** Value of a node's attribute. `float` and `floats` are kept in single precision. */
export type AttributeValue =
  | { readonly type: "int"; readonly value: number }
  | { readonly type: "ints"; readonly value: readonly number[] }
  | { readonly type: "float"; readonly value: number }
  | { readonly type: "floats"; readonly value: readonly number[] }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "strings"; readonly value: readonly string[] }
  | { readonly type: "tensor"; readonly value: HostTensor };

/** One operation. */
export interface OnnxNode {
  /** Operator name, for example `Conv`. */
  readonly opType: string;
  /** Operator set that defines `opType`; empty for the standard one. */
  readonly domain: string;
  /** Name for messages and profiles; may be empty. */
  readonly name: string;
  /** Names of the values read; an empty name stands for an optional input that is left out. */
  readonly inputs: readonly string[];
  /** Names of the values written. */
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** Size of an axis: a number, the name of a size that is free (`"batch"`), or `""` for a free size without a name. */
export type Dimension = number | string;

/** An input or output of a graph. */
export interface OnnxValue {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly Dimension[];
}

/** Operations in an order in which each value is written before it is read. */
export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  /** Constant tensors (the weights), by name. */
  readonly initializers: ReadonlyMap<string, HostTensor>;
  /** Names of float32 constants that a file keeps in half precision. */
  readonly halves?: ReadonlySet<string>;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Shapes of values where they are known: for passes over the nodes, not part of a file. */
  readonly shapes?: ReadonlyMap<string, readonly number[]>;
}

/** Version of an operator set that a model uses. */
export interface OpsetImport {
  /** Empty for the standard operators. */
  readonly domain: string;
  readonly version: number;
}

/** A whole model file. */
export interface OnnxModel {
  /** Version of the file format; 8 goes with opset 17. */
  readonly irVersion: number;
  readonly opsetImports: readonly OpsetImport[];
  readonly graph: OnnxGraph;
  /** Free key-value pairs; Ganbox keeps the recipe and the origin of the weights here. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly producerName: string;
  readonly docString: string;
}
