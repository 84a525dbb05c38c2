import { ConfigError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import { checkFeatures, type Features, selectRows } from "./features.ts";
import { kernelSumsAcross, kernelSumsWithin } from "./kernel-sums.ts";
import type { Matrix } from "./row-products.ts";

/** How a kernel distance is estimated. */
export interface KernelDistanceOptions {
  /** Random subsets of both sets. @default 100 */
  readonly subsets?: number;
  /** Pictures of each set a subset. @default 1000, or the size of the smaller set */
  readonly subsetSize?: number;
  /** Chooses the subsets. @default 0 */
  readonly seed?: number;
}

/** A kernel distance over subsets. */
export interface KernelDistance {
  readonly mean: number;
  /** Standard deviation over the subsets. */
  readonly deviation: number;
  readonly subsets: number;
  readonly subsetSize: number;
}

/** Pictures a subset, where there are as many. */
const SUBSET_SIZE = 1000;

/**
 * Kernel distance (KID with Inception's features): the unbiased estimate of the squared maximum mean discrepancy with the kernel
 * `(x . y / d + 1)^3`, averaged over random subsets. Around 0, also below, for equal distributions, with few pictures too.
 *
 * @throws {ShapeError} if the sets have different widths.
 * @throws {DatasetError} if a set is smaller than a subset or than two, or holds NaN or infinity.
 * @throws {ConfigError} if an option is no whole number in range.
 * @see Binkowski, Sutherland, Arbel, Gretton 2018, "Demystifying MMD GANs", arXiv:1801.01401
 */
export async function kernelDistance(
  real: Features,
  generated: Features,
  options: KernelDistanceOptions = {},
): Promise<KernelDistance> {
  const { subsets = 100, seed = 0 } = options;
  const subsetSize = options.subsetSize ?? Math.min(SUBSET_SIZE, real.count, generated.count);
  if (!Number.isInteger(subsets) || subsets < 1)
    throw new ConfigError(`kid: subsets is ${subsets}, expected a whole number from 1.`);
  if (!Number.isInteger(subsetSize))
    throw new ConfigError(`kid: subset size is ${subsetSize}, expected a whole number from 2.`);
  checkFeatures("kid", { real, generated }, Math.max(2, subsetSize));
  const random = new Random(seed).split("kid");
  const groups = groupsOf(
    Array.from({ length: subsets }, (_, i) => ({
      real: chosen(real, subsetSize, random.split("real").split(i)),
      generated: chosen(generated, subsetSize, random.split("generated").split(i)),
    })),
    { real, generated },
  );
  const estimates: number[] = [];
  for (const group of groups) estimates.push(...(await squaredMmds(group, subsetSize)));
  const mean = estimates.reduce((sum, x) => sum + x, 0) / subsets;
  const variance = estimates.reduce((sum, x) => sum + (x - mean) ** 2, 0) / subsets;
  return { mean, deviation: Math.sqrt(variance), subsets, subsetSize };
}

type SetName = "real" | "generated";

/** Numbers of the pictures of a random subset without repetition. */
function chosen({ count }: Features, size: number, random: Random): Uint32Array {
  return size === count
    ? Uint32Array.from({ length: size }, (_, i) => i)
    : random.permutation(count).subarray(0, size);
}

/** Subsets whose kernels are computed together: pictures, and which of them belong to which subset, as 0 and 1 [pictures, subsets]. */
type Group = Readonly<Record<SetName, { readonly pictures: Features; readonly members: Matrix }>>;

/** All subsets in one group where they are so many that kernels of all pictures are less work than those of each subset; else each by itself. */
function groupsOf(
  subsets: readonly Readonly<Record<SetName, Uint32Array>>[],
  sets: Readonly<Record<SetName, Features>>,
): Group[] {
  const pairs = (n: number, m: number): number => (n * n + m * m) / 2 + n * m;
  const apart = subsets.reduce((sum, s) => sum + pairs(s.real.length, s.generated.length), 0);
  if (pairs(sets.real.count, sets.generated.count) > apart) {
    const alone = (set: Features, rows: Uint32Array): Group[SetName] => ({
      pictures: selectRows(set, rows),
      members: { rows: rows.length, columns: 1, data: new Float64Array(rows.length).fill(1) },
    });
    return subsets.map((rows) => ({
      real: alone(sets.real, rows.real),
      generated: alone(sets.generated, rows.generated),
    }));
  }
  const together = (name: SetName): Group[SetName] => {
    const pictures = sets[name];
    const columns = subsets.length;
    const data = new Float64Array(pictures.count * columns);
    for (const [s, subset] of subsets.entries())
      for (const row of subset[name]) data[row * columns + s] = 1;
    return { pictures, members: { rows: pictures.count, columns, data } };
  };
  return [{ real: together("real"), generated: together("generated") }];
}

/** `mean_{i != j} k(x_i, x_j) + mean_{i != j} k(y_i, y_j) - 2 mean_{ij} k(x_i, y_j)` of each subset of m pictures. */
async function squaredMmds({ real, generated }: Group, m: number): Promise<number[]> {
  const x = await kernelSumsWithin(real.pictures, real.members);
  const y = await kernelSumsWithin(generated.pictures, generated.members);
  const across = await kernelSumsAcross(
    real.pictures,
    generated.pictures,
    real.members,
    generated.members,
  );
  return Array.from(
    across,
    (sum, s) => ((x[s] as number) + (y[s] as number)) / (m * (m - 1)) - (2 * sum) / (m * m),
  );
}
