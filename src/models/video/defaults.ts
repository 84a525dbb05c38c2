import type { FamilyDefaults, FamilyFacts } from "../family.ts";
import { defaults as pictureDefaults } from "../r3gan/defaults.ts";
import { clipNumbers } from "./shape.ts";

/**
 * The picture family's networks and recipe.
 *
 * The penalty looks at the mean of a clip's 2 F logits, in which each of its F pictures weighs 1 / 2 F: 2 F times the gamma means for a picture what it
 * means in the picture family.
 */
export function defaults(facts: FamilyFacts): FamilyDefaults {
  const pictures = pictureDefaults(facts);
  const numbers = clipNumbers({ extra: facts.clips ?? {} });
  return {
    ...pictures,
    extra: { ...numbers },
    gamma: (batch) => {
      const [start, end] = pictures.gamma(batch);
      return [2 * numbers.frames * start, 2 * numbers.frames * end];
    },
  };
}
