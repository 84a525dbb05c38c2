import { nearDuplicates } from "./near-duplicates.ts";
import { COLOUR_BYTES } from "./perceptual-hash.ts";
import type { DuplicateGroup } from "./report.ts";

/** What duplicates are found by. */
export interface Picture {
  readonly file: string;
  /** Name of its class, if it has one. */
  readonly label?: string;
  /** Hash of its content. */
  readonly hash: string;
  readonly outline: readonly [low: number, high: number];
  /** Coarse colours [8, 8, 3]. */
  readonly colours: Uint8Array;
}

/**
 * Groups of pictures that are the same: byte by byte, and nearly. Only the first of each group of the same bytes is compared with others.
 *
 * @param blank Files that are near duplicates of nothing: all blank pictures look alike.
 */
export function duplicatesAmong(
  pictures: readonly Picture[],
  blank: ReadonlySet<string>,
): { exact: DuplicateGroup[]; near: DuplicateGroup[] } {
  const byHash = groupBy(pictures, ({ hash }) => hash);
  const firsts = [...byHash.values()].flatMap((group) =>
    group.slice(0, 1).filter(({ file }) => !blank.has(file)),
  );
  const hashes = new Uint32Array(2 * firsts.length);
  const colours = new Uint8Array(COLOUR_BYTES * firsts.length);
  for (const [i, picture] of firsts.entries()) {
    hashes.set(picture.outline, 2 * i);
    colours.set(picture.colours, COLOUR_BYTES * i);
  }
  const originals = nearDuplicates({ hashes, colours }, firsts.length);
  const near = groupBy([...firsts.keys()], (i) => originals[i] as number);
  return {
    exact: groupsOf([...byHash.values()]),
    near: groupsOf([...near.values()].map((group) => group.map((i) => firsts[i] as Picture))),
  };
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

function groupsOf(groups: readonly (readonly Picture[])[]): DuplicateGroup[] {
  return groups
    .filter((group) => group.length > 1)
    .map((group) => {
      const classes = [...new Set(group.flatMap(({ label }) => label ?? []))];
      return {
        files: group.map(({ file }) => file),
        ...(classes.length > 1 ? { classes } : {}),
      };
    });
}
