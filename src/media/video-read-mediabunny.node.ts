import type { Input, InputVideoTrack, VideoSample } from "mediabunny";
import { MediaError } from "../base/errors.ts";
import { coverImage } from "./cover.node.ts";
import type { Image } from "./image.ts";
import { loadMediabunny } from "./mediabunny.node.ts";
import type { ReadVideoOptions } from "./video-read.node.ts";
import { pictureless, undecodable } from "./video-read-ffmpeg.node.ts";

/**
 * Frames of a film through mediabunny and its codecs for Node.
 *
 * @throws {MediaError} if it cannot be decoded or has no video track.
 */
export async function* mediabunnyFrames(
  path: string,
  { width, height, fps }: ReadVideoOptions,
): AsyncGenerator<Image, void, undefined> {
  const { VideoSampleSink } = await loadMediabunny();
  const { input, track } = await openTrack(path);
  let count = 0;
  try {
    const start = await track.getFirstTimestamp();
    const end = await track.computeDuration();
    const times = function* (): Iterable<number> {
      for (let i = 0; start + i / fps < end; i++) yield start + i / fps;
    };
    for await (const sample of new VideoSampleSink(track).samplesAtTimestamps(times())) {
      if (sample === null) continue;
      const image = await imageOf(sample).finally(() => sample.close());
      yield await coverImage(image, width, height);
      count++;
    }
  } catch (cause) {
    if (count === 0) throw undecodable(path, (cause as Error).message, cause);
  } finally {
    input.dispose();
  }
}

async function openTrack(path: string): Promise<{ input: Input; track: InputVideoTrack }> {
  const { ALL_FORMATS, FilePathSource, Input } = await loadMediabunny();
  const input = new Input({ source: new FilePathSource(path), formats: ALL_FORMATS });
  try {
    const track = await input.getPrimaryVideoTrack();
    if (track === null) throw pictureless(path);
    if (!(await track.canDecode()))
      throw undecodable(path, `no decoder for ${(await track.getCodec()) ?? "its codec"}`);
    return { input, track };
  } catch (cause) {
    input.dispose();
    throw cause instanceof MediaError ? cause : undecodable(path, (cause as Error).message, cause);
  }
}

/** The pixels of a decoded frame, upright and with square pixels. */
async function imageOf(sample: VideoSample): Promise<Image> {
  const rgba = new Uint8Array(sample.allocationSize({ format: "RGBA" }));
  await sample.copyTo(rgba, { format: "RGBA" });
  const area = sample.visibleRect.width * sample.visibleRect.height;
  const data = new Uint8Array(3 * area);
  for (let i = 0; i < area; i++)
    for (let c = 0; c < 3; c++) data[3 * i + c] = rgba[4 * i + c] as number;
  const { width, height } = sample.visibleRect;
  const upright = turned({ width, height, data }, sample.rotation);
  const { displayWidth, displayHeight } = sample;
  if (upright.width === displayWidth && upright.height === displayHeight) return upright;
  return await coverImage(upright, displayWidth, displayHeight, "fill");
}

/** A picture turned clockwise by 0, 90, 180 or 270 degrees. */
function turned(image: Image, degrees: number): Image {
  let result = image;
  for (let turn = 0; turn < degrees; turn += 90) {
    const { width, height, data } = result;
    const out = new Uint8Array(data.length);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        for (let c = 0; c < 3; c++)
          out[3 * (x * height + height - 1 - y) + c] = data[3 * (y * width + x) + c] as number;
    result = { width: height, height: width, data: out };
  }
  return result;
}
