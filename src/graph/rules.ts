import { invariant } from "../base/errors.ts";
import { type Shape, sameShape } from "../base/shape.ts";
import * as ops from "./ops/index.ts";
import type { ConvAttrs, OpAttrs, OpName, ResampleAttrs, Value } from "./value.ts";

const { add, mul, sub, div, neg, reduceSum, reshape, expand } = ops;

/** What a rule sees: the operation's inputs `x`, its result `y`, its attributes, and the cotangent `dy` of the result. */
export interface VjpContext<K extends OpName> {
  readonly x: readonly [Value, Value, Value];
  readonly inputs: readonly Value[];
  readonly y: Value;
  readonly dy: Value;
  readonly attrs: OpAttrs[K];
}

/** One cotangent per input, made only when asked for; null where no gradient flows. */
export type VjpRule<K extends OpName> = (
  context: VjpContext<K>,
) => readonly ((() => Value) | null)[];

/** Sums a cotangent over the axes along which its primal was broadcast. */
function unbroadcast(dy: Value, shape: Shape): Value {
  if (sameShape(dy.shape, shape)) return dy;
  const lead = dy.shape.length - shape.length;
  const axes = [...dy.shape.keys()].filter(
    (i) => i < lead || (shape[i - lead] === 1 && dy.shape[i] !== 1),
  );
  return reshape(reduceSum(dy, { axes, keepdims: true }), shape);
}

/** Zero-filled cotangent of a slice: undoes steps by inserting zeros, then pads to where the slice was cut. */
function unslice(
  dy: Value,
  starts: readonly number[],
  steps: readonly number[],
  shape: Shape,
): Value {
  let value = dy;
  for (const [axis, step] of steps.entries()) {
    if (step < 0) value = ops.flip(value, axis);
    const gap = Math.abs(step);
    if (gap > 1) {
      const size = value.shape[axis] as number;
      const rows = reshape(value, [
        ...value.shape.slice(0, axis + 1),
        1,
        ...value.shape.slice(axis + 1),
      ]);
      const spread = ops.pad(
        rows,
        rows.shape.map(() => 0),
        rows.shape.map((_, i) => (i === axis + 1 ? gap - 1 : 0)),
      );
      const merged = reshape(spread, [
        ...value.shape.slice(0, axis),
        size * gap,
        ...value.shape.slice(axis + 1),
      ]);
      value = ops.slice(merged, { axis, end: (size - 1) * gap + 1 });
    }
  }
  const before = starts.map((start, i) => {
    const step = steps[i] as number;
    return step > 0 ? start : start + step * ((dy.shape[i] as number) - 1);
  });
  return ops.pad(
    value,
    before,
    shape.map((d, i) => d - (before[i] as number) - (value.shape[i] as number)),
  );
}

/** `b` on a scale where `a > b` is 1, equality 1/2 and `a < b` 0. */
function share(a: Value, b: Value): Value {
  return mul(add(ops.sign(sub(a, b)), 1), 0.5);
}

/** Vector-Jacobian products. Every cotangent is built from operations of this table, so any order of derivative exists. */
export const vjpRules: { readonly [K in OpName]: VjpRule<K> } = {
  // No gradient flows: sources, integers, booleans, steps.
  Input: () => [],
  Constant: () => [],
  StopGradient: () => [null],
  Sign: () => [null],
  Floor: () => [null],
  LeakyReluMask: () => [null],
  Not: () => [null],
  And: () => [null, null],
  Or: () => [null, null],
  Greater: () => [null, null],
  GreaterOrEqual: () => [null, null],
  Less: () => [null, null],
  LessOrEqual: () => [null, null],
  Equal: () => [null, null],

  // Casts between floating-point types pass the gradient on; others stop it.
  Cast: ({ x: [x], dy, attrs }) => [
    x.dtype === "float32" && attrs.to === "float32" ? () => dy : null,
  ],

  // d(-x) = -dx
  Neg: ({ dy }) => [() => neg(dy)],
  // d(e^x) = e^x dx
  Exp: ({ y, dy }) => [() => mul(dy, y)],
  // d(log x) = dx / x
  Log: ({ x: [x], dy }) => [() => div(dy, x)],
  // d(sqrt x) = dx / (2 sqrt x)
  Sqrt: ({ y, dy }) => [() => div(mul(dy, 0.5), y)],
  // d(1/x) = -dx / x^2
  Reciprocal: ({ y, dy }) => [() => neg(mul(dy, mul(y, y)))],
  // d(sin x) = cos x dx
  Sin: ({ x: [x], dy }) => [() => mul(dy, ops.cos(x))],
  // d(cos x) = -sin x dx
  Cos: ({ x: [x], dy }) => [() => neg(mul(dy, ops.sin(x)))],
  // d(tanh x) = (1 - tanh^2 x) dx
  Tanh: ({ y, dy }) => [() => mul(dy, sub(1, mul(y, y)))],
  // d(sigma(x)) = sigma(x) (1 - sigma(x)) dx
  Sigmoid: ({ y, dy }) => [() => mul(dy, mul(y, sub(1, y)))],
  // d(log(1 + e^x)) = sigma(x) dx
  Softplus: ({ x: [x], dy }) => [() => mul(dy, ops.sigmoid(x))],
  // d(erf x) = 2 / sqrt(pi) e^(-x^2) dx
  Erf: ({ x: [x], dy }) => [() => mul(dy, mul(ops.exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI)))],
  // d|x| = sign(x) dx
  Abs: ({ x: [x], dy }) => [() => mul(dy, ops.sign(x))],
  // The mask can be read off the result, which has the sign of x: the input need not be kept.
  LeakyRelu: ({ y, dy, attrs }) => [() => mul(dy, ops.leakyReluMask(y, attrs.alpha))],
  // dx inside the limits
  Clip: ({ x: [x], dy, attrs }) => [
    () =>
      mul(
        dy,
        ops.cast(
          ops.and(ops.greaterOrEqual(x, attrs.min), ops.lessOrEqual(x, attrs.max)),
          "float32",
        ),
      ),
  ],

  // d(x + y) = dx + dy
  Add: ({ x: [a, b], dy }) => [() => unbroadcast(dy, a.shape), () => unbroadcast(dy, b.shape)],
  // d(x - y) = dx - dy
  Sub: ({ x: [a, b], dy }) => [() => unbroadcast(dy, a.shape), () => neg(unbroadcast(dy, b.shape))],
  // d(x y) = y dx + x dy
  Mul: ({ x: [a, b], dy }) => [
    () => unbroadcast(mul(dy, b), a.shape),
    () => unbroadcast(mul(dy, a), b.shape),
  ],
  // d(x / y) = dx / y - x / y^2 dy
  Div: ({ x: [a, b], y, dy }) => [
    () => unbroadcast(div(dy, b), a.shape),
    () => neg(unbroadcast(div(mul(dy, y), b), b.shape)),
  ],
  // d(x^p) = p x^(p - 1) dx + x^p log(x) dp
  Pow: ({ x: [a, b], y, dy }) => [
    () => unbroadcast(mul(dy, mul(b, ops.pow(a, sub(b, 1)))), a.shape),
    () => unbroadcast(mul(dy, mul(y, ops.log(a))), b.shape),
  ],
  // The larger (smaller) one gets the gradient, equal ones half each.
  Max: ({ x: [a, b], dy }) => [
    () => unbroadcast(mul(dy, share(a, b)), a.shape),
    () => unbroadcast(mul(dy, share(b, a)), b.shape),
  ],
  Min: ({ x: [a, b], dy }) => [
    () => unbroadcast(mul(dy, share(b, a)), a.shape),
    () => unbroadcast(mul(dy, share(a, b)), b.shape),
  ],
  // d where(c, x, y) = where(c, dx, dy)
  Where: ({ x: [c, a, b], dy }) => [
    null,
    () => unbroadcast(ops.where(c, dy, 0), a.shape),
    () => unbroadcast(ops.where(c, 0, dy), b.shape),
  ],

  // Every summand gets the cotangent of the sum.
  ReduceSum: ({ x: [x], dy }) => [() => expand(dy, x.shape)],
  // The largest element gets it; equal ones share it.
  ReduceMax: ({ x: [x], y, dy, attrs }) => [
    () => {
      const mask = ops.cast(ops.equal(x, y), "float32");
      return mul(mask, div(dy, reduceSum(mask, { axes: attrs.axes, keepdims: true })));
    },
  ],
  // dx = y (dy - sum y dy)
  Softmax: ({ y, dy, attrs }) => [
    () => mul(y, sub(dy, reduceSum(mul(y, dy), { axes: [attrs.axis], keepdims: true }))),
  ],

  Reshape: ({ x: [x], dy }) => [() => reshape(dy, x.shape)],
  Expand: ({ x: [x], dy }) => [() => unbroadcast(dy, x.shape)],
  Transpose: ({ dy, attrs }) => [
    () =>
      ops.transpose(
        dy,
        attrs.perm.map((_, axis) => attrs.perm.indexOf(axis)),
      ),
  ],
  Slice: ({ x: [x], dy, attrs }) => [() => unslice(dy, attrs.starts, attrs.steps, x.shape)],
  Pad: ({ x: [x], dy, attrs }) => [
    () =>
      ops.slice(
        dy,
        ...x.shape.map((d, axis) => ({
          axis,
          start: attrs.before[axis] as number,
          end: (attrs.before[axis] as number) + d,
        })),
      ),
  ],
  Concat: ({ inputs, dy, attrs }) => {
    let start = 0;
    return inputs.map((part) => {
      const [from, to] = [start, start + (part.shape[attrs.axis] as number)];
      start = to;
      return () => ops.slice(dy, { axis: attrs.axis, start: from, end: to });
    });
  },
  Gather: ({ x: [x, indices], dy }) => [
    () => ops.scatterAdd(dy, indices, x.shape[0] as number),
    null,
  ],
  ScatterAdd: ({ x: [, indices], dy }) => [() => ops.gather(dy, indices), null],

  // Y = A B, with each factor perhaps transposed: dA = dY B^T, dB = A^T dY
  MatMul: ({ x: [a, b], dy, attrs: { transA, transB } }) => [
    () =>
      unbroadcast(
        transA
          ? ops.matmul(b, dy, { transA: transB, transB: true })
          : ops.matmul(dy, b, { transB: !transB }),
        a.shape,
      ),
    () =>
      unbroadcast(
        transB
          ? ops.matmul(dy, a, { transA: true, transB: transA })
          : ops.matmul(a, dy, { transA: !transA }),
        b.shape,
      ),
  ],
  // The three convolutions are bilinear and each other's adjoints.
  Conv: ({ x: [x, w], dy, attrs }) => [
    () => ops.convInputGrad(dy, w, x.shape, attrs),
    () => ops.convWeightGrad(x, dy, w.shape, attrs),
  ],
  ConvInputGrad: ({ x: [u, w], dy, attrs }) => [
    () => convAgain(dy, w, u.shape, attrs),
    () => ops.convWeightGrad(dy, u, w.shape, attrs),
  ],
  ConvWeightGrad: ({ x: [x, u], dy, attrs }) => [
    () => ops.convInputGrad(u, dy, x.shape, attrs),
    () => convAgain(x, dy, u.shape, attrs),
  ],
  // A linear map and its adjoint.
  Downsample: ({ dy, attrs }) => [() => ops.upsample(dy, attrs as ResampleAttrs)],
  Upsample: ({ dy, attrs }) => [() => ops.downsample(dy, attrs as ResampleAttrs)],
};

function convAgain(
  x: Value,
  w: Value,
  shape: Shape,
  { strides, pads, dilations, group }: ConvAttrs,
): Value {
  const y = ops.conv(x, w, { stride: strides, pads, dilation: dilations, group });
  invariant(sameShape(y.shape, shape), "adjoint convolution has another shape");
  return y;
}
