/** Classes of a data set: `labels[i]` is the class of file i, an index into `classes`. */
export interface Classes {
  readonly classes: readonly string[];
  readonly labels: Uint16Array | undefined;
  /** The file that gave them, inside the data set; undefined if sub-folders did, or there are none. */
  readonly labelFile?: string;
}

/** Largest number of classes: labels are 16 bits. */
export const MAX_CLASSES = 2 ** 16;

/**
 * Classes by sub-folder: below the folders that all files share, every file must lie in a sub-folder, and there must be at least two of them.
 *
 * @param files Paths with `/`.
 */
export function classesOfFolders(files: readonly string[]): Classes {
  const paths = files.map((file) => file.split("/"));
  let depth = 0;
  while (
    paths.length > 0 &&
    paths.every((path) => path.length > depth + 1 && path[depth] === paths[0]?.[depth])
  )
    depth++;
  const names = paths.map((path) => (path.length > depth + 1 ? path[depth] : undefined));
  const classes = [...new Set(names)].sort((a, b) => ((a ?? "") < (b ?? "") ? -1 : 1));
  if (classes.length < 2 || classes.length > MAX_CLASSES || classes.includes(undefined))
    return { classes: [], labels: undefined };
  const numbers = new Map(classes.map((name, number) => [name, number]));
  return {
    classes: classes as string[],
    labels: Uint16Array.from(names, (name) => numbers.get(name) ?? 0),
  };
}
