import { ConfigError } from "../../base/errors.ts";

/** How many times as wide and high the network can make pictures. */
export const UPSCALE_FACTORS = [2, 4] as const;

/** How many times as wide and high pictures become. */
export type UpscaleFactor = (typeof UPSCALE_FACTORS)[number];

/** @throws {ConfigError} if the network cannot make pictures so many times as large. */
export function parseUpscale(factor: number): UpscaleFactor {
  const known = UPSCALE_FACTORS.find((one) => one === factor);
  if (known !== undefined) return known;
  throw new ConfigError(`upscale: got ${factor}, expected ${UPSCALE_FACTORS.join(" or ")}.`);
}
