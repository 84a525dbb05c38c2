import { DTypeError, ShapeError } from "../../base/errors.ts";
import { formatShape } from "../../base/shape.ts";
import type { DType } from "../../base/tensor.ts";
import { here, type Value } from "../value.ts";

/**
 * Stops unless an operand has the element type that an operation takes.
 *
 * @param role What the operand is to the operation, for the message.
 * @throws {DTypeError} if it has another.
 */
export function requireDType(operation: string, value: Value, dtype: DType, role = "input"): void {
  if (value.dtype !== dtype) {
    throw new DTypeError(
      `${here(operation)}: ${role} is ${value.dtype}, expected ${dtype}. Use cast().`,
    );
  }
}

/**
 * Sizes of float32 images or kernels.
 *
 * @param role What the tensor is to the operation, for the message.
 * @throws {ShapeError} if the rank is not 4.
 * @throws {DTypeError} if it is not float32.
 */
export function requireImages(
  operation: string,
  x: Value,
  role = "input",
  expected = "[N, C, H, W]",
): readonly [number, number, number, number] {
  requireDType(operation, x, "float32", role);
  if (x.shape.length !== 4) {
    throw new ShapeError(
      `${here(operation)}: ${role} has shape ${formatShape(x.shape)}, expected ${expected}.`,
    );
  }
  return x.shape as unknown as readonly [number, number, number, number];
}
