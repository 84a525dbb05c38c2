import { COLOUR_BYTES } from "./perceptual-hash.ts";

/** Outlines of pictures, one after another. */
export interface Outlines {
  /** Hashes: low and high 32 bits. Shape [n, 2]. */
  readonly hashes: Uint32Array;
  /** Coarse colours. Shape [n, 8, 8, 3]. */
  readonly colours: Uint8Array;
}

/** Most bits in which the hashes of near duplicates differ. The search below finds every pair up to 7. */
const MAX_BITS = 6;

/**
 * Largest difference of the colours of near duplicates, 1 minus their correlation. Of photographs saved anew at JPEG quality 20, resized, blurred, made 10 %
 * brighter or with 2 % cut off a side, most stay below; no two of 137 different landscapes came below 0.03.
 */
const MAX_DIFFERENCE = 0.005;

/** Largest difference of the mean red, green or blue: a red shirt is no duplicate of the same one in blue. */
const MAX_COLOUR = 40;

/** A hash is cut into four bands of 16 bits: of two hashes at most 7 bits apart, one band differs in at most one bit. */
const BANDS = [0, 1, 2, 3] as const;
const BAND_BITS = 16;

/**
 * Finds pictures that show the same: each is put to the nearest earlier picture that is no duplicate itself, so that a chain of small changes, as in a film,
 * does not make one group of it.
 *
 * Candidates come from tables of the bands of the hashes, with one bit changed (multi-index hashing), so the cost grows with n times the size of a table's cell,
 * n / 65,536, not with n^2.
 *
 * @param n Number of pictures.
 * @returns For each picture the number of the picture that it repeats, or its own. Shape [n].
 * @see Norouzi, Punjani, Fleet 2012, "Fast Search in Hamming Space with Multi-Index Hashing"
 */
export function nearDuplicates({ hashes, colours }: Outlines, n: number): Uint32Array {
  const tables = BANDS.map((band) => new BandTable(hashes, n, band));
  const originals = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = 0; i < n; i++) {
    let [best, bestBits] = [i, MAX_BITS + 1];
    for (const table of tables) {
      for (const key of nearKeys(bandOf(hashes, i, table.band))) {
        for (let at = table.starts[key] as number; at < (table.starts[key + 1] as number); at++) {
          const j = table.items[at] as number;
          if (j >= i) break; // ascending
          if (originals[j] !== j) continue;
          const bits = bitsApart(hashes, i, j);
          if (bits >= bestBits || wasSeen(hashes, i, j, table.band)) continue;
          if (difference(colours, i, j) <= MAX_DIFFERENCE) [best, bestBits] = [j, bits];
        }
      }
    }
    originals[i] = best;
  }
  return originals;
}

/** Pictures by the value of one band of their hashes, ascending. */
class BandTable {
  readonly band: number;
  /** Where the pictures of each value begin. Shape [65537]. */
  readonly starts: Uint32Array = new Uint32Array(2 ** BAND_BITS + 1);
  readonly items: Uint32Array;

  constructor(hashes: Uint32Array, n: number, band: number) {
    this.band = band;
    this.items = new Uint32Array(n);
    const counts = new Uint32Array(2 ** BAND_BITS);
    for (let i = 0; i < n; i++) {
      const key = bandOf(hashes, i, band);
      counts[key] = (counts[key] as number) + 1;
    }
    for (const [key, count] of counts.entries())
      this.starts[key + 1] = (this.starts[key] as number) + count;
    const next = this.starts.slice();
    for (let i = 0; i < n; i++) {
      const key = bandOf(hashes, i, band);
      const place = next[key] as number;
      this.items[place] = i;
      next[key] = place + 1;
    }
  }
}

function bandOf(hashes: Uint32Array, i: number, band: number): number {
  const word = hashes[2 * i + (band >> 1)] as number;
  return (word >>> (BAND_BITS * (band & 1))) & 0xffff;
}

/** A band's value and those with one bit changed. */
function nearKeys(key: number): number[] {
  const keys = [key];
  for (let bit = 0; bit < BAND_BITS; bit++) keys.push(key ^ (1 << bit));
  return keys;
}

/** Whether an earlier band differs in at most one bit, so that the pair was looked at already. */
function wasSeen(hashes: Uint32Array, i: number, j: number, band: number): boolean {
  for (let earlier = 0; earlier < band; earlier++) {
    const changed = bandOf(hashes, i, earlier) ^ bandOf(hashes, j, earlier);
    if ((changed & (changed - 1)) === 0) return true;
  }
  return false;
}

function bitsApart(hashes: Uint32Array, i: number, j: number): number {
  return (
    popCount((hashes[2 * i] as number) ^ (hashes[2 * j] as number)) +
    popCount((hashes[2 * i + 1] as number) ^ (hashes[2 * j + 1] as number))
  );
}

/** Ones among 32 bits, by adding neighbouring fields of 1, 2, 4 and then all bits. */
function popCount(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** 1 - r, with r the correlation of the colours about their means, or 1 if the mean colours are far apart. */
function difference(colours: Uint8Array, i: number, j: number): number {
  const [a, b] = [i * COLOUR_BYTES, j * COLOUR_BYTES];
  let [covariance, varianceA, varianceB] = [0, 0, 0];
  for (let channel = 0; channel < 3; channel++) {
    const [meanA, meanB] = [channelMean(colours, a + channel), channelMean(colours, b + channel)];
    if (Math.abs(meanA - meanB) > MAX_COLOUR) return 1;
    for (let k = channel; k < COLOUR_BYTES; k += 3) {
      const [x, y] = [(colours[a + k] as number) - meanA, (colours[b + k] as number) - meanB];
      covariance += x * y;
      varianceA += x ** 2;
      varianceB += y ** 2;
    }
  }
  const product = Math.sqrt(varianceA * varianceB);
  return product === 0 ? 1 : 1 - covariance / product;
}

function channelMean(colours: Uint8Array, from: number): number {
  let sum = 0;
  for (let k = 0; k < COLOUR_BYTES; k += 3) sum += colours[from + k] as number;
  return sum / (COLOUR_BYTES / 3);
}
