import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DatasetError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { samplesOf } from "../../media/spectrogram/format.ts";
import { LogMel } from "../../media/spectrogram/log-mel.ts";
import type { FeatureNetwork } from "../feature-network.ts";
import type { Features } from "../features.ts";
import { AUDIO_FORMAT } from "./audio-format.ts";
import { measureAudio } from "./audio-metrics.ts";
import { soundFeatures } from "./sound-features.ts";
import { loadSoundNetwork } from "./sound-network.node.ts";

let network: FeatureNetwork;
beforeAll(async () => {
  network = await loadSoundNetwork();
});
afterAll(() => network.dispose());

const COUNT = 24;
const logMel = new LogMel(AUDIO_FORMAT);

/** Features of some sounds: plucked notes, or bursts of noise. */
async function features(kind: "note" | "burst", seed: number, count = COUNT): Promise<Features> {
  const random = new Random(seed).split(kind);
  const pictures = Array.from({ length: count }, () => {
    const [hertz, decay] = [200 * 2 ** (2 * random.uniform()), 4 + 8 * random.uniform()];
    const sound = new Float32Array(samplesOf(AUDIO_FORMAT)).map((_, i) => {
      const t = i / AUDIO_FORMAT.sampleRate;
      const wave = kind === "note" ? Math.sin(2 * Math.PI * hertz * t) : random.normal() / 3;
      return 0.8 * wave * Math.exp(-decay * t);
    });
    const grey = new Uint8Array(AUDIO_FORMAT.bands * AUDIO_FORMAT.frames);
    logMel.picture(sound, grey);
    return grey;
  });
  return await soundFeatures(network, pictures);
}

describe("measureAudio", () => {
  it("puts sounds of the same kind near, and others far", async () => {
    const real = await features("note", 0);
    const same = await measureAudio(await features("note", 1), real);
    const other = await measureAudio(await features("burst", 2), real);
    expect(same.count).toBe(COUNT);
    expect(same.frechetDistance).toBeLessThan(other.frechetDistance / 5);
    expect(same.kernelDistance.mean).toBeLessThan(other.kernelDistance.mean / 5);
    expect([same.coverage > 0.7, other.coverage < 0.1]).toEqual([true, true]);
    expect((await measureAudio(real, real)).frechetDistance).toBeLessThan(1e-3);
  });

  it("refuses too few sounds", async () => {
    const real = await features("note", 0);
    await expect(measureAudio(await features("note", 1, 5), real)).rejects.toThrow(DatasetError);
  });
});

describe("the network of sounds", () => {
  it("hears 64 bands by 64 moments as 64 features, and knows the instruments of General MIDI", () => {
    const { channels, side, width, classes } = network;
    expect([channels, side, width, classes]).toEqual([1, 64, 64, 175]);
  });
});
