import { describe, expect, it } from "vitest";
import { Random } from "../../base/random.ts";
import { nearDuplicates, type Outlines } from "./near-duplicates.ts";
import {
  COLOUR_BYTES,
  coarseColours,
  deviationOf,
  HASH_SIDE,
  perceptualHash,
} from "./perceptual-hash.ts";

/** A smooth picture [32, 32, 3] of a few waves, other ones for each seed. */
function picture(seed: number): Uint8Array {
  const normal = new Random(seed).fillNormal(new Float32Array(48));
  return Uint8Array.from({ length: 3 * HASH_SIDE ** 2 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % HASH_SIDE, Math.floor(i / 3 / HASH_SIDE)];
    let value = 128;
    for (let k = 0; k < 16; k++) {
      const [a, b, c] = [normal[3 * k] ?? 0, normal[3 * k + 1] ?? 0, normal[3 * k + 2] ?? 0];
      value += 12 * c * Math.sin((a * x + b * y) / 4 + (i % 3) * c + k);
    }
    return value;
  });
}

function outlinesOf(pictures: readonly Uint8Array[]): Outlines {
  const hashes = Uint32Array.from(pictures.flatMap((rgb) => perceptualHash(rgb)));
  const colours = new Uint8Array(COLOUR_BYTES * pictures.length);
  for (const [i, rgb] of pictures.entries()) colours.set(coarseColours(rgb), i * COLOUR_BYTES);
  return { hashes, colours };
}

function bits(a: readonly [number, number], b: readonly [number, number]): number {
  const ones = (word: number): number => (word >>> 0).toString(2).replaceAll("0", "").length;
  return ones(a[0] ^ b[0]) + ones(a[1] ^ b[1]);
}

describe("perceptualHash", () => {
  it("has 32 of 64 bits set, and differs in about half between pictures", () => {
    const hashes = Array.from({ length: 40 }, (_, seed) => perceptualHash(picture(seed)));
    for (const hash of hashes) expect(bits(hash, [0, 0])).toBe(32);
    const distances = hashes.flatMap((a, i) => hashes.slice(0, i).map((b) => bits(a, b)));
    expect(distances.reduce((a, b) => a + b, 0) / distances.length).toBeCloseTo(32, -0.7);
    expect(Math.min(...distances)).toBeGreaterThan(8);
  });

  it("stays when a picture becomes brighter, paler or a little noisy", () => {
    for (let seed = 0; seed < 20; seed++) {
      const original = picture(seed);
      const noise = new Random(seed).split("noise").fillNormal(new Float32Array(original.length));
      const changed = original.map((value, i) => 0.8 * value + 20 + 3 * (noise[i] ?? 0));
      expect(bits(perceptualHash(original), perceptualHash(changed))).toBeLessThanOrEqual(6);
    }
  });
});

describe("coarseColours and deviationOf", () => {
  it("are the means of fields and the spread of pixels", () => {
    const rgb = new Uint8Array(3 * HASH_SIDE ** 2);
    for (let i = 0; i < rgb.length; i += 3) rgb[i] = Math.floor(i / 3) % HASH_SIDE < 16 ? 10 : 30;
    const colours = coarseColours(rgb);
    expect([...colours.subarray(9, 15)]).toEqual([10, 0, 0, 30, 0, 0]);
    expect(deviationOf(rgb)).toBeCloseTo(10);
    expect(deviationOf(new Uint8Array(rgb.length).fill(7))).toBe(0);
  });
});

describe("nearDuplicates", () => {
  it("finds changed copies among many pictures, and nothing else", () => {
    const pictures = Array.from({ length: 120 }, (_, seed) => picture(seed));
    const copies = [5, 77, 100].map((i) => pictures[i]?.map((value) => 0.9 * value + 9));
    const all = [...pictures, ...copies.map((copy) => copy ?? new Uint8Array())];
    const originals = nearDuplicates(outlinesOf(all), all.length);
    expect([...originals.subarray(120)]).toEqual([5, 77, 100]);
    expect([...originals.subarray(0, 120)]).toEqual([...Array(120).keys()]);
  });

  it("finds every pair up to 6 bits, as comparing all with all does", () => {
    const n = 400;
    const random = new Random(1).fillNormal(new Float32Array(40 * n));
    const hashes = new Uint32Array(2 * n);
    for (let i = 2; i < n; i++) {
      // Every third picture changes 0 to 8 bits of the one before.
      const base = i % 3 === 2 ? i - 1 : -1;
      for (const half of [0, 1]) {
        const value = Math.abs((random[40 * i + half] ?? 0) * 1e9) >>> 0;
        hashes[2 * i + half] = base < 0 ? value : (hashes[2 * base + half] ?? 0);
      }
      const changes = base < 0 ? 0 : (i / 3) % 9;
      for (let k = 0; k < changes; k++) {
        const bit = Math.abs(Math.floor((random[40 * i + 2 + k] ?? 0) * 1000)) % 64;
        hashes[2 * i + (bit >> 5)] = ((hashes[2 * i + (bit >> 5)] ?? 0) ^ (1 << (bit & 31))) >>> 0;
      }
    }
    const colours = new Uint8Array(n * COLOUR_BYTES);
    const same = coarseColours(picture(0));
    for (let i = 0; i < n; i++) colours.set(same, i * COLOUR_BYTES);
    const expected = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = 0; i < n; i++) {
      let best = 7;
      for (let j = 0; j < i; j++) {
        if (expected[j] !== j) continue;
        const pair = [i, j].map((k): [number, number] => [
          hashes[2 * k] ?? 0,
          hashes[2 * k + 1] ?? 0,
        ]);
        const apart = bits(pair[0] ?? [0, 0], pair[1] ?? [0, 0]);
        if (apart < best) [best, expected[i]] = [apart, j];
      }
    }
    const found = nearDuplicates({ hashes, colours }, n);
    const distance = (i: number, j: number): number =>
      bits(
        [hashes[2 * i] ?? 0, hashes[2 * i + 1] ?? 0],
        [hashes[2 * j] ?? 0, hashes[2 * j + 1] ?? 0],
      );
    expect([...found].map((j, i) => (j === i ? -1 : distance(i, j)))).toEqual(
      [...expected].map((j, i) => (j === i ? -1 : distance(i, j))),
    );
    expect([...found].filter((j, i) => j !== i).length).toBeGreaterThan(50);
  });

  it("takes other colours for other pictures, and does not chain", () => {
    const red = picture(3);
    const blue = red.map((value, i) => value + ([0, -50, 50][i % 3] ?? 0));
    expect([...nearDuplicates(outlinesOf([red, blue]), 2)]).toEqual([0, 1]);
    expect([
      ...nearDuplicates({ hashes: new Uint32Array(0), colours: new Uint8Array(0) }, 0),
    ]).toEqual([]);
  });
});
