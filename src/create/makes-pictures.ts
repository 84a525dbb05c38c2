import { ConfigError } from "../base/errors.ts";
import type { Architecture } from "../models/family.ts";
import { mediumOf } from "../models/registry.ts";

/** Commands for models of other media. */
const COMMANDS = {
  clips: "ganbox generate --video` and `ganbox metrics --video",
  music: "ganbox music",
  sounds: "ganbox sounds",
} as const;

/**
 * Stops where pictures are asked of a model of another medium, whose planes would make a picture that means nothing.
 *
 * @param where Name of what was asked for, for messages.
 * @param options `frames`: whether single frames of a video model will do. @default true
 * @throws {ConfigError} if the model makes something else.
 */
export function checkMakesPictures(
  { family }: Architecture,
  where: string,
  { frames = true } = {},
): void {
  const medium = mediumOf(family);
  if (medium === "pictures" || (frames && medium === "clips")) return;
  throw new ConfigError(
    `${where}: a model of the family ${family} makes ${medium}, expected one that makes pictures. Use \`${COMMANDS[medium]}\`.`,
  );
}
