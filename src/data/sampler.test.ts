import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../base/errors.ts";
import type { Dataset } from "./dataset.ts";
import { Sampler } from "./sampler.ts";

/** Pictures of 2 x 2: every byte of picture i is i, but the right column is 100 more. */
function dataset(count: number, labels?: Uint16Array): Dataset {
  return {
    count,
    channels: 3,
    height: 2,
    width: 2,
    facts: 0,
    classes: labels ? ["a", "b"] : [],
    labels,
    files: Array.from({ length: count }, (_, i) => `${i}.png`),
    skipped: [],
    warnings: [],
    contentHash: "",
    read(index, out, offset, { flip }) {
      for (let i = 0; i < 12; i++) out[offset + i] = index + (i % 2 === (flip ? 0 : 1) ? 100 : 0);
    },
    close() {},
  };
}

/** Whether picture i of a batch is mirrored. */
const mirrored = (images: Uint8Array, i: number): boolean =>
  (images[i * 12] ?? 0) > (images[i * 12 + 1] ?? 0);

describe("Sampler", () => {
  it("shows every picture once an epoch, in a new order each time", () => {
    const sampler = new Sampler(dataset(50), { seed: 1, mirror: false });
    const epochs = [0, 1, 2].map((epoch) => [...sampler.batch(epoch * 50, 50).indices]);
    for (const order of epochs)
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(new Set(epochs.map(String)).size).toBe(3);
  });

  it("depends on seed and position only: any way of cutting the stream gives the same stream", () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
        (seed, count, sizes) => {
          const options = { seed, mirror: true };
          const total = sizes.reduce((a, b) => a + b, 0);
          const whole = new Sampler(dataset(count), options).batch(0, total);
          let position = 0;
          for (const size of sizes) {
            const part = new Sampler(dataset(count), options).batch(position, size); // resumed here
            expect(part.indices).toEqual(whole.indices.subarray(position, position + size));
            expect(part.examples).toEqual(
              whole.examples.subarray(position * 12, (position + size) * 12),
            );
            position += size;
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it("goes back as well as forward", () => {
    const sampler = new Sampler(dataset(10), { seed: 3, mirror: true });
    const first = sampler.batch(5, 10);
    sampler.batch(1000, 4);
    expect(sampler.batch(5, 10)).toEqual(first);
  });

  it("joins two epochs inside a batch", () => {
    const sampler = new Sampler(dataset(10), { seed: 4, mirror: false });
    const [a, b] = [sampler.batch(0, 10).indices, sampler.batch(10, 10).indices];
    expect([...sampler.batch(7, 6).indices]).toEqual([...a.subarray(7), ...b.subarray(0, 3)]);
  });

  it("gives different seeds different orders", () => {
    const order = (seed: number): number[] => [
      ...new Sampler(dataset(30), { seed, mirror: false }).batch(0, 30).indices,
    ];
    expect(order(1)).not.toEqual(order(2));
  });

  it("mirrors half of the pictures, anew in each epoch, and none if told not to", () => {
    const count = 4000;
    const sampler = new Sampler(dataset(100), { seed: 5, mirror: true });
    const { examples, indices } = sampler.batch(0, count);
    const flips = Array.from({ length: count }, (_, i) => mirrored(examples, i));
    expect(Math.abs(flips.filter(Boolean).length / count - 0.5)).toBeLessThan(0.04);
    const ofPicture7 = flips.filter((_, i) => indices[i] === 7);
    expect(new Set(ofPicture7).size).toBe(2);
    const plain = new Sampler(dataset(100), { seed: 5, mirror: false }).batch(0, count);
    expect(plain.indices).toEqual(indices);
    expect(plain.indices.some((_, i) => mirrored(plain.examples, i))).toBe(false);
  });

  it("gives each picture's class", () => {
    const labels = Uint16Array.from({ length: 20 }, (_, i) => i % 2);
    const batch = new Sampler(dataset(20, labels), { seed: 6, mirror: false }).batch(0, 20);
    expect([...batch.labels]).toEqual([...batch.indices].map((index) => index % 2));
    expect([...new Sampler(dataset(3), { seed: 6, mirror: false }).batch(0, 3).labels]).toEqual([
      0, 0, 0,
    ]);
  });

  it("rejects positions and sizes that are no counts", () => {
    const sampler = new Sampler(dataset(3), { seed: 0, mirror: false });
    for (const [position, size] of [
      [-1, 1],
      [0.5, 1],
      [0, 0],
      [0, Number.NaN],
    ] as const) {
      expect(() => sampler.batch(position, size)).toThrow(ConfigError);
    }
  });
});
