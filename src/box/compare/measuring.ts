import { CancelledError } from "../../base/errors.ts";
import { loadAutoencoder } from "../../create/autoencoder.node.ts";
import type { Encoder } from "../../create/encoder.ts";
import type { Generator } from "../../create/generator.ts";
import { loadGenerator } from "../../create/load.node.ts";
import type { Image } from "../../media/image.ts";
import { squarePlanes } from "../../media/planes.ts";
import { FeatureExtractor } from "../../metrics/feature-extractor.ts";
import { type Features, selectRows } from "../../metrics/features.ts";
import type { ClosestPair } from "../../metrics/memorisation.ts";
import { familyOf } from "../../models/registry.ts";
import { type Figure, type Figures, figureOf } from "./figures.ts";
import { drawingSpeed, type Reconstructions, reconstructions, waysBetweenSeeds } from "./looks.ts";
import { qualityOf } from "./quality.ts";
import { sharpnessOf } from "./sharpness.ts";
import { pictureOf, somePictures, type Yardstick } from "./yardstick.ts";

/** Samples that the page shows, and those that its maps show. */
export const SHOWN = { samples: 36, closest: 8, onMaps: 300 } as const;

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
 * Measures the model of a run: the averaged generator as it is at the end.
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
    const { yardstick } = measuring;
    const drawn = await drawSamples(generator, measuring, family);
    const quality = await qualityOf(yardstick, drawn.output, (stage) =>
      measuring.onProgress(`measuring ${family}: ${stage}`, 0, 1),
    );
    const rebuilt =
      encoder === undefined ? undefined : await reconstructions(encoder, generator, yardstick);
    const { count } = drawn.output.features;
    const onMaps = Array.from({ length: Math.min(count, SHOWN.onMaps) }, (_, i) => i);
    return {
      figures: {
        ...quality.figures,
        ...drawn.sharpness,
        ...(rebuilt === undefined ? {} : { reconstruction: rebuilt.figure }),
      },
      imagesPerSecond: await drawingSpeed(generator),
      notes: quality.notes,
      features: selectRows(drawn.output.features, onMaps),
      samples: drawn.images,
      ways: await waysBetweenSeeds(generator),
      closest: await closestPairs(generator, quality.closest, yardstick),
      ...(rebuilt === undefined ? {} : { reconstructions: rebuilt }),
    };
  } finally {
    await dispose();
  }
}

async function loadFamily(
  family: string,
  run: string,
): Promise<{ generator: Generator; encoder?: Encoder; dispose: () => Promise<void> }> {
  if (familyOf(family).encoder !== undefined) return await loadAutoencoder(run);
  const generator = await loadGenerator(run);
  return { generator, dispose: () => generator.dispose() };
}

interface Drawn {
  readonly output: ReturnType<FeatureExtractor["finish"]>;
  readonly images: readonly Image[];
  readonly sharpness: { readonly sharpness?: Figure };
}

/** Draws the pictures of seeds 0 .. samples - 1 and takes their features. */
async function drawSamples(
  generator: Generator,
  { yardstick, samples, signal, onProgress }: Measuring,
  family: string,
): Promise<Drawn> {
  const { resolution } = generator.info.architecture;
  const extractor = new FeatureExtractor(yardstick.network, resolution, samples);
  const images: Image[] = [];
  const sharp: number[] = [];
  let done = 0;
  for await (const image of generator.fromSeeds(Array.from({ length: samples }, (_, i) => i))) {
    if (signal?.aborted) throw new CancelledError("compare: stopped on request while measuring.");
    if (images.length < SHOWN.samples) images.push(image);
    sharp.push(sharpnessOf(image));
    await extractor.add(squarePlanes(image, 0, image.width));
    onProgress(`drawing samples of ${family}`, ++done, samples);
  }
  return { output: extractor.finish(), images, sharpness: relativeSharpness(sharp, yardstick) };
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
