import { type FileHandle, open } from "node:fs/promises";
import type {
  Output,
  OutputFormat,
  StreamTarget,
  StreamTargetChunk,
  VideoSampleSource,
} from "mediabunny";
import type { Image } from "./image.ts";
import { loadMediabunny } from "./mediabunny.node.ts";
import {
  type EncoderSettings,
  type FrameEncoder,
  type PlanarFrame,
  qualityFactor,
  type VideoBackend,
  type VideoCodec,
} from "./video-backend.ts";
import { evenSize, planesOf } from "./video-yuv.ts";

type Mediabunny = typeof import("mediabunny");

/** Mediabunny's names of the codecs. */
export const CODECS = { h264: "avc", vp9: "vp9", av1: "av1" } as const satisfies Record<
  VideoCodec,
  string
>;

/** Colours of the frames that `toI420` makes. */
export const BT709 = {
  primaries: "bt709",
  transfer: "bt709",
  matrix: "bt709",
  fullRange: false,
} as const;

/** What mediabunny and its codecs for Node, both optional packages, can write here. */
export async function probeMediabunny(): Promise<VideoBackend> {
  try {
    const mediabunny = await loadMediabunny();
    const codecs: VideoCodec[] = [];
    for (const codec of Object.keys(CODECS) as VideoCodec[]) {
      const quality = new mediabunny.Quality({ quantizer: quantizerOf(codec, 80) });
      const hardwareAcceleration = "prefer-software";
      if (await mediabunny.canEncodeVideo(CODECS[codec], { quality, hardwareAcceleration }))
        codecs.push(codec);
    }
    return { name: "mediabunny", codecs, detail: "mediabunny with @mediabunny/server" };
  } catch (cause) {
    const reason = (cause as Error).message.split("\n", 1)[0];
    return { name: "mediabunny", codecs: [], detail: `mediabunny does not load (${reason})` };
  }
}

/** `qualityFactor` on mediabunny's scale, which counts to 255 for AV1. */
function quantizerOf(codec: VideoCodec, quality: number): number {
  return qualityFactor(codec, quality) * (codec === "av1" ? 4 : 1);
}

/** Encodes with the FFmpeg libraries inside @mediabunny/server and writes the container with mediabunny. */
export class MediabunnyEncoder implements FrameEncoder {
  readonly #mediabunny: Mediabunny;
  readonly #file: FileHandle;
  readonly #output: Output<OutputFormat, StreamTarget>;
  readonly #source: VideoSampleSource;
  readonly #fps: number;
  #frames = 0;

  private constructor(mediabunny: Mediabunny, file: FileHandle, settings: EncoderSettings) {
    const { container, codec, fps, quality } = settings;
    this.#file = file;
    this.#mediabunny = mediabunny;
    this.#fps = fps;
    this.#output = new mediabunny.Output({
      format:
        container === "mp4" ? new mediabunny.Mp4OutputFormat() : new mediabunny.WebMOutputFormat(),
      target: new mediabunny.StreamTarget(streamTo(file), { chunked: true }),
    });
    this.#source = new mediabunny.VideoSampleSource({
      codec: CODECS[codec],
      quality: new mediabunny.Quality({ quantizer: quantizerOf(codec, quality) }),
      hardwareAcceleration: "prefer-software",
      onEncodedPacket: (_, meta) => {
        // The encoder drops the colour tags of the frames; players would guess BT.601 and shift the colours.
        if (meta?.decoderConfig) meta.decoderConfig.colorSpace = BT709;
      },
    });
    this.#output.addVideoTrack(this.#source, { frameRate: fps });
  }

  /** Loads the packages and starts the file. */
  static async open(settings: EncoderSettings): Promise<MediabunnyEncoder> {
    const mediabunny = await loadMediabunny();
    const file = await open(settings.path, "w");
    try {
      const encoder = new MediabunnyEncoder(mediabunny, file, settings);
      await encoder.#output.start();
      return encoder;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async add(frame: Image | PlanarFrame): Promise<void> {
    const sample = new this.#mediabunny.VideoSample(planesOf(frame), {
      format: "I420",
      codedWidth: evenSize(frame.width),
      codedHeight: evenSize(frame.height),
      timestamp: this.#frames / this.#fps,
      duration: 1 / this.#fps,
      colorSpace: BT709,
    });
    this.#frames++;
    try {
      await this.#source.add(sample);
    } finally {
      sample.close();
    }
  }

  async finish(): Promise<void> {
    await this.#output.finalize();
    await this.#file.close();
  }

  async cancel(): Promise<void> {
    try {
      await this.#output.cancel();
    } finally {
      await this.#file.close();
    }
  }
}

/** Where the muxer writes. Its own way to a file takes a write that a full disk cut short for a whole one. */
export function streamTo(file: FileHandle): WritableStream<StreamTargetChunk> {
  return new WritableStream({
    write: async ({ data, position }) => {
      for (let at = 0; at < data.length; ) {
        const { bytesWritten } = await file.write(data, at, data.length - at, position + at);
        at += bytesWritten;
      }
    },
  });
}
