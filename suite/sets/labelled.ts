/** Grey pictures with classes, in memory. */
export interface LabelledPictures {
  readonly name: string;
  readonly count: number;
  /** Width and height [pixels]. */
  readonly side: number;
  /** `count` pictures of side x side bytes, row by row; 0 is black. */
  readonly pixels: Uint8Array;
  /** Class of each picture. */
  readonly labels: Uint8Array;
  /** Names of the classes. */
  readonly classes: readonly string[];
}

/** The pictures at `indices`, in that order. */
export function select(set: LabelledPictures, indices: readonly number[]): LabelledPictures {
  const size = set.side * set.side;
  const pixels = new Uint8Array(indices.length * size);
  for (const [i, from] of indices.entries())
    pixels.set(set.pixels.subarray(from * size, (from + 1) * size), i * size);
  return {
    ...set,
    count: indices.length,
    pixels,
    labels: Uint8Array.from(indices, (i) => set.labels[i] as number),
  };
}
