import type { FeatureNetwork } from "../feature-network.ts";
import type { Features } from "../features.ts";
import { AUDIO_FORMAT } from "./audio-format.ts";

/** Sounds in a run of the network. */
const BATCH = 32;

/** Bytes of a picture. */
const SIZE = AUDIO_FORMAT.bands * AUDIO_FORMAT.frames;

/**
 * Features of sounds.
 *
 * @param pictures Shape [bands, frames] of `AUDIO_FORMAT` each, 0 to 255: how `LogMel` draws a sound.
 */
export async function soundFeatures(
  network: FeatureNetwork,
  pictures: readonly Uint8Array[],
): Promise<Features> {
  const { width } = network;
  const data = new Float32Array(pictures.length * width);
  for (let from = 0; from < pictures.length; from += BATCH) {
    const batch = pictures.slice(from, from + BATCH);
    const images = new Float32Array(batch.length * SIZE);
    for (const [i, picture] of batch.entries())
      images.set(
        Float32Array.from(picture, (grey) => grey / 255),
        i * SIZE,
      );
    data.set((await network.run(images, batch.length)).features.data, from * width);
  }
  return { count: pictures.length, width, data };
}
