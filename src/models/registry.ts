import { ConfigError } from "../base/errors.ts";
import { dcgan } from "./dcgan/index.ts";
import type { Family } from "./family.ts";
import { fastgan } from "./fastgan/index.ts";
import { r3gan } from "./r3gan/index.ts";
import { stylegan2 } from "./stylegan2/index.ts";
import { vae } from "./vae/index.ts";
import { vaegan } from "./vaegan/index.ts";

const FAMILIES: readonly Family[] = [r3gan, stylegan2, fastgan, dcgan, vae, vaegan];

/** Names of all families. */
export const FAMILY_NAMES: readonly string[] = FAMILIES.map((f) => f.name);

/**
 * The family of that name.
 *
 * @throws {ConfigError} if there is none.
 */
export function familyOf(name: string): Family {
  const family = FAMILIES.find((f) => f.name === name);
  if (family === undefined)
    throw new ConfigError(
      `family: "${name}" is unknown, expected one of ${FAMILY_NAMES.map((n) => `"${n}"`).join(", ")}.`,
    );
  return family;
}
