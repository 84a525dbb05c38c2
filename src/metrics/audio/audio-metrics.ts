import type { Features } from "../features.ts";
import { frechetDistance } from "../frechet.ts";
import { type KernelDistance, kernelDistance } from "../kernel-distance.ts";
import { type ManifoldMetrics, manifoldMetrics, NEIGHBOURS } from "../manifold.ts";
import { neighbourhoodsOf } from "../neighbourhoods.ts";
import { gaussianOf } from "../statistics.ts";

/** How near some sounds are to real ones. */
export interface AudioMetrics extends ManifoldMetrics {
  /** Sounds that were looked at. */
  readonly count: number;
  /**
   * Frechet audio distance: between normal distributions of features (Kilgour et al. 2019, arXiv:1812.08466), here those of a network of this project. It grows where there are
   * few sounds: compare equal numbers.
   */
  readonly frechetDistance: number;
  /** Kernel distance of the same features, which few sounds do not change: around 0 for equal distributions. */
  readonly kernelDistance: KernelDistance;
}

/**
 * Measures sounds against real ones.
 *
 * @throws {ShapeError} if the sets have different widths.
 * @throws {DatasetError} if a set has 5 sounds or fewer.
 */
export async function measureAudio(sounds: Features, real: Features): Promise<AudioMetrics> {
  const most = Math.max(...Object.values(NEIGHBOURS));
  const hoods = await neighbourhoodsOf(sounds, most, "measured");
  const realHoods = await neighbourhoodsOf(real, most, "real");
  return {
    count: sounds.count,
    frechetDistance: await frechetDistance(await gaussianOf(real), await gaussianOf(sounds)),
    kernelDistance: await kernelDistance(real, sounds),
    ...(await manifoldMetrics(real, realHoods, sounds, hoods)),
  };
}
