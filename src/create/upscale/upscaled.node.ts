import type { Image } from "../../media/image.ts";
import { parseUpscale, type UpscaleFactor } from "./factor.ts";
import { loadSuperResolution } from "./load.node.ts";

/**
 * Pictures that come one by one at `factor` times their size, by the network that comes with Ganbox; without a factor as they are.
 *
 * @throws {ConfigError} if the network cannot make them so many times as large.
 * @throws {CheckpointError} with the first picture, if its file is missing or damaged.
 */
export function upscaled(
  images: AsyncIterable<Image>,
  factor: UpscaleFactor | undefined,
): AsyncIterable<Image> {
  return factor === undefined ? images : enlarged(images, parseUpscale(factor));
}

async function* enlarged(
  images: AsyncIterable<Image>,
  factor: UpscaleFactor,
): AsyncGenerator<Image, void, undefined> {
  const network = await loadSuperResolution();
  try {
    yield* network.stream(images, factor);
  } finally {
    await network.dispose();
  }
}
