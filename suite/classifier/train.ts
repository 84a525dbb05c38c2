import { Random } from "../../src/base/random.ts";
import { type HostTensor, hostTensor } from "../../src/base/tensor.ts";
import { Engine } from "../../src/engine/engine.ts";
import { NEXT, State } from "../../src/engine/state.ts";
import { gradients } from "../../src/graph/gradients.ts";
import { encodeOnnx } from "../../src/graph/onnx/encode.ts";
import { toOnnx } from "../../src/graph/onnx/write.ts";
import * as ops from "../../src/graph/ops/index.ts";
import type { Value } from "../../src/graph/value.ts";
import { adam, ema } from "../../src/nn/adam.ts";
import { initialize, Parameters } from "../../src/nn/parameters.ts";
import { cosineSchedule } from "../../src/nn/schedule.ts";
import type { LabelledPictures } from "../sets/labelled.ts";

/** The layers of a classifier: `features` [N, d] and `logits` [N, classes] of images [N, 1, S, S] in 0..1. */
export type ClassifierNetwork = (
  p: Parameters,
  images: Value,
  classes: number,
) => { features: Value; logits: Value };

/** How a classifier is trained. */
export interface ClassifierRecipe {
  readonly epochs: number;
  readonly network: ClassifierNetwork;
  /** Writes a picture, varied so that its class stays the same, into `out` as values from 0 to 1. */
  readonly vary: (pixels: Uint8Array, side: number, random: Random, out: Float32Array) => void;
}

const BATCH = 100;
const LEARNING_RATE = [2e-3, 1e-5] as const;
const BETA2 = 0.99;
/** Share of the new weights in the moving average at each step. */
const EMA_RATE = 0.005;
/** Share of each label that is spread over all classes (Szegedy et al. 2015, arXiv:1512.00567). */
const SMOOTHING = 0.05;

/** The mean cross entropy of logits [N, K] against one-hot labels [N, K]. */
function crossEntropy(logits: Value, labels: Value): Value {
  const classes = labels.shape[1] as number;
  const soft = ops.add(ops.mul(labels, 1 - SMOOTHING), SMOOTHING / classes);
  const chosen = ops.reduceSum(ops.mul(logits, soft), { axes: [1] });
  return ops.reduceMean(ops.sub(ops.reduceLogSumExp(logits, { axes: [1] }), chosen));
}

/**
 * Trains a classifier and gives its averaged weights as an ONNX file: input `images` [N, 1, S, S] in 0..1, outputs `features` [N, d] and
 * `logits` [N, K].
 *
 * @param onEpoch Told after each epoch: its number and mean loss.
 */
export async function trainClassifier(
  set: LabelledPictures,
  recipe: ClassifierRecipe,
  seed: number,
  onEpoch: (epoch: number, loss: number) => void,
): Promise<Uint8Array> {
  const { side } = set;
  const classes = set.classes.length;
  const p = new Parameters("C");
  const images = ops.input("images", [BATCH, 1, side, side]);
  const { logits } = recipe.network(p, images, classes);
  const loss = crossEntropy(logits, ops.input("labels", [BATCH, classes]));
  const scalars = {
    learningRate: ops.input("learningRate", []),
    beta2: ops.scalar(BETA2),
    biasCorrection2: ops.input("biasCorrection2", []),
  };
  const slopes = gradients(
    loss,
    p.list().map(({ value }) => value),
  );
  const outputs: Record<string, Value> = { loss };
  for (const [i, { name, shape, value }] of p.list().entries()) {
    const next = adam(value, slopes[i] as Value, ops.input(`${name}.v`, shape), scalars);
    outputs[NEXT + name] = next.parameter;
    outputs[`${NEXT}${name}.v`] = next.moment2;
    outputs[`${NEXT}${name}.ema`] = ema(
      ops.input(`${name}.ema`, shape),
      next.parameter,
      ops.scalar(EMA_RATE),
    );
  }
  // One thread: the bits of the file do not depend on the number of cores.
  const engine = await Engine.create({ threads: 1 });
  const program = await engine.compile(outputs);
  const random = new Random(seed);
  const state = new State();
  for (const [name, tensor] of initialize(p.list(), random.split("init"))) {
    for (const key of [name, `${name}.ema`]) state.set(key, tensor);
    state.set(`${name}.v`, hostTensor("float32", tensor.shape));
  }
  const perEpoch = Math.floor(set.count / BATCH);
  const steps = perEpoch * recipe.epochs;
  let sum = 0;
  for (let step = 0; step < steps; step++) {
    const feeds = {
      ...batchOf(set, recipe.vary, random.split("batch").split(step)),
      learningRate: scalar(cosineSchedule(LEARNING_RATE, step, steps)),
      biasCorrection2: scalar(1 - BETA2 ** (step + 1)),
    };
    const { results, next } = await program.run(feeds, state);
    state.commit(next);
    sum += results.loss?.data[0] as number;
    if ((step + 1) % perEpoch === 0) {
      onEpoch((step + 1) / perEpoch, sum / perEpoch);
      sum = 0;
    }
  }
  const weights = new Map(p.list().map(({ name }) => [name, state.peek(`${name}.ema`)]));
  await program.dispose();
  return encodeClassifier(recipe.network, weights, side, classes);
}

const scalar = (value: number): HostTensor => hostTensor("float32", [], Float32Array.of(value));

/** A batch of pictures drawn at random, varied, with one-hot labels. */
function batchOf(
  { count, side, pixels, labels, classes }: LabelledPictures,
  vary: ClassifierRecipe["vary"],
  random: Random,
): { images: HostTensor; labels: HostTensor } {
  const images = hostTensor("float32", [BATCH, 1, side, side]);
  const oneHot = hostTensor("float32", [BATCH, classes.length]);
  const size = side * side;
  for (let i = 0; i < BATCH; i++) {
    const index = random.integer(count);
    const picture = pixels.subarray(index * size, (index + 1) * size);
    vary(picture, side, random, images.data.subarray(i * size, (i + 1) * size));
    oneHot.data[i * classes.length + (labels[index] as number)] = 1;
  }
  return { images, labels: oneHot };
}

function encodeClassifier(
  network: ClassifierNetwork,
  weights: ReadonlyMap<string, HostTensor>,
  side: number,
  classes: number,
): Uint8Array {
  const outputs = network(new Parameters("C"), ops.input("images", [1, 1, side, side]), classes);
  return encodeOnnx(toOnnx({ ...outputs }, { weights, dynamicBatch: true }));
}
