import { expect, it } from "vitest";
import type { Image } from "../../src/media/image.ts";
import { loadFeatureNetwork } from "../../src/metrics/feature-network.node.ts";
import { modeCoverage } from "./score.ts";

const SIDE = 28;

/** A stroke like a one, and a ring like a zero. */
const one = (x: number, y: number): boolean => Math.abs(x - 14) < 2 && y > 4 && y < 24;
const zero = (x: number, y: number): boolean =>
  Math.abs(Math.hypot((x - 14) * 1.3, y - 14) - 8) < 1.7;

function picture(...channels: ((x: number, y: number) => boolean)[]): Image {
  const data = new Uint8Array(3 * SIDE * SIDE);
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / 3);
    data[i] = channels[i % 3]?.(pixel % SIDE, Math.floor(pixel / SIDE)) ? 255 : 0;
  }
  return { width: SIDE, height: SIDE, data };
}

async function* repeated(count: number, ...kinds: Image[]): AsyncGenerator<Image> {
  for (let i = 0; i < count; i++) yield kinds[i % kinds.length] as Image;
}

it("counts combinations of digits, with the place of each", async () => {
  const classifier = await loadFeatureNetwork("mnist");
  const same = await modeCoverage(repeated(150, picture(one, one, one)), classifier);
  expect(same).toEqual({ modes: 1, kl: expect.closeTo(Math.log(1000), 10) });
  const kinds = [picture(one, zero, zero), picture(zero, one, zero), picture(zero, zero, one)];
  const three = await modeCoverage(repeated(150, ...kinds), classifier);
  expect(three).toEqual({ modes: 3, kl: expect.closeTo(Math.log(1000 / 3), 10) });
  await classifier.dispose();
});
