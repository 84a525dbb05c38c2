import { DatasetError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import type { MusicGenerator } from "../create/music/music-generator.ts";
import { barsFrom } from "../create/music/segments.ts";
import { throwIfCancelled } from "../data/cancel.ts";
import type { MusicDataset } from "../data/music/music-dataset.ts";
import { openMusic } from "../data/music/open-music.node.ts";
import { type Rolls, rollsFrom } from "../data/music/rolls.ts";
import { splitByFile } from "../metrics/held-out.ts";
import { withShuffledSteps } from "../metrics/music/baselines.ts";
import {
  type FiledRolls,
  type MusicMemorisation,
  musicMemorisation,
} from "../metrics/music/music-memorisation.ts";
import { type MusicMetrics, measureMusic } from "../metrics/music/music-metrics.ts";
import { checkReal, checkSamples, type Enough, type MeasureControl } from "./measuring.ts";

/** What of a model of music is measured, and how. */
export interface MeasureMusicOptions extends MeasureControl {
  /** Segments to generate, and real ones to compare with, at most; 4 or more. @default 512 */
  readonly samples?: number;
  /**
   * Part of the source files that the model was not trained on: the music is compared with these, and memorisation is measured. @default 0: compared
   * with all files, no memorisation
   */
  readonly heldOut?: number;
}

/** A model's music beside real music: plain JSON. */
export interface MusicMeasurement {
  readonly data: { readonly source: string; readonly segments: number; readonly heldOut: number };
  /** MuseGAN's metrics of real segments, of generated ones, and of the real ones with their steps shuffled. */
  readonly real: MusicMetrics;
  readonly generated: MusicMetrics;
  readonly shuffled: MusicMetrics;
  /** Null if nothing was held out. */
  readonly memorisation: MusicMemorisation | null;
}

/** Segments of one generated piece: the first begins from silence, the others go on from what the model made itself. */
const SEGMENTS_PER_PIECE = 4;

/** What can be measured: one piece. */
const ENOUGH: Enough = { many: "segments", least: SEGMENTS_PER_PIECE, usual: 256 };

/** Segments that memorisation looks for: each costs a comparison with all training segments. */
const COMPARED = 256;

/**
 * Measures the pieces of a model against a folder of MIDI files.
 *
 * @throws {DatasetError} if the folder cannot be used, or it or what is held out of it holds too few segments.
 * @throws {ConfigError} if an option is out of range.
 * @throws {CancelledError} if `signal` stopped it.
 */
export async function measureMusicModel(
  generator: MusicGenerator,
  source: string,
  options: MeasureMusicOptions = {},
): Promise<MusicMeasurement> {
  const { samples = 512, seed = 0, heldOut = 0, cacheDir, signal, onProgress } = options;
  checkSamples(samples, ENOUGH);
  const music = await openMusic(source, {
    bars: generator.segmentBars,
    format: generator.format,
    ...(cacheDir === undefined ? {} : { cacheDir }),
    ...(signal === undefined ? {} : { signal }),
    onProgress: (done, total) => onProgress?.("reading MIDI files", done, total),
  });
  const parts = splitByFile(music.files, heldOut);
  const apart = heldOut === 0 ? parts.training : parts.heldOut;
  const real = filed(music, someOf(apart, samples, seed));
  const whose = `of ${music.bars} bars${heldOut === 0 ? "" : " in the files that are held out"}`;
  checkReal(source, real.rolls.count, ENOUGH, whose);
  const generated = await generatedRolls(generator, samples, options);
  checkSound(generated);
  onProgress?.("measuring", 0, 1);
  return {
    data: { source, segments: real.rolls.count, heldOut },
    real: measureMusic(real.rolls),
    generated: measureMusic(generated),
    shuffled: measureMusic(withShuffledSteps(real.rolls, seed)),
    memorisation:
      heldOut === 0
        ? null
        : musicMemorisation({
            generated: firstOf(generated, COMPARED),
            training: filed(music, parts.training),
            unseen: filed(music, someOf(parts.heldOut, COMPARED, seed)),
          }),
  };
}

/** Some of the segments, in a random order. */
function someOf(indices: Uint32Array, count: number, seed: number): Uint32Array {
  const order = new Random(seed).split("real").permutation(indices.length);
  return Uint32Array.from(order.subarray(0, count), (i) => indices[i] as number);
}

function filed(music: MusicDataset, indices: Uint32Array): FiledRolls {
  return {
    rolls: rollsFrom(music, indices),
    files: Array.from(indices, (i) => music.files[i] as string),
  };
}

async function generatedRolls(
  generator: MusicGenerator,
  samples: number,
  { seed = 0, signal, onProgress }: MeasureControl,
): Promise<Rolls> {
  const { format, segmentBars: bars } = generator;
  const pieces = Math.ceil(samples / SEGMENTS_PER_PIECE);
  const seeds = Array.from({ length: pieces }, (_, i) => seed * pieces + i);
  const segments: Uint8Array[] = [];
  let done = 0;
  for await (const piece of generator.pieces(seeds, { bars: bars * SEGMENTS_PER_PIECE })) {
    throwIfCancelled(signal);
    for (let k = 0; k < SEGMENTS_PER_PIECE; k++)
      segments.push(barsFrom(piece, k * bars, bars).data);
    onProgress?.("generating pieces", ++done, pieces);
  }
  const size = segments[0]?.length ?? 0;
  const data = new Uint8Array(segments.length * size);
  for (const [i, segment] of segments.entries()) data.set(segment, i * size);
  return firstOf({ format, bars, count: segments.length, data }, samples);
}

function firstOf(rolls: Rolls, count: number): Rolls {
  const kept = Math.min(count, rolls.count);
  return {
    ...rolls,
    count: kept,
    data: rolls.data.subarray(0, (kept * rolls.data.length) / rolls.count),
  };
}

function checkSound({ data }: Rolls): void {
  if (data.some((cell) => cell !== 0)) return;
  throw new DatasetError(
    "music: the model makes nothing but silence, expected notes. Train it longer.",
  );
}
