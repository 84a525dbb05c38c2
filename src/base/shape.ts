import { ShapeError } from "./errors.ts";

/** Sizes of a tensor's axes, outermost first. Images are [N, C, H, W]. */
export type Shape = readonly number[];

/** Number of elements: the product of all sizes; 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const d of shape) size *= d;
  return size;
}

/** `[2, 3]` as text. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** True when both shapes have the same sizes on the same axes. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i]);
}

/**
 * Shape of an elementwise operation with NumPy broadcasting.
 *
 * @param where Name of the operation, for the message.
 * @throws {ShapeError} if an axis has two different sizes and neither is 1.
 */
export function broadcastShapes(where: string, ...shapes: Shape[]): Shape {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  const out = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    for (let i = 0; i < shape.length; i++) {
      const axis = rank - shape.length + i;
      const d = shape[i] ?? 1;
      if (d === 1 || out[axis] === d) continue;
      if (out[axis] !== 1) {
        throw new ShapeError(
          `${where}: shapes ${shapes.map(formatShape).join(" and ")} do not broadcast, expected equal sizes or 1 on each axis.`,
        );
      }
      out[axis] = d;
    }
  }
  return out;
}

/** Distance, in elements, between neighbours along each axis of a row-major tensor. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) {
    strides[i] = (strides[i + 1] ?? 1) * (shape[i + 1] ?? 1);
  }
  return strides;
}

/**
 * Axis counted from the front, for an axis that may be negative.
 *
 * @throws {ShapeError} if the axis lies outside the rank.
 */
export function normalizeAxis(where: string, axis: number, rank: number): number {
  const normal = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || normal < 0 || normal >= rank) {
    throw new ShapeError(
      `${where}: axis ${axis} does not exist in a tensor of rank ${rank}, expected ${-rank} to ${rank - 1}.`,
    );
  }
  return normal;
}
