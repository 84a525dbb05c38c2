import { Random } from "../../../src/base/random.ts";
import { type HostTensor, hostTensor } from "../../../src/base/tensor.ts";
import { Engine } from "../../../src/engine/engine.ts";
import { NEXT, State } from "../../../src/engine/state.ts";
import { gradients } from "../../../src/graph/gradients.ts";
import { encodeOnnx } from "../../../src/graph/onnx/encode.ts";
import { toOnnx } from "../../../src/graph/onnx/write.ts";
import * as ops from "../../../src/graph/ops/index.ts";
import type { Value } from "../../../src/graph/value.ts";
import { adam, ema } from "../../../src/nn/adam.ts";
import { initialize, Parameters } from "../../../src/nn/parameters.ts";
import { cosineSchedule } from "../../../src/nn/schedule.ts";
import type { LabelledPictures } from "../../sets/labelled.ts";
import { FAULTS, MOTIONS, taskClip } from "./clips.ts";
import { CLIP, SIDE, videoNetwork } from "./network.ts";

/** Steps between two reports. */
const REPORT = 50;

const BATCH = 32;
const LEARNING_RATE = [2e-3, 2e-5] as const;
const BETA2 = 0.99;
/** Share of the new weights in the moving average at each step. */
const EMA_RATE = 0.01;

/** The mean cross entropy of logits [N, K] against one-hot labels [N, K]. */
function crossEntropy(logits: Value, labels: Value): Value {
  const chosen = ops.reduceSum(ops.mul(logits, labels), { axes: [1] });
  return ops.reduceMean(ops.sub(ops.reduceLogSumExp(logits, { axes: [1] }), chosen));
}

const scalar = (value: number): HostTensor => hostTensor("float32", [], Float32Array.of(value));

/**
 * Trains the network to tell what is to be seen in clips, which fault they have, and how they move.
 *
 * @param onStep Told after every fifty steps: their number, mean loss, and the network so far.
 * @returns The averaged weights as an ONNX file: input `clips` [N, 3 CLIP, SIDE, SIDE] in 0..1, output `features` [N, 64] and `outputs`.
 */
export async function trainVideoNetwork(
  sets: readonly LabelledPictures[],
  steps: number,
  seed: number,
  onStep: (step: number, loss: number, network: () => Uint8Array) => void,
): Promise<Uint8Array> {
  const classes = sets.reduce((sum, set) => sum + set.classes.length, 0);
  const sizes = [classes, FAULTS.length, MOTIONS];
  const width = sizes.reduce((a, b) => a + b);
  const p = new Parameters("V");
  const clips = ops.input("clips", [BATCH, 3 * CLIP, SIDE, SIDE]);
  const { outputs } = videoNetwork(p, clips, width);
  const [label, fault, motion] = ops.split(outputs, 1, sizes) as [Value, Value, Value];
  const [labels, faults, motions] = ops.split(ops.input("truth", [BATCH, width]), 1, sizes) as [
    Value,
    Value,
    Value,
  ];
  const error = ops.reduceMean(ops.square(ops.sub(motion, motions)));
  const loss = ops.add(
    ops.add(crossEntropy(label, labels), crossEntropy(fault, faults)),
    ops.mul(error, 2),
  );
  const scalars = {
    learningRate: ops.input("learningRate", []),
    beta2: ops.scalar(BETA2),
    biasCorrection2: ops.input("biasCorrection2", []),
  };
  const momentum = { beta1: 0.9, biasCorrection1: ops.input("biasCorrection1", []) };
  const slopes = gradients(
    loss,
    p.list().map(({ value }) => value),
  );
  const graph: Record<string, Value> = { loss };
  for (const [i, { name, shape, value }] of p.list().entries()) {
    const next = adam(value, slopes[i] as Value, ops.input(`${name}.v`, shape), scalars, {
      ...momentum,
      moment1: ops.input(`${name}.m`, shape),
    });
    graph[NEXT + name] = next.parameter;
    graph[`${NEXT}${name}.v`] = next.moment2;
    graph[`${NEXT}${name}.m`] = next.moment1 as Value;
    graph[`${NEXT}${name}.ema`] = ema(
      ops.input(`${name}.ema`, shape),
      next.parameter,
      ops.scalar(EMA_RATE),
    );
  }
  // One thread: the bits of the file do not depend on the number of cores.
  const engine = await Engine.create({ threads: 1 });
  const program = await engine.compile(graph);
  const random = new Random(seed);
  const state = new State();
  for (const [name, tensor] of initialize(p.list(), random.split("init"))) {
    for (const key of [name, `${name}.ema`]) state.set(key, tensor);
    for (const key of [`${name}.v`, `${name}.m`])
      state.set(key, hostTensor("float32", tensor.shape));
  }
  const encode = (): Uint8Array => {
    const weights = new Map(p.list().map(({ name }) => [name, state.peek(`${name}.ema`)]));
    const clip = ops.input("clips", [1, 3 * CLIP, SIDE, SIDE]);
    const one = videoNetwork(new Parameters("V"), clip, width);
    return encodeOnnx(toOnnx({ ...one }, { weights, dynamicBatch: true }));
  };
  let sum = 0;
  for (let step = 0; step < steps; step++) {
    const feeds = {
      ...batchOf(sets, sizes, random.split("batch").split(step)),
      learningRate: scalar(cosineSchedule(LEARNING_RATE, step, steps)),
      biasCorrection1: scalar(1 - 0.9 ** (step + 1)),
      biasCorrection2: scalar(1 - BETA2 ** (step + 1)),
    };
    const { results, next } = await program.run(feeds, state);
    state.commit(next);
    sum += results.loss?.data[0] as number;
    if ((step + 1) % REPORT > 0) continue;
    onStep(step + 1, sum / REPORT, encode);
    sum = 0;
  }
  const bytes = encode();
  await program.dispose();
  return bytes;
}

/** A batch of clips with one-hot classes, faults, and motions. */
export function batchOf(
  sets: readonly LabelledPictures[],
  sizes: readonly number[],
  random: Random,
  count: number = BATCH,
): { clips: HostTensor<"float32">; truth: HostTensor<"float32"> } {
  const [classes, faults, motions] = sizes as [number, number, number];
  const width = classes + faults + motions;
  const clips = hostTensor("float32", [count, 3 * CLIP, SIDE, SIDE]);
  const truth = hostTensor("float32", [count, width]);
  const size = 3 * CLIP * SIDE * SIDE;
  for (let i = 0; i < count; i++) {
    const { planes, label, fault, motion } = taskClip(sets, random.split(i));
    clips.data.set(planes, i * size);
    truth.data[i * width + label] = 1;
    truth.data[i * width + classes + fault] = 1;
    truth.data.set(motion, i * width + classes + faults);
  }
  return { clips, truth };
}
