import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../base/random.ts";
import { frechetDistance } from "../frechet.ts";
import { gaussianOf } from "../statistics.ts";
import { clipFeatures } from "./clip-features.ts";
import { loadVideoNetwork } from "./video-network.node.ts";
import type { VideoNetwork } from "./video-network.ts";

const [SIDE, FRAMES] = [24, 16];

/** A bright square that moves at a constant speed, or jumps. */
function clip(random: Random, jumps: boolean): Uint8Array {
  const out = new Uint8Array(3 * FRAMES * SIDE * SIDE);
  const [x, y] = [random.uniform() * 8, random.uniform() * 8];
  const [u, v] = [random.uniform() - 0.5, random.uniform() - 0.5];
  for (let f = 0; f < FRAMES; f++) {
    const left = Math.round(jumps ? random.uniform() * 16 : x + 4 + f * u);
    const top = Math.round(jumps ? random.uniform() * 16 : y + 4 + f * v);
    for (let c = 0; c < 3; c++)
      for (let j = 0; j < 8; j++)
        for (let i = 0; i < 8; i++)
          out[
            ((3 * f + c) * SIDE + Math.min(SIDE - 1, Math.max(0, top + j))) * SIDE +
              Math.min(SIDE - 1, Math.max(0, left + i))
          ] = 255;
  }
  return out;
}

async function* clips(seed: number, jumps: boolean): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < 100; i++) yield clip(new Random(seed).split(i), jumps);
}

describe("the video network", () => {
  let network: VideoNetwork;
  beforeAll(async () => {
    network = await loadVideoNetwork();
  });
  afterAll(async () => network.dispose());

  it("tells clips that jump from clips that move, and takes two sets of the latter for alike", async () => {
    const size = { width: SIDE, height: SIDE };
    const of = async (seed: number, jumps: boolean) => {
      const { features, change } = await clipFeatures(network, clips(seed, jumps), size);
      return { gaussian: await gaussianOf(features), change: change[0] as number };
    };
    const [a, b, jumping] = [await of(1, false), await of(2, false), await of(3, true)];
    const alike = await frechetDistance(a.gaussian, b.gaussian);
    const apart = await frechetDistance(a.gaussian, jumping.gaussian);
    expect(apart).toBeGreaterThan(5 * alike);
    expect(jumping.change).toBeGreaterThan(a.change);
  });
});
