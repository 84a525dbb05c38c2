import type { Size } from "../../base/size.ts";
import { PARTS } from "../../media/midi/parts.ts";
import { drawSegment } from "../../media/midi/roll-picture.ts";
import { FAMILY_NAMES, mediumOf } from "../../models/registry.ts";
import type { Shape } from "../../models/words.ts";

/** Size of the piano-rolls of a model of music, whose notes cannot be seen once they are made smaller; undefined for other models. */
export function rollSize({ family, width: pitches, height: steps }: Shape): Size | undefined {
  if (!FAMILY_NAMES.includes(family) || mediumOf(family) !== "music") return undefined;
  return drawSegment(new Float32Array(PARTS.length * steps * pitches), steps);
}
