import type { Advice } from "./report.ts";

/** A way of training, and how many distinct pictures it takes. docs/data.md says where the numbers come from. */
interface Need {
  readonly family: string;
  /** Pictures below which it is not worth trying. */
  readonly least: number;
  /** Pictures from which it works well. */
  readonly good: number;
  /** Pictures above which another way is better. */
  readonly most?: number;
}

const NEEDS: readonly Need[] = [
  { family: "fastgan", least: 60, good: 100, most: 2_000 },
  { family: "r3gan or stylegan2 with --augment adaptive", least: 500, good: 1_000 },
  { family: "r3gan or stylegan2 without augmentation", least: 5_000, good: 10_000 },
  { family: "vae", least: 500, good: 1_000 },
];

/**
 * For which families there are enough pictures.
 *
 * @param distinct Pictures that are readable, not blank, and no copies.
 */
export function adviceFor(distinct: number): Advice[] {
  return NEEDS.map(({ family, least, good, most }) => {
    const range = most === undefined ? `from ${count(good)}` : `${count(good)} to ${count(most)}`;
    const says = `${range} pictures, there are ${count(distinct)}`;
    if (distinct < least) return { family, verdict: "too few", text: `needs ${says}` };
    if (distinct < good)
      return { family, verdict: "few", text: `wants ${says}: expect copies and little variety` };
    if (most !== undefined && distinct > most)
      return { family, verdict: "enough", text: `made for ${says}: a larger model learns more` };
    return { family, verdict: "enough", text: `works ${says}` };
  });
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
