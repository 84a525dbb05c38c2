import { CheckpointError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import type { HostTensor } from "../base/tensor.ts";
import type { Dataset } from "../data/dataset.ts";
import { Engine } from "../engine/engine.ts";
import { FeatureExtractor } from "../metrics/feature-extractor.ts";
import { loadFeatureNetwork } from "../metrics/feature-network.node.ts";
import type { FeatureNetwork } from "../metrics/feature-network.ts";
import type { Features } from "../metrics/features.ts";
import { splitByFile } from "../metrics/held-out.ts";
import { kernelDistance } from "../metrics/kernel-distance.ts";
import { type FiledFeatures, memorisation } from "../metrics/memorisation.ts";
import { neighbourhoodsOf } from "../metrics/neighbourhoods.ts";
import { ReferenceSet } from "../metrics/reference-set.node.ts";
import { TensorCache } from "../metrics/tensor-cache.node.ts";
import { decodeGenerator, generatorGraph } from "../models/model-file.ts";
import { openExamples } from "./media.node.ts";
import type { RunFolder } from "./run-folder.node.ts";
import { feedsOf } from "./samples.ts";

/** Generated pictures: enough to tell snapshots apart, and 7 s of processor time at mixed5's 14 ms a picture. */
const SAMPLES = 500;

/** Most real pictures of a kind; of more, a random part stands for them, always the same. */
const REFERENCES = 2000;

/** Pictures of a run of the generator. */
const BATCH = 16;

/** Random subsets of a kernel distance: more of smaller ones, which cost less and differ more. */
const subsetsOf = (size: number): number => Math.min(100, Math.max(10, Math.round(5000 / size)));

/** Values of the quick metric; see `MetricEvent`. */
export interface QuickMetric {
  readonly network: string;
  readonly samples: number;
  readonly kid: number;
  readonly diversity: number;
  readonly memorised?: number;
  readonly nearest?: number;
}

/** What snapshots of a run are compared with. */
interface References {
  /** Pictures to be like: all, or those held out. */
  readonly real: FiledFeatures;
  /** Pictures that copies are looked for in, with their mirror images if the model sees them. */
  readonly training: FiledFeatures;
  /** Mean distance of two real pictures. */
  readonly spread: number;
}

/** Measures snapshots of a run's generator against its data set. Everything is a function of the run and the snapshot: no random stream is shared with training. */
export class QuickMeter {
  readonly #network: FeatureNetwork;
  readonly #engine: Engine;
  readonly #references: References;

  private constructor(network: FeatureNetwork, engine: Engine, references: References) {
    this.#network = network;
    this.#engine = engine;
    this.#references = references;
  }

  /**
   * Opens the data set of a run and computes its features, or takes them from the cache.
   *
   * @param onProgress Told while features are computed.
   * @throws {CheckpointError} if the pictures are others than the run's.
   * @throws {DatasetError} if they cannot be opened.
   */
  static async open(
    { config }: RunFolder,
    onProgress: (stage: string, done: number, total: number) => void,
  ): Promise<QuickMeter> {
    const { data, threads } = config;
    const dataset = await openExamples(data.source, config, ({ stage, done, total }) =>
      onProgress(stage, done, total),
    );
    try {
      if (dataset.contentHash !== data.hash)
        throw new CheckpointError(`${data.source}: the pictures have changed since the run began.`);
      const network = await loadFeatureNetwork("mixed5");
      const references = await referencesOf(dataset, network, config, onProgress);
      return new QuickMeter(network, await Engine.create({ threads, provider: "cpu" }), references);
    } finally {
      dataset.close();
    }
  }

  /**
   * @param model Bytes of the generator's ONNX file.
   * @param where Name of the file, for messages.
   */
  async measure(model: Uint8Array, where: string): Promise<QuickMetric> {
    const generated = await this.#features(model, where);
    const { real, training, spread } = this.#references;
    const subsets = subsetsOf(Math.min(SAMPLES, real.features.count));
    const { mean } = await kernelDistance(real.features, generated, { subsets });
    const { meanDistance } = await neighbourhoodsOf(generated, 1, "generated");
    const values = { kid: mean, diversity: meanDistance / spread };
    const head = { network: this.#network.name, samples: SAMPLES, ...values };
    if (new Set(training.files).size < 2) return head;
    const { share, medianRatio } = await memorisation({ generated, training, unseen: real });
    return { ...head, memorised: share, nearest: medianRatio };
  }

  async #features(model: Uint8Array, where: string): Promise<Features> {
    const { info, weights } = decodeGenerator(model, where);
    const { architecture } = info;
    const { images } = generatorGraph(architecture, BATCH);
    const program = await this.#engine.compile({ images }, { weights, tune: false });
    const extractor = new FeatureExtractor(this.#network, architecture, SAMPLES);
    const size = 3 * architecture.height * architecture.width;
    for (let first = 0; first < SAMPLES; first += BATCH) {
      const { results } = await program.run(feedsOf(architecture, first, BATCH));
      const pixels = toBytes(results.images as HostTensor);
      for (let i = 0; i < BATCH && first + i < SAMPLES; i++)
        await extractor.add(pixels.subarray(i * size, (i + 1) * size));
    }
    await program.dispose();
    return extractor.finish().features;
  }
}

/** From [-1, 1] to 0..255, as in a picture's file. */
function toBytes({ data }: HostTensor): Uint8Array {
  const bytes = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) bytes[i] = Math.round(((data[i] as number) + 1) * 127.5);
  return bytes;
}

async function referencesOf(
  dataset: Dataset,
  network: FeatureNetwork,
  { heldOut, mirror }: { readonly heldOut: number; readonly mirror: boolean },
  onProgress: (stage: string, done: number, total: number) => void,
): Promise<References> {
  const split = splitByFile(dataset.files, heldOut);
  const cache = new TensorCache();
  const setOf = (indices: Uint32Array, what: string): ReferenceSet => {
    const stage = `features of ${what} pictures, for the quick metric`;
    const progress = (done: number, total: number): void => onProgress(stage, done, total);
    return new ReferenceSet({ dataset, network, cache, onProgress: progress }, partOf(indices));
  };
  const filed = async (set: ReferenceSet, mirrored = false): Promise<FiledFeatures> => ({
    features: await set.features(mirrored),
    files: set.files,
  });
  const seen = await filed(setOf(split.training, "training"));
  const real = heldOut === 0 ? seen : await filed(setOf(split.heldOut, "held-out"));
  const training = mirror
    ? joined(seen, await filed(setOf(split.training, "mirrored training"), true))
    : seen;
  const { meanDistance } = await neighbourhoodsOf(real.features, 1, "real");
  return { real, training, spread: meanDistance };
}

function partOf(indices: Uint32Array): Uint32Array {
  if (indices.length <= REFERENCES) return indices;
  const order = new Random(0).split("quick-metric").permutation(indices.length);
  return order
    .subarray(0, REFERENCES)
    .map((place) => indices[place] as number)
    .sort();
}

function joined(a: FiledFeatures, b: FiledFeatures): FiledFeatures {
  const { width } = a.features;
  const data = new Float32Array(a.features.data.length + b.features.data.length);
  data.set(a.features.data);
  data.set(b.features.data, a.features.data.length);
  const count = a.features.count + b.features.count;
  return { features: { count, width, data }, files: [...a.files, ...b.files] };
}
