/** @file What the encoders of films have in common. */
import type { Image } from "./image.ts";

/** Coding of the pictures in a film. */
export type VideoCodec = "h264" | "vp9" | "av1";

/** Container formats, by extension. */
export type VideoContainer = "mp4" | "webm";

/** A frame in the colours of video, for who has it already: planes of 4:2:0 as `toI420` makes them. */
export interface PlanarFrame {
  /** Width and height [pixels], even. */
  readonly width: number;
  readonly height: number;
  /** `1.5 W H` bytes: all of Y, then Cb, then Cr. */
  readonly i420: Uint8Array<ArrayBuffer>;
}

/** What an encoder needs to know before the first frame. */
export interface EncoderSettings {
  /** File to write; it exists already and is replaced. */
  readonly path: string;
  readonly container: VideoContainer;
  readonly codec: VideoCodec;
  /** Size of the frames; odd sizes are encoded one pixel larger. */
  readonly width: number;
  readonly height: number;
  /** Frames a second. */
  readonly fps: number;
  /** 0 (smallest file) to 100 (best picture). */
  readonly quality: number;
}

/** Turns frames into a file. Each call waits for the one before; after `finish` or `cancel` there is none. */
export interface FrameEncoder {
  /** Takes the next frame, and resolves when there is room for another one. */
  add(frame: Image | PlanarFrame): Promise<void>;
  /** Writes what is left and closes the file. */
  finish(): Promise<void>;
  /** Stops at once and closes the file, in whatever state. */
  cancel(): Promise<void>;
}

/** Names of the programs that can encode mp4 and webm films. */
export type VideoBackendName = "mediabunny" | "ffmpeg";

/** What a program can do on this machine. */
export interface VideoBackend {
  readonly name: VideoBackendName;
  /** Codecs that it can write here; none if it is absent. */
  readonly codecs: readonly VideoCodec[];
  /** Its version, or why it cannot be used. */
  readonly detail: string;
}

/**
 * Constant-quality factor: 0 is lossless, lower is better.
 *
 * H.264 counts to 51 (16 at quality 80, where differences are hard to see), VP9 and AV1 to 63.
 */
export function qualityFactor(codec: VideoCodec, quality: number): number {
  const h264 = 48 - 0.4 * quality;
  return Math.round(codec === "h264" ? h264 : (h264 * 63) / 51);
}
