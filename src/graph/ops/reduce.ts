import { DTypeError } from "../../base/errors.ts";
import { normalizeAxis, type Shape, sizeOf } from "../../base/shape.ts";
import { here, makeValue, type Value } from "../value.ts";
import { add, exp, log, mul, stopGradient, sub } from "./elementwise.ts";
import { reshape } from "./movement.ts";
import { requireDType } from "./require.ts";

/** Axes to reduce; all when not given. Negative axes count from the end. */
export interface ReduceOptions {
  readonly axes?: readonly number[];
  /** Keep reduced axes with size 1. @default false */
  readonly keepdims?: boolean;
}

function reduce(op: "ReduceSum" | "ReduceMax", x: Value, options: ReduceOptions): Value {
  if (x.dtype === "bool")
    throw new DTypeError(`${here(op)}: input is bool, expected numbers. Use cast().`);
  const axes = [
    ...new Set(
      (options.axes ?? x.shape.map((_, i) => i)).map((a) =>
        normalizeAxis(here(op), a, x.shape.length),
      ),
    ),
  ].sort((a, b) => a - b);
  const kept: Shape = x.shape.map((d, i) => (axes.includes(i) ? 1 : d));
  const live = axes.filter((axis) => x.shape[axis] !== 1);
  const value = live.length === 0 ? x : makeValue(op, [x], { axes: live }, kept, x.dtype);
  return options.keepdims === true
    ? value
    : reshape(
        value,
        x.shape.filter((_, i) => !axes.includes(i)),
      );
}

/** Sum over axes. */
export function reduceSum(x: Value, options: ReduceOptions = {}): Value {
  return reduce("ReduceSum", x, options);
}

/** Largest element over axes. Equal largest elements share the gradient. */
export function reduceMax(x: Value, options: ReduceOptions = {}): Value {
  return reduce("ReduceMax", x, options);
}

/** Mean over axes. */
export function reduceMean(x: Value, options: ReduceOptions = {}): Value {
  const total = reduceSum(x, options);
  return mul(total, sizeOf(total.shape) / sizeOf(x.shape));
}

/** `log sum e^x` over axes, shifted by the largest element so that it does not overflow. */
export function reduceLogSumExp(x: Value, options: ReduceOptions = {}): Value {
  const top = stopGradient(reduceMax(x, { ...options, keepdims: true }));
  const sum = log(reduceSum(exp(sub(x, top)), { ...options, keepdims: true }));
  const result = add(sum, top);
  const shape = reduceSum(x, options).shape;
  return reshape(result, shape);
}

/** `e^x / sum e^x` along one axis. */
export function softmax(x: Value, axis = -1): Value {
  requireDType("Softmax", x, "float32");
  return makeValue(
    "Softmax",
    [x],
    { axis: normalizeAxis(here("Softmax"), axis, x.shape.length) },
    x.shape,
    x.dtype,
  );
}
