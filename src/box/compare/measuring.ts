import { CancelledError } from "../../base/errors.ts";
import { hostTensor } from "../../base/tensor.ts";
import { loadAutoencoder } from "../../create/autoencoder.node.ts";
import type { Encoder } from "../../create/encoder.ts";
import type { Generator } from "../../create/generator.ts";
import { loadGenerator } from "../../create/load.node.ts";
import type { Image } from "../../media/image.ts";
import { planesOf } from "../../media/planes.ts";
import { FeatureExtractor } from "../../metrics/feature-extractor.ts";
import type { FeatureNetwork } from "../../metrics/feature-network.ts";
import { type Features, selectRows } from "../../metrics/features.ts";
import type { ClosestPair } from "../../metrics/memorisation.ts";
import type { Tensors } from "../../metrics/tensor-cache.node.ts";
import { familyOf } from "../../models/registry.ts";
import { type Figure, type Figures, figureOf } from "./figures.ts";
import { drawingSpeed, type Reconstructions, reconstructions, waysBetweenSeeds } from "./looks.ts";
import { qualityOf } from "./quality.ts";
import {
  modelHash,
  type Remembered,
  readRemembered,
  rememberedFile,
  writeRemembered,
} from "./remembered.ts";
import { sharpnessOf } from "./sharpness.ts";
import { pictureOf, somePictures, type Yardstick } from "./yardstick.ts";

/** Samples that the page shows, and those that its maps show. */
export const SHOWN = { samples: 36, closest: 8, onMaps: 300 } as const;

/** Samples that are remembered together: an interruption costs no more than these. No fewer than maps show. */
const CHUNK = 500;

/** A measured model, with what the page shows of it. */
export interface Measured {
  readonly figures: Figures;
  readonly imagesPerSecond: number;
  readonly notes: readonly string[];
  /** Features of its first samples, for maps. */
  readonly features: Features;
  readonly samples: readonly Image[];
  /** Ways between seeds, row by row. */
  readonly ways: readonly Image[];
  /** Samples that are nearest to training pictures, each with that picture. */
  readonly closest: readonly (readonly [sample: Image, training: Image])[];
  /** Only of autoencoders. */
  readonly reconstructions?: Reconstructions;
}

/** How a model is measured. */
export interface Measuring {
  readonly yardstick: Yardstick;
  readonly samples: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (stage: string, done: number, total: number) => void;
}

/**
 * Measures the model of a run: the averaged generator as it is at the end. What was measured before of the same model in the same way is not measured again.
 *
 * @param run Folder of the run.
 * @throws {CheckpointError} if it has no model, or it is damaged.
 * @throws {CancelledError} if the signal stopped it.
 */
export async function measureFamily(
  family: string,
  run: string,
  measuring: Measuring,
): Promise<Measured> {
  const { generator, encoder, dispose } = await loadFamily(family, run);
  try {
    const { yardstick, samples } = measuring;
    const model = modelHash(run);
    const file = rememberedFile(run, model, yardstick, samples);
    const known = readRemembered(file);
    const count = known === undefined ? samples : Math.min(samples, CHUNK);
    const drawn = await drawSamples({ family, generator, model }, count, measuring);
    const quality = known ?? (await measured(family, generator, drawn, measuring));
    if (known === undefined) writeRemembered(file, quality);
    const rebuilt =
      encoder === undefined ? undefined : await reconstructions(encoder, generator, yardstick);
    const onMaps = Array.from({ length: Math.min(count, SHOWN.onMaps) }, (_, i) => i);
    return {
      figures: {
        ...quality.figures,
        ...(rebuilt === undefined ? {} : { reconstruction: rebuilt.figure }),
      },
      imagesPerSecond: quality.imagesPerSecond,
      notes: quality.notes,
      features: selectRows(drawn.features, onMaps),
      samples: await firstImages(generator, Math.min(samples, SHOWN.samples)),
      ways: await waysBetweenSeeds(generator),
      closest: await closestPairs(generator, quality.closest, yardstick),
      ...(rebuilt === undefined ? {} : { reconstructions: rebuilt }),
    };
  } finally {
    await dispose();
  }
}

async function measured(
  family: string,
  generator: Generator,
  { features, sharp }: Drawn,
  { yardstick, onProgress }: Measuring,
): Promise<Remembered> {
  const quality = await qualityOf(yardstick, { features, logits: undefined }, (stage) =>
    onProgress(`measuring ${family}: ${stage}`, 0, 1),
  );
  const closest = quality.closest.slice(0, SHOWN.closest);
  return {
    figures: { ...quality.figures, ...relativeSharpness([...sharp], yardstick) },
    closest: closest.map(({ generated, training, distance }) => ({
      generated,
      training,
      distance,
    })),
    notes: quality.notes,
    imagesPerSecond: await drawingSpeed(generator),
  };
}

async function loadFamily(
  family: string,
  run: string,
): Promise<{ generator: Generator; encoder?: Encoder; dispose: () => Promise<void> }> {
  if (familyOf(family).encoder !== undefined) return await loadAutoencoder(run);
  const generator = await loadGenerator(run);
  return { generator, dispose: () => generator.dispose() };
}

/** Samples as metrics see them. */
interface Drawn {
  readonly features: Features;
  /** Sharpness of each. */
  readonly sharp: Float64Array;
}

/** A family's generator, and the SHA-256 of its file. */
interface Drawing {
  readonly family: string;
  readonly generator: Generator;
  readonly model: string;
}

/** The pictures of seeds 0 .. count - 1: their features and sharpness, remembered by the content of the model. */
async function drawSamples(
  drawing: Drawing,
  count: number,
  { yardstick, signal, onProgress }: Measuring,
): Promise<Drawn> {
  const { network, cache } = yardstick;
  const features = new Float32Array(count * network.width);
  const sharp = new Float64Array(count);
  for (let first = 0; first < count; first += CHUNK) {
    const size = Math.min(CHUNK, count - first);
    const onDone = (done: number): void => {
      if (signal?.aborted) throw new CancelledError("compare: stopped on request while measuring.");
      onProgress(`drawing samples of ${drawing.family}`, first + done, count);
    };
    const key = ["samples", drawing.model, network.sha256, first, size];
    const chunk = await cache.get(key, () => drawChunk(drawing, network, { first, size, onDone }));
    features.set(chunk.features?.data as Float32Array, first * network.width);
    sharp.set(chunk.sharp?.data as Float64Array, first);
  }
  return { features: { count, width: network.width, data: features }, sharp };
}

async function drawChunk(
  { generator }: Drawing,
  network: FeatureNetwork,
  { first, size, onDone }: { first: number; size: number; onDone: (done: number) => void },
): Promise<Tensors> {
  const extractor = new FeatureExtractor(network, generator.info.architecture, size);
  const sharp = new Float64Array(size);
  let done = 0;
  for await (const image of generator.fromSeeds(
    Array.from({ length: size }, (_, i) => first + i),
  )) {
    sharp[done] = sharpnessOf(image);
    await extractor.add(planesOf(image));
    onDone(++done);
  }
  const { width, data } = extractor.finish().features;
  return {
    features: hostTensor("float32", [size, width], data),
    sharp: hostTensor("float64", [size], sharp),
  };
}

async function firstImages(generator: Generator, count: number): Promise<Image[]> {
  const images: Image[] = [];
  for await (const image of generator.fromSeeds(Array.from({ length: count }, (_, i) => i)))
    images.push(image);
  return images;
}

/** Real pictures that sharpness is compared with. */
const REAL_SHARPNESS = 1000;

/** Sharpness as a part of that of real pictures; nothing where these are blank. */
function relativeSharpness(
  sharp: readonly number[],
  yardstick: Yardstick,
): { readonly sharpness?: Figure } {
  const indices = somePictures(yardstick.real, REAL_SHARPNESS);
  const real =
    indices.reduce((sum, i) => sum + sharpnessOf(pictureOf(yardstick.dataset, i)), 0) /
    indices.length;
  if (real === 0) return {};
  const ratios = sharp.map((value) => value / real);
  const mean = ratios.reduce((sum, x) => sum + x, 0) / ratios.length;
  return { sharpness: figureOf(mean, ratios) };
}

/** The training pictures come first, then the same mirrored. */
async function closestPairs(
  generator: Generator,
  closest: readonly ClosestPair[],
  { dataset, training }: Yardstick,
): Promise<[Image, Image][]> {
  const pairs = closest.slice(0, SHOWN.closest);
  if (pairs.length === 0) return [];
  const images: [Image, Image][] = [];
  for await (const image of generator.fromSeeds(pairs.map(({ generated }) => generated))) {
    const { training: place = 0 } = pairs[images.length] ?? {};
    const count = training.indices.length;
    const index = training.indices[place % count] ?? 0;
    images.push([image, pictureOf(dataset, index, place >= count)]);
  }
  return images;
}
