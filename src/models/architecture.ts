import type { Architecture } from "./family.ts";

const isWhole = (n: unknown): n is number =>
  typeof n === "number" && Number.isSafeInteger(n) && n >= 0;

/**
 * The architecture that a file describes; undefined if it describes none. Files of older versions have `resolution`, the side of squares of three
 * colours, in place of channels, height and width.
 */
export function readArchitecture(value: unknown): Architecture | undefined {
  const { resolution, ...rest } = (value ?? {}) as Partial<Architecture> & {
    readonly resolution?: unknown;
  };
  const frame = isWhole(resolution) ? { channels: 3, height: resolution, width: resolution } : {};
  // In the order of newer files: files of one model are told from others by what they say.
  const a = { family: rest.family, ...frame, ...rest };
  const sizes = [a.channels, a.height, a.width, a.latent, a.classes, a.blocks, a.groupSize];
  const whole = sizes.every(isWhole) && isWhole(a.expansion);
  const widths = Array.isArray(a.widths) && a.widths.every((w) => isWhole(w) && w > 0);
  return whole && widths && typeof a.family === "string" ? (a as Architecture) : undefined;
}
