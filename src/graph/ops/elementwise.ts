import { DTypeError } from "../../base/errors.ts";
import { broadcastShapes, type Shape, sameShape } from "../../base/shape.ts";
import type { DType } from "../../base/tensor.ts";
import { here, makeValue, type OpAttrs, type Value } from "../value.ts";
import { scalar, scalarValue } from "./create.ts";
import { expand } from "./movement.ts";
import { requireDType } from "./require.ts";

/** Anything an elementwise operation takes: a symbolic tensor or a number. */
export type Operand = Value | number;

type UnaryOp =
  | "Neg"
  | "Exp"
  | "Log"
  | "Sqrt"
  | "Reciprocal"
  | "Sin"
  | "Cos"
  | "Tanh"
  | "Sigmoid"
  | "Softplus"
  | "Erf"
  | "Abs"
  | "Sign"
  | "Floor";
type ArithmeticOp = "Add" | "Sub" | "Mul" | "Div" | "Pow" | "Min" | "Max";
type ComparisonOp = "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "Equal";

function toValue(operand: Operand): Value {
  return typeof operand === "number" ? scalar(operand) : operand;
}

/** An operand without its expansion, where broadcasting gives the same result: fewer and smaller tensors. */
function unexpanded(value: Value, others: readonly Value[], shape: Shape): Value {
  const source = value.op === "Expand" ? value.inputs[0] : undefined;
  if (source === undefined) return value;
  const rest = broadcastShapes("expand", source.shape, ...others.map((o) => o.shape));
  return sameShape(rest, shape) ? source : value;
}

function unary<K extends UnaryOp | "LeakyRelu" | "LeakyReluMask" | "Clip">(
  op: K,
  x: Value,
  attrs: OpAttrs[K],
): Value {
  requireDType(op, x, "float32");
  const source = x.op === "Expand" ? x.inputs[0] : undefined;
  if (source !== undefined) return expand(unary(op, source, attrs), x.shape);
  return makeValue(op, [x], attrs, x.shape, "float32");
}

function binary(op: ArithmeticOp | ComparisonOp, a: Operand, b: Operand, dtype: DType): Value {
  let left = toValue(a);
  let right = toValue(b);
  if (left.dtype !== right.dtype) {
    throw new DTypeError(
      `${here(op)}: inputs are ${left.dtype} and ${right.dtype}, expected equal types. Use cast().`,
    );
  }
  if (left.dtype === "bool" && op !== "Equal") {
    throw new DTypeError(`${here(op)}: inputs are bool, expected numbers. Use cast().`);
  }
  const shape = broadcastShapes(here(op), left.shape, right.shape);
  left = unexpanded(left, [right], shape);
  right = unexpanded(right, [left], shape);
  return makeValue(op, [left, right], {}, shape, dtype === "bool" ? "bool" : left.dtype);
}

/** `a + b`. */
export function add(a: Operand, b: Operand): Value {
  if (b === 0) return toValue(a);
  if (a === 0) return toValue(b);
  return binary("Add", a, b, "float32");
}

/** `a - b`. */
export function sub(a: Operand, b: Operand): Value {
  if (b === 0) return toValue(a);
  return binary("Sub", a, b, "float32");
}

/** `a b`. */
export function mul(a: Operand, b: Operand): Value {
  const [left, right] = [toValue(a), toValue(b)];
  if (left.dtype === "float32" && right.dtype === "float32") {
    const shape = broadcastShapes(here("Mul"), left.shape, right.shape);
    if (scalarValue(right) === 1 && sameShape(shape, left.shape)) return left;
    if (scalarValue(left) === 1 && sameShape(shape, right.shape)) return right;
  }
  return binary("Mul", left, right, "float32");
}

/** `a / b`. */
export function div(a: Operand, b: Operand): Value {
  return binary("Div", a, b, "float32");
}

/** `a` to the power `b`. */
export function pow(a: Operand, b: Operand): Value {
  return binary("Pow", a, b, "float32");
}

/** The smaller of `a` and `b`, elementwise. Where they are equal, each gets half of the gradient. */
export function minimum(a: Operand, b: Operand): Value {
  return binary("Min", a, b, "float32");
}

/** The larger of `a` and `b`, elementwise. Where they are equal, each gets half of the gradient. */
export function maximum(a: Operand, b: Operand): Value {
  return binary("Max", a, b, "float32");
}

/** `a > b` as bool. */
export function greater(a: Operand, b: Operand): Value {
  return binary("Greater", a, b, "bool");
}

/** `a >= b` as bool. */
export function greaterOrEqual(a: Operand, b: Operand): Value {
  return binary("GreaterOrEqual", a, b, "bool");
}

/** `a < b` as bool. */
export function less(a: Operand, b: Operand): Value {
  return binary("Less", a, b, "bool");
}

/** `a <= b` as bool. */
export function lessOrEqual(a: Operand, b: Operand): Value {
  return binary("LessOrEqual", a, b, "bool");
}

/** `a == b` as bool. */
export function equal(a: Operand, b: Operand): Value {
  return binary("Equal", a, b, "bool");
}

function logical(op: "And" | "Or", a: Value, b: Value): Value {
  requireDType(op, a, "bool");
  requireDType(op, b, "bool");
  return makeValue(op, [a, b], {}, broadcastShapes(here(op), a.shape, b.shape), "bool");
}

/** `a` and `b`, both bool. */
export function and(a: Value, b: Value): Value {
  return logical("And", a, b);
}

/** `a` or `b`, both bool. */
export function or(a: Value, b: Value): Value {
  return logical("Or", a, b);
}

/** Not `a`, bool. */
export function not(a: Value): Value {
  requireDType("Not", a, "bool");
  return makeValue("Not", [a], {}, a.shape, "bool");
}

/** `a` where `condition` holds, else `b`. */
export function where(condition: Value, a: Operand, b: Operand): Value {
  requireDType("Where", condition, "bool");
  const [left, right] = [toValue(a), toValue(b)];
  if (left.dtype !== right.dtype) {
    throw new DTypeError(
      `${here("Where")}: branches are ${left.dtype} and ${right.dtype}, expected equal types. Use cast().`,
    );
  }
  const shape = broadcastShapes(here("Where"), condition.shape, left.shape, right.shape);
  const a1 = unexpanded(left, [condition, right], shape);
  const b1 = unexpanded(right, [condition, a1], shape);
  return makeValue("Where", [condition, a1, b1], {}, shape, left.dtype);
}

/** The same numbers in another element type. Floating point to integer truncates towards zero. */
export function cast(x: Value, to: DType): Value {
  return x.dtype === to ? x : makeValue("Cast", [x], { to }, x.shape, to);
}

/** `x` itself, through which no gradient flows. */
export function stopGradient(x: Value): Value {
  return makeValue("StopGradient", [x], {}, x.shape, x.dtype);
}

/** `-x`. */
export function neg(x: Value): Value {
  return unary("Neg", x, {});
}

/** `e^x`. */
export function exp(x: Value): Value {
  return unary("Exp", x, {});
}

/** Natural logarithm. */
export function log(x: Value): Value {
  return unary("Log", x, {});
}

/** Square root. */
export function sqrt(x: Value): Value {
  return unary("Sqrt", x, {});
}

/** `1 / x`. */
export function reciprocal(x: Value): Value {
  return unary("Reciprocal", x, {});
}

/** Sine of an angle in radians. */
export function sin(x: Value): Value {
  return unary("Sin", x, {});
}

/** Cosine of an angle in radians. */
export function cos(x: Value): Value {
  return unary("Cos", x, {});
}

/** Hyperbolic tangent. */
export function tanh(x: Value): Value {
  return unary("Tanh", x, {});
}

/** `1 / (1 + e^-x)`. */
export function sigmoid(x: Value): Value {
  return unary("Sigmoid", x, {});
}

/** `log(1 + e^x)`. */
export function softplus(x: Value): Value {
  return unary("Softplus", x, {});
}

/** Error function. */
export function erf(x: Value): Value {
  return unary("Erf", x, {});
}

/** Absolute value. */
export function abs(x: Value): Value {
  return unary("Abs", x, {});
}

/** -1, 0 or 1; its gradient is zero. */
export function sign(x: Value): Value {
  return unary("Sign", x, {});
}

/** Largest integer not above `x`; its gradient is zero. */
export function floor(x: Value): Value {
  return unary("Floor", x, {});
}

/** `max(x, 0)`. */
export function relu(x: Value): Value {
  return leakyRelu(x, 0);
}

/** `x` where positive, else `alpha x`. `alpha` is 0 or more. */
export function leakyRelu(x: Value, alpha = 0.2): Value {
  return unary("LeakyRelu", x, { alpha });
}

/** 1 where `x` is positive, else `alpha`: the derivative of `leakyRelu`. Its own gradient is zero. */
export function leakyReluMask(x: Value, alpha: number): Value {
  return unary("LeakyReluMask", x, { alpha });
}

/** `x` limited to `min` .. `max`; outside, no gradient flows. */
export function clip(x: Value, min: number, max: number): Value {
  return unary("Clip", x, { min, max });
}

/** `x^2`. */
export function square(x: Value): Value {
  return mul(x, x);
}

/** `x Phi(x)` with the normal distribution function Phi, by `erf` (Hendrycks and Gimpel 2016, arXiv:1606.08415). */
export function gelu(x: Value): Value {
  return mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1));
}
