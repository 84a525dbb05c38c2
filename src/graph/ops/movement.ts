import { DTypeError, ShapeError } from "../../base/errors.ts";
import {
  broadcastShapes,
  formatShape,
  normalizeAxis,
  type Shape,
  sameShape,
  sizeOf,
} from "../../base/shape.ts";
import { here, isOp, makeValue, type Value } from "../value.ts";

/**
 * The same elements in another shape; one size may be -1 and is then inferred.
 *
 * @throws {ShapeError} if the number of elements differs.
 */
export function reshape(x: Value, shape: Shape): Value {
  const known = sizeOf(shape.filter((d) => d !== -1));
  const target = shape.map((d) => (d === -1 ? sizeOf(x.shape) / known : d));
  if (
    sizeOf(target) !== sizeOf(x.shape) ||
    shape.filter((d) => d === -1).length > 1 ||
    target.some((d) => !Number.isInteger(d) || d < 1)
  ) {
    throw new ShapeError(
      `${here("Reshape")}: ${formatShape(x.shape)} does not reshape to ${formatShape(shape)}, expected a shape of ${sizeOf(x.shape)} elements.`,
    );
  }
  if (sameShape(target, x.shape)) return x;
  const source = x.op === "Reshape" ? (x.inputs[0] as Value) : x;
  if (source !== x) return reshape(source, target);
  const expanded = x.op === "Expand" ? (x.inputs[0] as Value) : undefined;
  if (expanded !== undefined && sizeOf(expanded.shape) === 1)
    return expand(reshape(expanded, []), target);
  return makeValue("Reshape", [x], {}, target, x.dtype);
}

/**
 * The tensor repeated along axes of size 1 (and new leading axes) to `shape`.
 *
 * @throws {ShapeError} if `shape` is not a broadcast of the tensor's shape.
 */
export function expand(x: Value, shape: Shape): Value {
  if (sameShape(x.shape, shape)) return x;
  if (!sameShape(broadcastShapes(here("Expand"), x.shape, shape), shape)) {
    throw new ShapeError(
      `${here("Expand")}: ${formatShape(x.shape)} does not expand to ${formatShape(shape)}, expected a shape that the tensor broadcasts to.`,
    );
  }
  const source = x.op === "Expand" ? (x.inputs[0] as Value) : x;
  return makeValue("Expand", [source], {}, shape, x.dtype);
}

/** Axes in another order: axis `i` of the result is axis `perm[i]` of `x`. Without `perm`, the last two are exchanged. */
export function transpose(x: Value, perm?: readonly number[]): Value {
  const rank = x.shape.length;
  const order = perm ?? [...x.shape.keys()].map((i) => (i < rank - 2 ? i : 2 * rank - 3 - i));
  if (order.length !== rank || [...order].sort((a, b) => a - b).some((a, i) => a !== i)) {
    throw new ShapeError(
      `${here("Transpose")}: perm ${formatShape(order)} is no order of the ${rank} axes of ${formatShape(x.shape)}, expected each axis once.`,
    );
  }
  if (order.every((axis, i) => axis === i)) return x;
  if (isOp(x, "Transpose")) {
    const inner = x.attrs.perm;
    return transpose(
      x.inputs[0] as Value,
      order.map((axis) => inner[axis] as number),
    );
  }
  return makeValue(
    "Transpose",
    [x],
    { perm: order },
    order.map((axis) => x.shape[axis] as number),
    x.dtype,
  );
}

/** Part of an axis: `start`, `start + step`, … below `end` (above, when `step` is negative). Negative positions count from the end. */
export interface SliceRange {
  readonly axis: number;
  /** @default the first element, or the last when `step` is negative */
  readonly start?: number;
  /** @default past the last element, or before the first when `step` is negative */
  readonly end?: number;
  /** @default 1 */
  readonly step?: number;
}

/**
 * Parts of axes.
 *
 * @throws {ShapeError} if a range is empty or has step 0.
 */
export function slice(x: Value, ...ranges: readonly SliceRange[]): Value {
  const starts = x.shape.map(() => 0);
  const steps = x.shape.map(() => 1);
  const shape = [...x.shape];
  for (const range of ranges) {
    const axis = normalizeAxis(here("Slice"), range.axis, x.shape.length);
    const size = x.shape[axis] as number;
    const step = range.step ?? 1;
    const at = (position: number): number => (position < 0 ? position + size : position);
    const start =
      range.start === undefined
        ? step > 0
          ? 0
          : size - 1
        : Math.min(Math.max(at(range.start), 0), step > 0 ? size : size - 1);
    const end =
      range.end === undefined
        ? step > 0
          ? size
          : -1
        : Math.min(Math.max(at(range.end), -1), size);
    const count = Math.ceil((end - start) / step);
    if (step === 0 || count < 1) {
      throw new ShapeError(
        `${here("Slice")}: range ${range.start ?? ""}:${range.end ?? ""}:${step} of axis ${axis} in ${formatShape(x.shape)} is empty, expected at least one element.`,
      );
    }
    starts[axis] = start;
    steps[axis] = step;
    shape[axis] = count;
  }
  if (sameShape(shape, x.shape) && steps.every((s) => s === 1)) return x;
  return makeValue("Slice", [x], { starts, steps }, shape, x.dtype);
}

/** The tensor with one axis in reverse order. */
export function flip(x: Value, axis: number): Value {
  return slice(x, { axis, step: -1 });
}

/** How `pad` fills: with zeros, with the picture mirrored at its edge pixels, or with its edge pixels repeated. */
export type PadMode = "constant" | "reflect" | "edge";

/** One axis of a reflecting or edge padding, as slices put side by side. */
function padAxis(
  x: Value,
  axis: number,
  before: number,
  after: number,
  mode: "reflect" | "edge",
): Value {
  const size = x.shape[axis] as number;
  if (mode === "reflect" && Math.max(before, after) >= size) {
    throw new ShapeError(
      `${here("Pad")}: reflecting ${before} and ${after} elements of an axis of size ${size}, expected fewer than it has.`,
    );
  }
  const edge = (start: number, count: number): Value[] => {
    if (count === 0) return [];
    const one = slice(x, { axis, start, end: start + 1 });
    return [
      expand(
        one,
        x.shape.map((d, i) => (i === axis ? count : d)),
      ),
    ];
  };
  const mirror = (start: number, count: number): Value[] =>
    count === 0 ? [] : [flip(slice(x, { axis, start, end: start + count }), axis)];
  const parts =
    mode === "edge"
      ? [...edge(0, before), x, ...edge(size - 1, after)]
      : [...mirror(1, before), x, ...mirror(size - 1 - after, after)];
  return concat(parts, axis);
}

/**
 * The tensor with elements added around it: `before[i]` in front of axis `i` and `after[i]` behind it.
 *
 * @throws {ShapeError} if a reflection is longer than the axis allows.
 */
export function pad(
  x: Value,
  before: readonly number[],
  after: readonly number[],
  mode: PadMode = "constant",
): Value {
  if (
    before.length !== x.shape.length ||
    after.length !== x.shape.length ||
    [...before, ...after].some((n) => n < 0 || !Number.isInteger(n))
  ) {
    throw new ShapeError(
      `${here("Pad")}: paddings ${formatShape(before)} and ${formatShape(after)} do not fit ${formatShape(x.shape)}, expected one number of 0 or more an axis.`,
    );
  }
  if ([...before, ...after].every((n) => n === 0)) return x;
  if (mode !== "constant") {
    return x.shape.reduce(
      (y, _, axis) => padAxis(y, axis, before[axis] as number, after[axis] as number, mode),
      x,
    );
  }
  const shape = x.shape.map((d, i) => d + (before[i] as number) + (after[i] as number));
  return makeValue("Pad", [x], { before, after }, shape, x.dtype);
}

/**
 * Tensors joined along one axis.
 *
 * @throws {ShapeError} if another axis differs.
 */
export function concat(parts: readonly Value[], axis: number): Value {
  const [first, ...rest] = parts;
  if (first === undefined)
    throw new ShapeError(`${here("Concat")}: no tensors, expected at least one.`);
  const along = normalizeAxis(here("Concat"), axis, first.shape.length);
  for (const part of rest) {
    if (part.dtype !== first.dtype)
      throw new DTypeError(
        `${here("Concat")}: parts are ${first.dtype} and ${part.dtype}, expected equal types.`,
      );
    if (
      part.shape.length !== first.shape.length ||
      part.shape.some((d, i) => i !== along && d !== first.shape[i])
    ) {
      throw new ShapeError(
        `${here("Concat")}: ${formatShape(first.shape)} and ${formatShape(part.shape)} differ beside axis ${along}, expected equal sizes there.`,
      );
    }
  }
  if (rest.length === 0) return first;
  const total = parts.reduce((sum, part) => sum + (part.shape[along] as number), 0);
  return makeValue(
    "Concat",
    parts,
    { axis: along },
    first.shape.map((d, i) => (i === along ? total : d)),
    first.dtype,
  );
}

/**
 * A tensor cut into parts of the given sizes along one axis.
 *
 * @throws {ShapeError} if the sizes do not add up to the axis.
 */
export function split(x: Value, axis: number, sizes: readonly number[]): Value[] {
  const along = normalizeAxis(here("Split"), axis, x.shape.length);
  const total = sizes.reduce((a, b) => a + b, 0);
  if (total !== x.shape[along]) {
    throw new ShapeError(
      `${here("Split")}: sizes ${formatShape(sizes)} add up to ${total}, expected ${x.shape[along]}, axis ${along} of ${formatShape(x.shape)}.`,
    );
  }
  let start = 0;
  return sizes.map((size) => {
    const part = slice(x, { axis: along, start, end: start + size });
    start += size;
    return part;
  });
}

/** Rows of `x` by number: `x` [R, …], `indices` int32 [I…] gives [I…, …]. Indices lie in 0 .. R - 1. */
export function gather(x: Value, indices: Value): Value {
  requireIndices("Gather", indices);
  if (x.shape.length === 0)
    throw new ShapeError(`${here("Gather")}: input is a scalar, expected at least one axis.`);
  return makeValue("Gather", [x, indices], {}, [...indices.shape, ...x.shape.slice(1)], x.dtype);
}

/** The adjoint of `gather`: zeros [rows, …] to which `updates` [I…, …] are added at the rows `indices` [I…]. */
export function scatterAdd(updates: Value, indices: Value, rows: number): Value {
  requireIndices("ScatterAdd", indices);
  const rank = indices.shape.length;
  if (!sameShape(updates.shape.slice(0, rank), indices.shape)) {
    throw new ShapeError(
      `${here("ScatterAdd")}: updates have shape ${formatShape(updates.shape)}, expected one that starts with ${formatShape(indices.shape)}, the shape of the indices.`,
    );
  }
  return makeValue(
    "ScatterAdd",
    [updates, indices],
    {},
    [rows, ...updates.shape.slice(rank)],
    updates.dtype,
  );
}

function requireIndices(operation: string, indices: Value): void {
  if (indices.dtype !== "int32")
    throw new DTypeError(
      `${here(operation)}: indices are ${indices.dtype}, expected int32. Use cast().`,
    );
}
