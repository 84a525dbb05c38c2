import type { Encoder } from "../../create/encoder.ts";
import type { Generator } from "../../create/generator.ts";
import type { Image } from "../../media/image.ts";
import { type Figure, figureOf } from "./figures.ts";
import { pictureOf, somePictures, type Yardstick } from "./yardstick.ts";

/** Seeds between which the pictures of an interpolation go. */
const WAYS = [
  [0, 1],
  [2, 3],
  [4, 5],
] as const;

/** Pictures of one way. */
export const STEPS = 8;

/** Real pictures that are reconstructed to measure the error, and those of them that are shown. */
const RECONSTRUCTED = { measured: 64, shown: 8 } as const;

/** Pictures that the speed is measured on, and how often: the fastest time counts, since other work only makes it slower. */
const TIMED = { pictures: 32, rounds: 4 } as const;

/** Rows of pictures from one seed to another, the same seeds for every family. */
export async function waysBetweenSeeds(generator: Generator): Promise<Image[]> {
  const images: Image[] = [];
  for (const seeds of WAYS) {
    const along = await generator.path(seeds);
    // The path goes on to the first seed again: half of it is the way there.
    const places = Array.from({ length: STEPS }, (_, i) => along(i / (2 * (STEPS - 1))));
    for await (const image of generator.generate(places)) images.push(image);
  }
  return images;
}

/** Pictures that a generator draws in a second on all cores of this machine, once it is warm. */
export async function drawingSpeed(generator: Generator): Promise<number> {
  const seeds = Array.from({ length: TIMED.pictures }, (_, seed) => seed);
  let fastest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < TIMED.rounds; round++) {
    const begin = performance.now();
    for await (const _ of generator.fromSeeds(seeds));
    fastest = Math.min(fastest, performance.now() - begin);
  }
  return (1000 * seeds.length) / fastest;
}

/** Real pictures and what an autoencoder makes of them. */
export interface Reconstructions {
  /** Peak signal-to-noise ratio [dB], mean over pictures. */
  readonly figure: Figure;
  /** Some real pictures. */
  readonly originals: readonly Image[];
  /** Their reconstructions. */
  readonly copies: readonly Image[];
}

/** Reconstructs some real pictures: those held out if there are any. */
export async function reconstructions(
  encoder: Encoder,
  generator: Generator,
  yardstick: Yardstick,
): Promise<Reconstructions> {
  const { dataset } = yardstick;
  const isConditional = encoder.info.classes.length > 0;
  const indices = somePictures(yardstick.real, RECONSTRUCTED.measured);
  const originals = indices.map((index) => pictureOf(dataset, index));
  const codes = [];
  if (isConditional) {
    for (const [n, index] of indices.entries())
      codes.push(...(await encoder.encode([originals[n] as Image], dataset.labels?.[index] ?? 0)));
  } else codes.push(...(await encoder.encode(originals)));
  const copies: Image[] = [];
  for await (const image of generator.generate(codes)) copies.push(image);
  const ratios = copies.map((copy, n) => signalToNoise(originals[n] as Image, copy));
  const mean = ratios.reduce((sum, x) => sum + x, 0) / ratios.length;
  return {
    figure: ratios.length > 1 ? figureOf(mean, ratios) : { value: mean, error: 0 },
    originals: originals.slice(0, RECONSTRUCTED.shown),
    copies: copies.slice(0, RECONSTRUCTED.shown),
  };
}

/** Where two pictures are the same [dB]: as good as eight bits can be. */
const MOST_DECIBEL = 60;

/** `10 log10(255^2 / mean squared difference)` [dB]. */
function signalToNoise(a: Image, b: Image): number {
  const squares = a.data.reduce((sum, x, i) => sum + (x - (b.data[i] as number)) ** 2, 0);
  if (squares === 0) return MOST_DECIBEL;
  return Math.min(MOST_DECIBEL, 10 * Math.log10((255 ** 2 * a.data.length) / squares));
}
