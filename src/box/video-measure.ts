import { CheckpointError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import type { Generator } from "../create/generator.ts";
import { loadGenerator } from "../create/load.node.ts";
import { momentOf, movingLatentOf } from "../create/video/moving-latent.ts";
import { makesFilms } from "../create/video/write-film.node.ts";
import { throwIfCancelled } from "../data/cancel.ts";
import { openClips } from "../data/clips/open-clips.node.ts";
import { exampleOf } from "../data/dataset.ts";
import { planesOf } from "../media/planes.ts";
import { frechetDistance } from "../metrics/frechet.ts";
import { gaussianOf } from "../metrics/statistics.ts";
import { clipFeatures } from "../metrics/video/clip-features.ts";
import { loadVideoNetwork } from "../metrics/video/video-network.node.ts";
import { VIDEO_CLIP } from "../metrics/video/video-network.ts";
import { clipNumbers } from "../models/video/shape.ts";
import { checkReal, checkSamples, type Enough, type MeasureControl } from "./measuring.ts";

/** How a video model is measured. */
export interface MeasureVideoOptions extends MeasureControl {
  /** Clips to generate, and real ones to compare with, at most; 64 or more. @default 1000 */
  readonly samples?: number;
}

/** A model's films beside real ones: plain JSON. */
export interface VideoMeasurement {
  /** Hash of the network that clips were compared with: distances of different networks do not compare. */
  readonly network: string;
  /** Clips of 16 frames, real and generated. */
  readonly clips: { readonly real: number; readonly generated: number };
  /** Frechet distance of the features of clips; 0 is best. */
  readonly frechetVideoDistance: number;
  /** The same between two halves of the real clips: what is to be had. */
  readonly floor: number;
  /** Mean difference of neighbouring frames, 0 to 1: how much moves. */
  readonly change: { readonly real: number; readonly generated: number };
}

/** Fewer clips give no Frechet distance worth the name. */
const ENOUGH: Enough = { many: "clips", least: 64, usual: 1000 };

/**
 * Measures the films of a model against real ones, in clips of 16 frames at the rate that it was trained on.
 *
 * @param model A model (.onnx) or the folder of a run.
 * @param source Films to compare with.
 * @throws {CheckpointError} if the model makes no films.
 * @throws {ConfigError} if fewer than 64 clips are to be generated.
 * @throws {DatasetError} if there are fewer than 64 real ones.
 * @throws {CancelledError} if `signal` stopped it.
 */
export async function measureVideo(
  model: string,
  source: string,
  options: MeasureVideoOptions = {},
): Promise<VideoMeasurement> {
  const { samples = 1000, seed = 0, cacheDir, signal, onProgress } = options;
  checkSamples(samples, ENOUGH);
  const generator = await loadGenerator(model);
  if (!makesFilms(generator)) {
    throw new CheckpointError(
      `${model}: a model of the family ${generator.info.architecture.family} makes no films, expected one trained with \`--family video\`. \`ganbox metrics\` measures pictures.`,
    );
  }
  const { architecture } = generator.info;
  const { fps } = clipNumbers(architecture);
  const { frames } = VIDEO_CLIP;
  const clips = await openClips(source, {
    ...{ width: architecture.width, height: architecture.height, fps, frames },
    ...{ seconds: frames / fps, stride: frames / fps / 4 },
    ...(cacheDir === undefined ? {} : { cacheDir }),
    ...(signal === undefined ? {} : { signal }),
    onProgress: (done, total) => onProgress?.("packing films", done, total),
  });
  const moving = [...clips.files.keys()].filter((i) => !clips.still(i));
  const order = new Random(seed).permutation(moving.length).slice(0, samples);
  checkReal(source, order.length, ENOUGH, `of ${frames} frames that move`);
  const network = await loadVideoNetwork();
  const total = order.length + samples;
  let done = 0;
  const noted = async function* (
    planes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const clip of planes) {
      throwIfCancelled(signal);
      yield clip;
      onProgress?.("measuring", ++done, total);
    }
  };
  const realClips = function* (): Iterable<Uint8Array> {
    for (const i of order) yield exampleOf(clips, moving[i] as number);
  };
  try {
    const real = await clipFeatures(network, noted(realClips()), architecture);
    const made = await clipFeatures(
      network,
      noted(generatedClips(generator, samples, seed, fps)),
      architecture,
    );
    const { features } = real;
    const half = Math.floor(features.count / 2);
    const halves = [0, half].map((from) => ({
      count: half,
      width: features.width,
      data: features.data.subarray(from * features.width, (from + half) * features.width),
    }));
    const gaussians = await Promise.all([...halves, features, made.features].map(gaussianOf));
    const [first, second, all, generated] = gaussians as [Gaussian, Gaussian, Gaussian, Gaussian];
    const mean = (x: Float64Array): number => x.reduce((a, b) => a + b, 0) / x.length;
    return {
      network: network.sha256,
      clips: { real: features.count, generated: samples },
      frechetVideoDistance: await frechetDistance(generated, all),
      floor: await frechetDistance(first, second),
      change: { real: mean(real.change), generated: mean(made.change) },
    };
  } finally {
    clips.close();
    await network.dispose();
    await generator.dispose();
  }
}

type Gaussian = Awaited<ReturnType<typeof gaussianOf>>;

/** Planes [48, H, W] of generated clips of 16 frames. */
async function* generatedClips(
  generator: Generator,
  count: number,
  seed: number,
  fps: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { architecture } = generator.info;
  const { frames } = VIDEO_CLIP;
  const moments = function* (): Iterable<ReturnType<typeof momentOf>> {
    for (let n = 0; n < count; n++) {
      const film = movingLatentOf(generator, seed + n);
      for (let f = 0; f < frames; f++) yield momentOf(architecture, film, f / fps);
    }
  };
  const size = 3 * architecture.width * architecture.height;
  let clip = new Uint8Array(frames * size);
  let at = 0;
  for await (const image of generator.generate(moments())) {
    clip.set(planesOf(image), at);
    at += size;
    if (at < clip.length) continue;
    yield clip;
    [clip, at] = [new Uint8Array(frames * size), 0];
  }
}
