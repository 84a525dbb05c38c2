import { Random } from "../../src/base/random.ts";
import { Upscaler } from "../../src/create/music-video/upscale.ts";
import type { SuperResolution } from "../../src/create/upscale/super-resolution.ts";
import { resizeImage } from "../../src/media/image.node.ts";
import type { Image } from "../../src/media/image.ts";
import { windowPlanes } from "../../src/media/planes.ts";
import { FeatureExtractor } from "../../src/metrics/feature-extractor.ts";
import { loadFeatureNetwork } from "../../src/metrics/feature-network.node.ts";
import type { FeatureNetwork } from "../../src/metrics/feature-network.ts";
import type { Features } from "../../src/metrics/features.ts";
import { frechetDistance } from "../../src/metrics/frechet.ts";
import { kernelDistance } from "../../src/metrics/kernel-distance.ts";
import { FeatureStatistics, type Gaussian } from "../../src/metrics/statistics.ts";
import { spoiled } from "./photos.ts";
import { psnr, ssim } from "./similarity.ts";

/** A way to make pictures `factor` times as large. */
export type Method = (image: Image, factor: 2 | 4) => Promise<Image>;

/** The filter of music videos and posters, and networks by name. */
export function methodsOf(
  networks: Readonly<Record<string, SuperResolution>>,
): Record<string, Method> {
  const learned = Object.entries(networks).map(([name, network]): [string, Method] => [
    name,
    async (image, factor) => (await network.enlarge([image], factor))[0] as Image,
  ]);
  return { Lanczos: lanczos, ...Object.fromEntries(learned) };
}

const lanczos: Method = async (image, factor) => {
  const size = { width: factor * image.width, height: factor * image.height };
  return new Upscaler({ ...size, fit: "cover" }).image(image);
};

/** A picture made small, by how much, and how. */
interface Task {
  readonly factor: 2 | 4;
  readonly small: (image: Image, index: number) => Promise<Image>;
}

const TASKS: Readonly<Record<string, Task>> = {
  "2x": { factor: 2, small: (image) => resizeImage(image, image.width / 2, image.height / 2) },
  "2x of spoiled pictures": {
    factor: 2,
    small: (image, index) => spoiled(image, new Random(0).split("measure").split(index)),
  },
  "4x": { factor: 4, small: (image) => resizeImage(image, image.width / 4, image.height / 4) },
};

/** How near enlarged photographs are to the real ones. */
export interface Measured {
  readonly task: string;
  readonly method: string;
  /** [dB] */
  readonly psnr: number;
  readonly ssim: number;
  /** In the features of mixed5, of parts of 128 pixels. */
  readonly kid: number;
  readonly fd: number;
}

/** Sides of the parts that features are taken of, and from one to the next [pixels]. */
const [PART, STRIDE] = [128, 64];

/** Measures all methods on photographs that no training saw. */
export async function measure(
  photos: readonly Image[],
  methods: Readonly<Record<string, Method>>,
): Promise<Measured[]> {
  const network = await loadFeatureNetwork("mixed5");
  const real = await featuresOf(photos, network);
  const results: Measured[] = [];
  for (const [task, { factor, small }] of Object.entries(TASKS)) {
    const reduced = await Promise.all(photos.map(small));
    for (const [method, enlarge] of Object.entries(methods)) {
      const large: Image[] = [];
      for (const image of reduced) large.push(await enlarge(image, factor));
      const made = await featuresOf(large, network);
      const mean = (of: (a: Image, b: Image) => number): number =>
        large.reduce((sum, image, i) => sum + of(image, photos[i] as Image), 0) / large.length;
      results.push({
        ...{ task, method, psnr: mean(psnr), ssim: mean(ssim) },
        kid: (await kernelDistance(real, made, { subsets: 1 })).mean,
        fd: await frechetDistance(await gaussianOf(real), await gaussianOf(made)),
      });
    }
  }
  await network.dispose();
  return results;
}

async function featuresOf(images: readonly Image[], network: FeatureNetwork): Promise<Features> {
  const parts = images.flatMap((image) => {
    const places: { left: number; top: number }[] = [];
    for (let top = 0; top + PART <= image.height; top += STRIDE)
      for (let left = 0; left + PART <= image.width; left += STRIDE) places.push({ left, top });
    return places.map((place) => windowPlanes(image, place, { width: PART, height: PART }));
  });
  const size = { width: PART, height: PART };
  const extractor = new FeatureExtractor(network, size, parts.length);
  for (const part of parts) await extractor.add(part);
  return extractor.finish().features;
}

async function gaussianOf(features: Features): Promise<Gaussian> {
  const statistics = new FeatureStatistics(features.width);
  await statistics.add(features);
  return statistics.finish();
}
