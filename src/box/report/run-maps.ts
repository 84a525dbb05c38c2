import { GanboxError } from "../../base/errors.ts";
import { loadGenerator } from "../../create/load.node.ts";
import { planesOf } from "../../media/planes.ts";
import { scatterPlot } from "../../media/plot/scatter-plot.ts";
import { FeatureExtractor } from "../../metrics/feature-extractor.ts";
import { loadFeatureNetwork } from "../../metrics/feature-network.node.ts";
import type { FeatureNetwork } from "../../metrics/feature-network.ts";
import type { Features } from "../../metrics/features.ts";
import { splitByFile } from "../../metrics/held-out.ts";
import { ReferenceSet } from "../../metrics/reference-set.node.ts";
import { TensorCache } from "../../metrics/tensor-cache.node.ts";
import { mediumOf } from "../../models/registry.ts";
import { RunFolder } from "../../train/run-folder.node.ts";
import { type Maps, mapsOf } from "../compare/maps.ts";
import type { RunRecord } from "../workspace/run-record.ts";
import { shortNumber } from "./numbers.ts";
import type { PlotsOptions } from "./run-plots.ts";

/** Pictures of each kind on a map. */
const PICTURES = 300;

/** A plot and the name of its file. */
interface NamedPlot {
  readonly name: string;
  readonly svg: string;
}

/**
 * Maps of the features of real pictures and of samples of a run's newest generator: by principal components and by UMAP.
 *
 * @returns The maps, and why there are none if there are none.
 */
export async function runMaps(
  { summary }: RunRecord,
  options: PlotsOptions,
): Promise<{ readonly maps: readonly NamedPlot[]; readonly notes: readonly string[] }> {
  if (summary.problem !== undefined) return { maps: [], notes: [] };
  try {
    const maps = await features(summary.path, options);
    return { maps: maps === undefined ? [] : plots(maps), notes: [] };
  } catch (error) {
    if (!(error instanceof GanboxError) || error.code === "E_CANCELLED") throw error;
    return { maps: [], notes: [`There are no maps: ${error.message}`] };
  }
}

async function features(
  path: string,
  { cacheDir, signal, onProgress = () => undefined }: PlotsOptions,
): Promise<Maps | undefined> {
  const { config } = RunFolder.open(path);
  // Brings training along: loaded only when needed.
  const { openExamples } = await import("../../train/media.node.ts");
  if (mediumOf(config.architecture.family) !== "pictures") return undefined;
  const dataset = await openExamples(config.data.source, config, ({ stage, done, total }) =>
    onProgress(stage, done, total),
  );
  const network = await loadFeatureNetwork("mixed5");
  try {
    const { training } = splitByFile(dataset.files, config.heldOut);
    const real = new ReferenceSet(
      {
        dataset,
        network,
        cache: new TensorCache(cacheDir),
        signal,
        onProgress: (done, total) => onProgress("features of pictures", done, total),
      },
      training.filter((_, i) => i % Math.ceil(training.length / PICTURES) === 0),
    );
    const sets = [await real.features(), await sampleFeatures(path, network, onProgress)];
    return await mapsOf(sets, config.seed, onProgress);
  } finally {
    dataset.close();
    await network.dispose();
  }
}

async function sampleFeatures(
  run: string,
  network: FeatureNetwork,
  onProgress: (stage: string, done: number, total: number) => void,
): Promise<Features> {
  const generator = await loadGenerator(run);
  const extractor = new FeatureExtractor(network, generator.info.architecture, PICTURES);
  try {
    let done = 0;
    const seeds = Array.from({ length: PICTURES }, (_, seed) => seed);
    for await (const image of generator.fromSeeds(seeds)) {
      await extractor.add(planesOf(image));
      onProgress("features of samples", ++done, PICTURES);
    }
    return extractor.finish().features;
  } finally {
    await generator.dispose();
  }
}

function plots({ pca, umap, components }: Maps): NamedPlot[] {
  const percent = (i: number): string => `${shortNumber(100 * (components.shares[i] ?? 0))} %`;
  const clouds = (places: Maps["pca"]): Parameters<typeof scatterPlot>[0] =>
    ["real pictures", "samples"].map((name, i) => ({ name, points: places[i] ?? [] }));
  const size = { width: 480, height: 440 };
  return [
    {
      name: "map-pca",
      svg: scatterPlot(clouds(pca), {
        ...size,
        label: "Principal components of features of real pictures and samples",
        xLabel: `principal components: ${percent(0)} and ${percent(1)} of the variance`,
      }),
    },
    {
      name: "map-umap",
      svg: scatterPlot(clouds(umap), {
        ...size,
        label: "UMAP of features of real pictures and samples",
        xLabel: "UMAP: what is near stays near",
      }),
    },
  ];
}
