import { existsSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../../src/base/errors.ts";
import type { GANOptions } from "../../src/box/gan.ts";
import { measureModel } from "../../src/box/metrics.ts";
import { loadGenerator } from "../../src/create/load.node.ts";
import { loadFeatureNetwork } from "../../src/metrics/feature-network.node.ts";
import { wholeNumbers } from "../flags.ts";
import { trainRun } from "../pictures/run.ts";
import { describeRecord, recordOf } from "../record.ts";
import { publish, table } from "../results.ts";
import { fashionFolder } from "../sets/fashion.ts";
import { classAccuracy } from "./classes.ts";
import { CLASSIFIER } from "./classifier.ts";
import { type Floor, floorOf } from "./floor.ts";

const SAMPLES = 10_000;
const TEST = "t10k-images-idx3-ubyte.gz";
const TRAIN = "train-images-idx3-ubyte.gz";

/** How both models are trained: 60,000 pictures need no augmentation, all shoes look to the left, and the quick metric is for coloured pictures. */
const RECIPE: GANOptions = {
  resolution: 28,
  batch: 32,
  learningRate: [6e-4, 6e-5],
  gamma: [1, 0.1],
  augment: "none",
  mirror: false,
  metricKimg: 0,
};

/** What every model has to reach. */
const GOAL = { floors: 6, coverage: 0.9, accuracy: 0.95 } as const;

interface ModelResult {
  readonly conditional: boolean;
  readonly kimg: number;
  readonly threads: number;
  readonly seconds: number;
  readonly frechetDistance: number;
  readonly precision: number;
  readonly recall: number;
  readonly density: number;
  readonly coverage: number;
  /** Share of each class's pictures that the classifier takes for it; conditional models only. */
  readonly accuracy?: readonly number[];
}

async function measured(
  conditional: boolean,
  options: { kimg: number; seed: number },
): Promise<ModelResult> {
  const { kimg, seed } = options;
  const name = `fashion-${conditional ? "conditional" : "unconditional"}-${kimg}kimg-seed${seed}`;
  const source = join(fashionFolder(), TRAIN);
  const { path, threads, seconds } = await trainRun(name, source, {
    ...RECIPE,
    ...options,
    conditional,
  });
  const { results } = await measureModel(path, join(fashionFolder(), TEST), {
    metrics: ["fd", "pr", "dc"],
    features: CLASSIFIER,
    samples: SAMPLES,
  });
  const {
    frechetDistance = Number.NaN,
    precision = 0,
    recall = 0,
    density = 0,
    coverage = 0,
  } = results;
  const result = {
    conditional,
    kimg,
    threads,
    seconds,
    frechetDistance,
    precision,
    recall,
    density,
    coverage,
  };
  if (!conditional) return result;
  const classifier = await loadFeatureNetwork(CLASSIFIER);
  const generator = await loadGenerator(path);
  const accuracy = await classAccuracy(generator, classifier);
  await classifier.dispose();
  await generator.dispose();
  return { ...result, accuracy };
}

function reaches(model: ModelResult, floor: Floor): boolean {
  const followed = (model.accuracy ?? []).every((share) => share >= GOAL.accuracy);
  const near = model.conditional || model.frechetDistance <= GOAL.floors * floor.frechetDistance;
  return near && model.coverage >= GOAL.coverage && followed;
}

function reportOf(models: readonly ModelResult[], floor: Floor): string {
  const share = (x: number): string => `${(100 * x).toFixed(1)} %`;
  return table([
    [
      "",
      "Frechet distance",
      "in floors",
      "precision",
      "recall",
      "density",
      "coverage",
      "classes followed",
      "kimg",
      "training",
    ],
    [
      "real pictures (the floor)",
      floor.frechetDistance.toFixed(3),
      "1",
      share(floor.precision),
      share(floor.recall),
      floor.density.toFixed(2),
      share(floor.coverage),
      "",
      "",
      "",
    ],
    ...models.map((m) => [
      m.conditional ? "conditional" : "unconditional",
      m.frechetDistance.toFixed(3),
      (m.frechetDistance / floor.frechetDistance).toFixed(1),
      share(m.precision),
      share(m.recall),
      m.density.toFixed(2),
      share(m.coverage),
      m.accuracy === undefined
        ? ""
        : `${m.accuracy.filter((a) => a >= GOAL.accuracy).length} of ${m.accuracy.length}, mean ${share(m.accuracy.reduce((a, b) => a + b, 0) / m.accuracy.length)}`,
      m.kimg,
      `${(m.seconds / 60).toFixed(0)} min`,
    ]),
  ]);
}

/**
 * `npm run suite -- fashion [--kimg 300] [--seed 0]`: Fashion-MNIST, unconditional and with classes, against the 10,000 test pictures in the
 * features of our classifier. The floor is what as many real training pictures measure. Interrupted trainings go on when the command is repeated.
 *
 * @returns Whether both models reached the goal.
 */
export async function fashion(args: readonly string[]): Promise<boolean> {
  const options = wholeNumbers("fashion", args, { kimg: 300, seed: 0 });
  if (!existsSync(CLASSIFIER)) {
    throw new ConfigError(
      `suite fashion: ${CLASSIFIER} is missing, expected the classifier that distances are measured with. Train it: npm run classifiers -- fashion.`,
    );
  }
  const floor = await floorOf(join(fashionFolder(), TRAIN), join(fashionFolder(), TEST), SAMPLES);
  const models = [await measured(false, options), await measured(true, options)];
  const seconds = models.reduce((sum, m) => sum + m.seconds, 0);
  const threads = Math.max(...models.map((m) => m.threads));
  const record = recordOf(["npm run suite -- fashion", ...args].join(" "), threads, seconds);
  const text = `${reportOf(models, floor)}\n\n\`${record.command}\`: ${describeRecord(record)}`;
  console.log(text);
  publish("fashion", { record, floor, models }, text);
  return models.every((model) => reaches(model, floor));
}
