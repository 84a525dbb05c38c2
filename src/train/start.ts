import { ConfigError } from "../base/errors.ts";
import { resolutionOf, sizeOfResolution } from "../base/size.ts";
import type { HostTensor } from "../base/tensor.ts";
import type { Architecture } from "../models/family.ts";
import type { TrainOptions } from "./options.ts";

/** A trained model that a run starts from. */
export interface StartModel {
  /** File or run folder, absolute. */
  readonly source: string;
  /** SHA-256 of the file that was read. */
  readonly hash: string;
  readonly architecture: Architecture;
  /** Weights and moving averages by their names in the state. Networks that the model lacks are not there. */
  readonly tensors: ReadonlyMap<string, HostTensor>;
}

/** Options that are part of the architecture. */
const ARCHITECTURE_OPTIONS = [
  "family",
  "resolution",
  "latent",
  "widths",
  "blocks",
  "expansion",
  "groupSize",
] as const;

/**
 * Options with what the model decides.
 *
 * @throws {ConfigError} if one of them asks for another network.
 */
export function withStart(options: TrainOptions, start: StartModel | undefined): TrainOptions {
  if (start === undefined) return options;
  const { architecture, source } = start;
  const conditional = architecture.classes > 0;
  const resolution = resolutionOf(architecture);
  const known = { ...architecture, resolution };
  const wanted =
    options.resolution === undefined
      ? options
      : { ...options, resolution: resolutionOf(sizeOfResolution(options.resolution)) };
  for (const name of ARCHITECTURE_OPTIONS) {
    const [asked, has] = [wanted[name], known[name]];
    if (asked === undefined || String(asked) === String(has)) continue;
    throw new ConfigError(
      `${name}: got ${asked}, but the run starts from ${source} with ${name} ${has}, expected the same. Leave the option out.`,
    );
  }
  if (options.conditional !== undefined && options.conditional !== conditional) {
    throw new ConfigError(
      `conditional: got ${options.conditional}, but the run starts from ${source} with ${architecture.classes} classes. Leave the option out.`,
    );
  }
  const { family, latent, blocks, expansion, groupSize } = architecture;
  const widths = [...architecture.widths];
  return {
    ...options,
    family,
    resolution,
    latent,
    widths,
    blocks,
    expansion,
    groupSize,
    conditional,
  };
}
