import type { Command } from "commander";
import { ConfigError } from "../base/errors.ts";
import type { RefineMethod, RefineOptions } from "../box/refining.ts";
import { parseCount } from "./values.ts";

/** Flags of the second pass. */
export interface RefineFlags {
  readonly refine?: RefineMethod | true;
  readonly rounds?: number;
}

/** Adds the flags of the second pass. */
export function addRefineOptions(command: Command): void {
  command
    .option(
      "--refine [method]",
      "let the discriminator of the run work for the pictures: rank, reject or langevin (default: rank). docs/gangan.md explains them",
    )
    .option(
      "--rounds <n>",
      "with --refine: candidates or steps of a picture (default: 4, langevin 20)",
      parseCount,
    );
}

/**
 * Options of the second pass; undefined without one.
 *
 * @throws {ConfigError} if there are rounds without it.
 */
export function refineOf({ refine, rounds }: RefineFlags): RefineOptions | undefined {
  if (refine === undefined) {
    if (rounds === undefined) return undefined;
    throw new ConfigError(
      `--rounds: got ${rounds} without --refine, expected both. Add --refine, or leave --rounds out.`,
    );
  }
  return {
    ...(refine === true ? {} : { method: refine }),
    ...(rounds === undefined ? {} : { rounds }),
  };
}
