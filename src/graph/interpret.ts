import { DTypeError, ShapeError } from "../base/errors.ts";
import { formatShape, sameShape } from "../base/shape.ts";
import { type HostTensor, hostTensor } from "../base/tensor.ts";
import { contractKernels } from "./interpret/contract.ts";
import { elementwiseKernels } from "./interpret/elementwise.ts";
import { movementKernels } from "./interpret/movement.ts";
import { reduceKernels } from "./interpret/reduce.ts";
import { resampleKernels } from "./interpret/resample.ts";
import {
  allocate,
  type Elements,
  type Kernel,
  type KernelContext,
  type KernelTable,
  type Tensor,
} from "./interpret/tensor.ts";
import { type OpName, topologicalOrder, type Value } from "./value.ts";

/** The definition of every operation, as plain loops. */
const kernels: KernelTable = {
  Input: ({ attrs: { name }, value, feeds }) => elementsOf(requireFeed(name, value, feeds[name])),
  Constant: ({ attrs: { tensor } }) => elementsOf(tensor),
  ...elementwiseKernels,
  ...reduceKernels,
  ...movementKernels,
  ...contractKernels,
  ...resampleKernels,
};

function elementsOf(tensor: HostTensor): Elements {
  const elements = allocate(tensor.dtype, tensor.data.length);
  elements.set(tensor.data as Elements);
  return elements;
}

function requireFeed(name: string, value: Value, feed: HostTensor | undefined): HostTensor {
  const expected = `${value.dtype} ${formatShape(value.shape)}`;
  if (feed === undefined) {
    throw new ShapeError(`interpret: input "${name}" is missing, expected ${expected}.`);
  }
  if (!sameShape(feed.shape, value.shape)) {
    throw new ShapeError(
      `interpret: input "${name}" has shape ${formatShape(feed.shape)}, expected ${formatShape(value.shape)}.`,
    );
  }
  if (feed.dtype !== value.dtype && !(feed.dtype === "float64" && value.dtype === "float32")) {
    throw new DTypeError(
      `interpret: input "${name}" is ${feed.dtype}, expected ${value.dtype}${value.dtype === "float32" ? " or float64" : ""}.`,
    );
  }
  return feed;
}

/**
 * Computes values on the host in float64: slow, and the reference that every other way of running a graph is measured by.
 *
 * Constants and feeds keep the numbers they hold, so a float32 constant is a float64 number with a float32 number's precision.
 *
 * @param outputs Values to compute.
 * @param feeds Tensors for the graph's inputs, by name; a float32 input takes float64 as well. Others are ignored.
 * @returns One tensor an output, in order. float32 values come back as float64; int32, uint8 and bool as themselves.
 * @throws {ShapeError} if an input has no feed or one of another shape, or an index lies outside the rows it picks from.
 * @throws {DTypeError} if a feed has another element type, or a tensor is int64.
 */
export function interpret(
  outputs: readonly Value[],
  feeds: Readonly<Record<string, HostTensor>>,
): HostTensor[] {
  const results = new Map<Value, Tensor>();
  for (const value of topologicalOrder(outputs)) {
    const inputs = value.inputs.map((input) => results.get(input) as Tensor);
    const kernel = kernels[value.op] as Kernel<OpName>;
    const x = inputs as unknown as KernelContext<OpName>["x"];
    const data = kernel({ x, inputs, attrs: value.attrs, value, feeds });
    results.set(value, { shape: value.shape, data });
  }
  return outputs.map((output) => {
    const { shape, data } = results.get(output) as Tensor;
    const dtype = output.dtype === "float32" ? "float64" : output.dtype;
    return hostTensor(dtype, shape, data as never);
  });
}
