import type { Random } from "../base/random.ts";

/** Points of one length, one behind the other. */
export interface Points {
  readonly data: Float32Array;
  readonly length: number;
}

/** Rounds at most; most sets of points settle earlier. */
const ROUNDS = 30;

function squaredDistance(a: Points, i: number, b: Points, j: number): number {
  const { length } = a;
  let sum = 0;
  for (let k = 0; k < length; k++) {
    const d = (a.data[i * length + k] as number) - (b.data[j * length + k] as number);
    sum += d * d;
  }
  return sum;
}

const count = ({ data, length }: Points): number => data.length / length;

/** Index of the point of `among` that is nearest to point `i` of `points`. */
export function nearest(points: Points, i: number, among: Points): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let j = 0; j < count(among); j++) {
    const distance = squaredDistance(points, i, among, j);
    if (distance < least) [best, least] = [j, distance];
  }
  return best;
}

/** First centres: each is a point, chosen with a probability that goes with its squared distance to the centres so far (k-means++). */
function seeds(points: Points, k: number, random: Random): Float32Array {
  const { data, length } = points;
  const centres = new Float32Array(k * length);
  const distances = new Float64Array(count(points)).fill(Number.POSITIVE_INFINITY);
  let chosen = random.integer(count(points));
  for (let j = 0; j < k; j++) {
    const centre = data.subarray(chosen * length, (chosen + 1) * length);
    centres.set(centre, j * length);
    let total = 0;
    for (const i of distances.keys()) {
      const distance = squaredDistance(points, i, { data: centre, length }, 0);
      distances[i] = Math.min(distances[i] as number, distance);
      total += distances[i];
    }
    let rest = random.uniform() * total;
    chosen = distances.findIndex((distance) => {
      rest -= distance;
      return rest < 0;
    });
    if (chosen === -1) chosen = 0; // all points are centres
  }
  return centres;
}

/**
 * `k` centres of points: the means of groups of points that are nearest to them, by Lloyd's rounds from k-means++ starts.
 *
 * @see Arthur, Vassilvitskii 2007, "k-means++: The Advantages of Careful Seeding"
 */
export function kMeans(points: Points, k: number, random: Random): Points {
  const { data, length } = points;
  const centres: Points = { data: seeds(points, k, random), length };
  const groups = new Int32Array(count(points)).fill(-1);
  for (let round = 0; round < ROUNDS; round++) {
    let moved = false;
    const sums = new Float64Array(k * length);
    const sizes = new Int32Array(k);
    for (const i of groups.keys()) {
      const group = nearest(points, i, centres);
      moved ||= group !== groups[i];
      groups[i] = group;
      sizes[group] = (sizes[group] as number) + 1;
      for (let m = 0; m < length; m++)
        sums[group * length + m] =
          (sums[group * length + m] as number) + (data[i * length + m] as number);
    }
    if (!moved) break;
    for (let i = 0; i < sums.length; i++) {
      const size = sizes[Math.floor(i / length)] as number;
      if (size > 0) centres.data[i] = (sums[i] as number) / size; // a centre without points stays
    }
  }
  return centres;
}
