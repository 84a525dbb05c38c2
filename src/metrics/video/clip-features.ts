import type { Features } from "../features.ts";
import { Resizer } from "../resize.ts";
import { VIDEO_CLIP, type VideoNetwork } from "./video-network.ts";

/** Clips that go through the network at a time. */
const BATCH = 16;

/** What is known about a set of clips. */
export interface ClipFeatures {
  readonly features: Features;
  /** Mean difference of neighbouring frames, 0 to 1, of each clip: how much moves. */
  readonly change: Float64Array;
}

/**
 * Features of clips that come one by one: memory does not grow with the pixels.
 *
 * @param clips Planes [48, height, width] of 16 frames each, 0..255; they are resized to what the network takes.
 */
export async function clipFeatures(
  network: VideoNetwork,
  clips: AsyncIterable<Uint8Array>,
  size: { readonly width: number; readonly height: number },
): Promise<ClipFeatures> {
  const { frames, side } = VIDEO_CLIP;
  const resizer = new Resizer(size, side);
  const area = size.width * size.height;
  const clipSize = 3 * frames * side ** 2;
  const batch = new Float32Array(BATCH * clipSize);
  const parts: Float32Array[] = [];
  const change: number[] = [];
  let waiting = 0;
  const flush = async (): Promise<void> => {
    if (waiting === 0) return;
    const { features } = await network.run(batch.subarray(0, waiting * clipSize), waiting);
    parts.push(features.data);
    waiting = 0;
  };
  for await (const clip of clips) {
    change.push(changeOf(clip, frames));
    for (let plane = 0; plane < 3 * frames; plane++) {
      const from = waiting * clipSize + plane * side ** 2;
      const out = batch.subarray(from, from + side ** 2);
      resizer.resize(clip.subarray(plane * area, (plane + 1) * area), out);
      for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) / 255;
    }
    waiting++;
    if (waiting === BATCH) await flush();
  }
  await flush();
  const count = change.length;
  const width = (parts[0]?.length ?? 0) / Math.min(BATCH, count);
  const data = new Float32Array(count * width);
  for (const [i, part] of parts.entries()) data.set(part, i * BATCH * width);
  return { features: { count, width, data }, change: Float64Array.from(change) };
}

function changeOf(clip: Uint8Array, frames: number): number {
  const frame = clip.length / frames;
  let sum = 0;
  for (let i = frame; i < clip.length; i++)
    sum += Math.abs((clip[i] as number) - (clip[i - frame] as number));
  return sum / (255 * (clip.length - frame));
}
