import { CheckpointError } from "../base/errors.ts";
import { formatShape, sameShape } from "../base/shape.ts";
import type { HostTensor } from "../base/tensor.ts";
import type { NetworkName } from "../models/family.ts";
import type { Parameter } from "../nn/parameters.ts";
import { emaOf, isAveraged } from "./phases.ts";
import type { StartModel } from "./start.ts";

/** Differences that a message names. */
const NAMED = 3;

/**
 * Starting values of a run's networks from a model: all parameters of every network that it has, by name. Buffers that it lacks keep theirs.
 *
 * @returns Tensors for the state, and the networks that start anew.
 * @throws {CheckpointError} that names the first parameters that are missing or have another shape.
 */
export function startingTensors(
  { source, tensors }: StartModel,
  parameters: Readonly<Record<NetworkName, readonly Parameter[]>>,
): { readonly tensors: ReadonlyMap<string, HostTensor>; readonly fresh: readonly NetworkName[] } {
  const found = new Map<string, HostTensor>();
  const fresh: NetworkName[] = [];
  const differences: string[] = [];
  for (const network of Object.keys(parameters) as NetworkName[]) {
    const known = parameters[network];
    if (known.length === 0) continue;
    if (![...tensors.keys()].some((name) => name.startsWith(`${network}/`))) {
      fresh.push(network);
      continue;
    }
    for (const parameter of known) {
      const { name, shape, trained } = parameter;
      const tensor = tensors.get(name);
      if (tensor === undefined && !trained) continue;
      if (tensor !== undefined && sameShape(tensor.shape, shape)) {
        found.set(name, tensor);
        const average = tensors.get(emaOf(name)) ?? tensor;
        if (isAveraged(parameter)) found.set(emaOf(name), average);
      } else {
        const there = tensor === undefined ? "missing" : formatShape(tensor.shape);
        differences.push(`"${name}" is ${there} there, ${formatShape(shape)} here`);
      }
    }
  }
  if (differences.length > 0) {
    const more = differences.length > NAMED ? ` and ${differences.length - NAMED} more` : "";
    throw new CheckpointError(
      `${source}: the model does not fit the networks of this run: ${differences.slice(0, NAMED).join("; ")}${more}. Start from a model of the same architecture.`,
    );
  }
  return { tensors: found, fresh };
}
