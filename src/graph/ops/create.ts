import { type Shape, sizeOf } from "../../base/shape.ts";
import { type DType, type HostTensor, hostTensor } from "../../base/tensor.ts";
import { makeValue, type Value } from "../value.ts";
import { expand } from "./movement.ts";

/** A tensor that is fed at run time. Names are unique within a graph. */
export function input(name: string, shape: Shape, dtype: DType = "float32"): Value {
  return makeValue("Input", [], { name }, shape, dtype);
}

/** A tensor that is part of the graph. */
export function constant(tensor: HostTensor): Value {
  return makeValue("Constant", [], { tensor }, tensor.shape, tensor.dtype);
}

/** A float32 constant of rank 0. */
export function scalar(value: number): Value {
  return constant(hostTensor("float32", [], Float32Array.of(value)));
}

/** A float32 constant from numbers in row-major order. */
export function constantOf(shape: Shape, values: ArrayLike<number>): Value {
  return constant(hostTensor("float32", shape, Float32Array.from(values)));
}

/** A tensor with every element equal to `value`. */
export function full(shape: Shape, value: number): Value {
  return expand(scalar(value), shape);
}

/** A tensor of zeros. */
export function zeros(shape: Shape): Value {
  return full(shape, 0);
}

/** A tensor of ones. */
export function ones(shape: Shape): Value {
  return full(shape, 1);
}

/** An int32 constant 0, 1, … size - 1 laid out in `shape`. */
export function iota(shape: Shape): Value {
  return constant(
    hostTensor(
      "int32",
      shape,
      new Int32Array(sizeOf(shape)).map((_, i) => i),
    ),
  );
}

/** The number in a float32 scalar constant (also one that was expanded), or undefined. */
export function scalarValue(value: Value): number | undefined {
  if (value.op === "Expand") return scalarValue(value.inputs[0] as Value);
  if (value.op !== "Constant" || value.dtype !== "float32" || sizeOf(value.shape) !== 1)
    return undefined;
  return (value as Value<"Constant">).attrs.tensor.data[0] as number;
}
