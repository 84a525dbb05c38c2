import type { Dataset } from "../../src/data/dataset.ts";
import { openDataset } from "../../src/data/open.node.ts";
import { loadFeatureNetwork } from "../../src/metrics/feature-network.node.ts";
import { frechetDistance } from "../../src/metrics/frechet.ts";
import { type ManifoldMetrics, manifoldMetrics, NEIGHBOURS } from "../../src/metrics/manifold.ts";
import { neighbourhoodsOf } from "../../src/metrics/neighbourhoods.ts";
import { ReferenceSet } from "../../src/metrics/reference-set.node.ts";
import { gaussianOf } from "../../src/metrics/statistics.ts";
import { TensorCache } from "../../src/metrics/tensor-cache.node.ts";
import { CLASSIFIER } from "./classifier.ts";

/** What a perfect generator would measure. */
export interface Floor extends ManifoldMetrics {
  readonly frechetDistance: number;
}

/** Real pictures in the place of generated ones: `count` training pictures against those of the test set. */
export async function floorOf(train: string, test: string, count: number): Promise<Floor> {
  const network = await loadFeatureNetwork(CLASSIFIER);
  const cache = new TensorCache();
  const datasets: Dataset[] = [];
  const referenceOf = async (path: string): Promise<ReferenceSet> => {
    const dataset = await openDataset(path, { resolution: 28 });
    datasets.push(dataset);
    return new ReferenceSet(
      { dataset, network, cache },
      Uint32Array.from({ length: dataset.count }, (_, i) => i),
    );
  };
  const [seen, unseen] = [await referenceOf(train), await referenceOf(test)];
  const { features } = await seen.sample(count);
  const real = await unseen.sample(count);
  const hoods = await neighbourhoodsOf(features, NEIGHBOURS.precisionRecall, "training");
  const floor = {
    frechetDistance: await frechetDistance(await unseen.gaussian(), await gaussianOf(features)),
    ...(await manifoldMetrics(real.features, real.neighbourhoods, features, hoods)),
  };
  for (const dataset of datasets) dataset.close();
  await network.dispose();
  return floor;
}
