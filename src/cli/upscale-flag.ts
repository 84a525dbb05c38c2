import { type Command, InvalidArgumentError } from "commander";
import { UPSCALE_FACTORS, type UpscaleFactor } from "../box/pictures.ts";

/** The flag of the super-resolution network. */
export interface UpscaleFlags {
  readonly upscale?: UpscaleFactor;
}

/** Adds it. */
export function addUpscaleOption(command: Command): void {
  command.option(
    "--upscale <n>",
    "pictures 2 or 4 times as wide and high, by the super-resolution network",
    parseFactor,
  );
}

function parseFactor(text: string): UpscaleFactor {
  const factor = UPSCALE_FACTORS.find((one) => String(one) === text);
  if (factor !== undefined) return factor;
  throw new InvalidArgumentError(`Expected ${UPSCALE_FACTORS.join(" or ")}.`);
}
