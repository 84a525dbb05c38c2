import type { AudioSample, Input, InputAudioTrack } from "mediabunny";
import { MediaError } from "../../base/errors.ts";
import { loadMediabunny } from "../mediabunny.node.ts";
import type { AudioChunk, AudioRange, AudioSource } from "./audio.ts";
import { soundless, unreadable } from "./ffmpeg-source.node.ts";

/** Decoding begins this much before a range [s]: the first packets of some codecs lean on those before them. */
const RUN_UP = 0.5;

/** Packets are small; chunks have at least this many samples a channel. */
const CHUNK = 16_384;

/** A file that mediabunny and its codecs for Node decode. */
export async function mediabunnySource(path: string): Promise<AudioSource> {
  const { input, track } = await openTrack(path);
  try {
    const codec = await track.getCodec();
    return {
      name: path,
      sampleRate: await track.getSampleRate(),
      channels: await track.getNumberOfChannels(),
      order: codec === "vorbis" || codec === "opus" ? "vorbis" : "wave",
      // The end of a damaged file may be missing.
      seconds: await track.computeDuration().catch(() => undefined),
      read: (range) => decode(path, range),
    };
  } catch (cause) {
    throw unreadable(path, (cause as Error).message, cause);
  } finally {
    input.dispose();
  }
}

async function openTrack(path: string): Promise<{ input: Input; track: InputAudioTrack }> {
  const { ALL_FORMATS, FilePathSource, Input } = await loadMediabunny();
  const input = new Input({ source: new FilePathSource(path), formats: ALL_FORMATS });
  try {
    const track = await input.getPrimaryAudioTrack();
    if (track === null) throw soundless(path);
    if (!(await track.canDecode())) {
      throw unreadable(path, `no decoder for ${(await track.getCodec()) ?? "its codec"}`);
    }
    return { input, track };
  } catch (cause) {
    input.dispose();
    throw cause instanceof MediaError ? cause : unreadable(path, (cause as Error).message, cause);
  }
}

async function* decode(
  path: string,
  { start = 0, seconds = Number.POSITIVE_INFINITY }: AudioRange = {},
): AsyncGenerator<AudioChunk, void, undefined> {
  const { AudioSampleSink } = await loadMediabunny();
  const { input, track } = await openTrack(path);
  const gather = gatherChunks();
  try {
    const samples = new AudioSampleSink(track).samples(start - RUN_UP, start + seconds);
    for await (const sample of samples) {
      const part = within(sample, start, start + seconds);
      sample.close();
      const chunk = part === undefined ? undefined : gather.add(part);
      if (chunk !== undefined) yield chunk;
    }
  } catch (cause) {
    // Damage in the middle of a song ends it there.
    if (gather.taken() === 0) throw unreadable(path, (cause as Error).message, cause);
  } finally {
    input.dispose();
  }
  const last = gather.finish();
  if (last !== undefined) yield last;
}

/** The part of a sample that lies in a range of time. Encoders' delays come as negative times. */
function within(sample: AudioSample, start: number, end: number): AudioChunk | undefined {
  const { sampleRate, numberOfFrames, numberOfChannels, timestamp } = sample;
  const index = (time: number): number =>
    Math.min(numberOfFrames, Math.max(0, Math.round((time - timestamp) * sampleRate)));
  const [first, last] = [index(start), Number.isFinite(end) ? index(end) : numberOfFrames];
  if (last <= first) return undefined;
  return Array.from({ length: numberOfChannels }, (_, planeIndex) => {
    const out = new Float32Array(last - first);
    const frameCount = last - first;
    sample.copyTo(out, { planeIndex, format: "f32-planar", frameOffset: first, frameCount });
    return out;
  });
}

/** Joins small chunks to larger ones. */
function gatherChunks(): {
  add: (part: AudioChunk) => AudioChunk | undefined;
  finish: () => AudioChunk | undefined;
  /** Samples that were added. */
  taken: () => number;
} {
  let parts: AudioChunk[] = [];
  let length = 0;
  let taken = 0;
  const finish = (): AudioChunk | undefined => {
    const [first] = parts;
    if (first === undefined) return undefined;
    const joined = first.map((_, c) => {
      const out = new Float32Array(length);
      let at = 0;
      for (const part of parts) {
        out.set(part[c] as Float32Array, at);
        at += part[c]?.length ?? 0;
      }
      return out;
    });
    [parts, length] = [[], 0];
    return joined;
  };
  return {
    add: (part) => {
      parts.push(part);
      length += part[0]?.length ?? 0;
      taken += part[0]?.length ?? 0;
      return length < CHUNK ? undefined : finish();
    },
    finish,
    taken: () => taken,
  };
}
