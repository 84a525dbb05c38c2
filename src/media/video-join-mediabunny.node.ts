import { open } from "node:fs/promises";
import type {
  AudioSampleSource,
  EncodedVideoPacketSource,
  InputVideoTrack,
  OutputFormat,
} from "mediabunny";
import { invariant, MediaError, RuntimeUnavailableError } from "../base/errors.ts";
import type { AudioChunk } from "./audio/audio.ts";
import { SOUNDTRACK_RATE } from "./audio/soundtrack.ts";
import { loadMediabunny } from "./mediabunny.node.ts";
import type { FilmPart, JoinJob } from "./video-join.node.ts";
import { BT709, CODECS, streamTo } from "./video-mediabunny.node.ts";

type Mediabunny = typeof import("mediabunny");

/**
 * Coding of the sound: its rate [bit/s], and what the encoder puts before the first sample [samples]. Opus says itself how much that is. AAC does not,
 * and mediabunny moves the encoder's first packet to the time of the first sample; that time is therefore set earlier.
 */
const SOUND = {
  mp4: { codec: "aac", bitrate: 192_000, delay: 1024 },
  webm: { codec: "opus", bitrate: 160_000, delay: 0 },
} as const;

/** Joins with mediabunny: packets of the pieces are copied, the sound is encoded beside them. */
export async function joinWithMediabunny(partial: string, job: JoinJob): Promise<void> {
  const mediabunny = await loadMediabunny();
  const { codec: soundCodec, bitrate, delay } = SOUND[job.container];
  const sound = new mediabunny.AudioSampleSource({ codec: soundCodec, bitrate });
  if (!(await mediabunny.canEncodeAudio(soundCodec))) {
    throw new RuntimeUnavailableError(
      `mediabunny: nothing here can encode ${soundCodec} sound, expected an encoder. Run \`npm install @mediabunny/server\`, or install ffmpeg.`,
    );
  }
  const pictures = new mediabunny.EncodedVideoPacketSource(CODECS[job.codec]);
  const file = await open(partial, "w");
  const format: OutputFormat =
    job.container === "mp4" ? new mediabunny.Mp4OutputFormat() : new mediabunny.WebMOutputFormat();
  const output = new mediabunny.Output({
    format,
    target: new mediabunny.StreamTarget(streamTo(file), { chunked: true }),
  });
  output.addVideoTrack(pictures, { frameRate: job.fps });
  output.addAudioTrack(sound);
  try {
    await output.start();
    const feed = soundFeed(mediabunny, sound, job.sound, delay);
    let before = 0;
    for (const part of job.parts) {
      await copyPackets(mediabunny, part, pictures, before / job.fps, async (time) => {
        job.signal?.throwIfAborted();
        job.onProgress?.(time);
        await feed(time);
      });
      before += part.frames;
    }
    await feed(Number.POSITIVE_INFINITY);
    await output.finalize();
  } catch (error) {
    await output.cancel().catch(() => undefined);
    throw error;
  } finally {
    await file.close();
  }
}

/** Copies the packets of a piece, `offset` seconds later, and tells the time of each. */
async function copyPackets(
  { ALL_FORMATS, EncodedPacketSink, FilePathSource, Input }: Mediabunny,
  { path }: FilmPart,
  pictures: EncodedVideoPacketSource,
  offset: number,
  onPacket: (time: number) => Promise<void>,
): Promise<void> {
  using input = new Input({ source: new FilePathSource(path), formats: ALL_FORMATS });
  const track: InputVideoTrack | null = await input.getPrimaryVideoTrack();
  const decoderConfig = await track?.getDecoderConfig();
  if (!track || !decoderConfig) {
    throw new MediaError(`${path}: this part of the film is damaged. Delete it and go on.`);
  }
  const meta = { decoderConfig: { ...decoderConfig, colorSpace: BT709 } };
  for await (const packet of new EncodedPacketSink(track).packets()) {
    const moved = packet.clone({ timestamp: packet.timestamp + offset });
    await pictures.add(moved, meta);
    await onPacket(moved.timestamp);
  }
}

/**
 * Hands over the sound up to a time [s], so that both tracks grow together. The encoder makes room for the first chunk and writes all others into as much
 * room: none may be longer.
 */
function soundFeed(
  { AudioSample }: Mediabunny,
  source: AudioSampleSource,
  sound: AsyncIterable<AudioChunk>,
  delay: number,
): (until: number) => Promise<void> {
  const chunks = sound[Symbol.asyncIterator]();
  let frames = 0;
  let ended = false;
  let room = 0;
  return async (until) => {
    while (!ended && frames / SOUNDTRACK_RATE <= until) {
      const next = await chunks.next();
      ended = next.done === true;
      const [left, right] = next.done ? [] : next.value;
      if (left === undefined || right === undefined || left.length === 0) continue;
      room ||= left.length;
      invariant(left.length <= room, `a chunk of ${left.length} samples after one of ${room}`);
      const data = new Float32Array(2 * left.length);
      data.set(left);
      data.set(right, left.length);
      const sample = new AudioSample({
        data,
        format: "f32-planar",
        numberOfChannels: 2,
        sampleRate: SOUNDTRACK_RATE,
        timestamp: (frames - delay) / SOUNDTRACK_RATE,
      });
      frames += left.length;
      await source.add(sample).finally(() => sample.close());
    }
  };
}
