import { DatasetError, ShapeError } from "../base/errors.ts";

/** What a feature network says about some pictures: one row of numbers each. */
export interface Features {
  /** Number of pictures, N. */
  readonly count: number;
  /** Numbers a picture, d. */
  readonly width: number;
  /** Shape [N, d], row by row. */
  readonly data: Float32Array;
}

/**
 * Stops where a metric cannot be computed.
 *
 * @param where Name of the metric, for messages.
 * @param sets The sets that are compared, by what they are called.
 * @param least Pictures that each set needs.
 * @throws {ShapeError} if the sets have different widths, or data of another size than their shape.
 * @throws {DatasetError} if a set is too small, or holds NaN or infinity.
 */
export function checkFeatures(
  where: string,
  sets: Readonly<Record<string, Features>>,
  least: number,
): void {
  const [first, ...rest] = Object.entries(sets);
  for (const [name, { count, width, data }] of Object.entries(sets)) {
    if (data.length !== count * width) {
      throw new ShapeError(
        `${where}: the features of the ${name} pictures are ${data.length} numbers, expected ${count} x ${width}.`,
      );
    }
    if (count < least) {
      throw new DatasetError(
        `${where}: there are ${count} ${name} pictures, expected at least ${least}. Add pictures, or leave this metric out.`,
      );
    }
    const odd = data.findIndex((value) => !Number.isFinite(value));
    if (odd !== -1) {
      throw new DatasetError(
        `${where}: the features of ${name} picture ${Math.floor(odd / width)} hold ${data[odd]}, expected finite numbers. The picture or the feature network is at fault.`,
      );
    }
  }
  for (const [name, { width }] of rest) {
    if (width !== first?.[1].width) {
      throw new ShapeError(
        `${where}: ${name} pictures have ${width} features, ${first?.[0]} ones ${first?.[1].width}, expected equally many. Use one feature network for both.`,
      );
    }
  }
}

/** The rows of `features` named by `indices`, in their order. */
export function selectRows({ width, data }: Features, indices: ArrayLike<number>): Features {
  const out = new Float32Array(indices.length * width);
  for (let i = 0; i < indices.length; i++) {
    const from = (indices[i] as number) * width;
    out.set(data.subarray(from, from + width), i * width);
  }
  return { count: indices.length, width, data: out };
}
