import { ConfigError } from "../base/errors.ts";
import { dcgan } from "./dcgan/index.ts";
import type { Family, Medium } from "./family.ts";
import { fastgan } from "./fastgan/index.ts";
import { music } from "./music/index.ts";
import { r3gan } from "./r3gan/index.ts";
import { sound } from "./sound/index.ts";
import { stylegan2 } from "./stylegan2/index.ts";
import { vae } from "./vae/index.ts";
import { vaegan } from "./vaegan/index.ts";
import { video } from "./video/index.ts";

const FAMILIES: readonly Family[] = [
  r3gan,
  stylegan2,
  fastgan,
  dcgan,
  vae,
  vaegan,
  music,
  video,
  sound,
];

/** Names of all families. */
export const FAMILY_NAMES: readonly string[] = FAMILIES.map((f) => f.name);

/** What a family is trained on. */
export function mediumOf(family: string): Medium {
  return familyOf(family).medium ?? "pictures";
}

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
