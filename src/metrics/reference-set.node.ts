import { CancelledError, invariant } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import { type HostTensor, hostTensor } from "../base/tensor.ts";
import { type Dataset, exampleOf } from "../data/dataset.ts";
import { FeatureExtractor } from "./feature-extractor.ts";
import type { FeatureNetwork } from "./feature-network.ts";
import { type Features, selectRows } from "./features.ts";
import { NEIGHBOURS } from "./manifold.ts";
import { type Neighbourhoods, neighbourhoodsOf } from "./neighbourhoods.ts";
import { type Gaussian, gaussianOf } from "./statistics.ts";
import type { TensorCache, Tensors } from "./tensor-cache.node.ts";

/** Most pictures of a data set that are looked at: the number that the field reports its metrics for. */
export const MAX_PICTURES = 50_000;

/** What features are computed with. */
export interface ReferenceSource {
  readonly dataset: Dataset;
  readonly network: FeatureNetwork;
  readonly cache: TensorCache;
  readonly signal?: AbortSignal | undefined;
  /** Told while features are computed; not called when they are in the cache. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Some of a set's pictures with what manifold metrics need of them. */
export interface Sample {
  readonly features: Features;
  readonly neighbourhoods: Neighbourhoods;
}

/** Real pictures, and what metrics need to know about them: computed when asked for and remembered by content. */
export class ReferenceSet {
  /** Index of each picture in the data set. */
  readonly indices: Uint32Array;
  readonly #source: ReferenceSource;

  /** @param indices Pictures of the data set; of more than 50,000 a random part is taken, always the same. */
  constructor(source: ReferenceSource, indices: Uint32Array) {
    this.#source = source;
    this.indices = indices.length > MAX_PICTURES ? drawn(indices, MAX_PICTURES).sort() : indices;
  }

  /** Source file of each picture. */
  get files(): string[] {
    return [...this.indices].map((i) => this.#source.dataset.files[i] as string);
  }

  /** Features of the pictures, as they are or mirrored left to right. */
  async features(mirrored = false): Promise<Features> {
    const { features } = await this.#remembered(["features", mirrored], async () => ({
      features: tensorOf(await this.#extract(mirrored)),
    }));
    const [count = 0, width = 0] = features?.shape ?? [];
    return { count, width, data: (features as HostTensor<"float32">).data };
  }

  /** Mean and covariance of the features. */
  async gaussian(): Promise<Gaussian> {
    const { mean, covariance } = await this.#remembered(["gaussian"], async () => {
      const { mean: m, covariance: c } = await gaussianOf(await this.features());
      return {
        mean: hostTensor("float64", [m.length], m),
        covariance: hostTensor("float64", [m.length, m.length], c),
      };
    });
    return {
      count: this.indices.length,
      mean: (mean as HostTensor<"float64">).data,
      covariance: (covariance as HostTensor<"float64">).data,
    };
  }

  /** `count` of the pictures, drawn at random but always the same, and their neighbourhoods. */
  async sample(count: number): Promise<Sample> {
    const all = await this.features();
    const features =
      count === all.count
        ? all
        : selectRows(
            all,
            drawn(
              new Uint32Array(all.count).map((_, i) => i),
              count,
            ),
          );
    const { squared, meanDistance } = await this.#remembered(["neighbours", count], async () => {
      const found = await neighbourhoodsOf(features, NEIGHBOURS.densityCoverage, "real");
      return {
        squared: hostTensor("float64", [count, found.neighbours], found.squared),
        meanDistance: hostTensor("float64", [], Float64Array.of(found.meanDistance)),
      };
    });
    return {
      features,
      neighbourhoods: {
        neighbours: NEIGHBOURS.densityCoverage,
        squared: (squared as HostTensor<"float64">).data,
        meanDistance: Number(meanDistance?.data[0]),
      },
    };
  }

  async #extract(mirrored: boolean): Promise<Features> {
    const { dataset, network, signal, onProgress } = this.#source;
    const extractor = new FeatureExtractor(network, dataset, this.indices.length);
    for (const [done, index] of this.indices.entries()) {
      if (signal?.aborted) throw new CancelledError("metrics: stopped on request.");
      await extractor.add(exampleOf(dataset, index, mirrored));
      onProgress?.(done + 1, this.indices.length);
    }
    return extractor.finish().features;
  }

  async #remembered(
    what: readonly (string | number | boolean)[],
    compute: () => Promise<Tensors>,
  ): Promise<Tensors> {
    const { dataset, network, cache } = this.#source;
    const pictures = this.indices.length === dataset.count ? "all" : this.indices.join();
    return await cache.get([dataset.contentHash, network.sha256, pictures, ...what], compute);
  }
}

/** A random part of a list, always the same. */
function drawn(list: Uint32Array, count: number): Uint32Array {
  invariant(count <= list.length, `${count} of ${list.length} pictures cannot be drawn`);
  const order = new Random(0).split("reference").permutation(list.length).subarray(0, count);
  return order.map((place) => list[place] as number);
}

function tensorOf({ count, width, data }: Features): HostTensor<"float32"> {
  return hostTensor("float32", [count, width], data);
}
