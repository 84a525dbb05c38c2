import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { Random } from "../../src/base/random.ts";
import { type HostTensor, hostTensor } from "../../src/base/tensor.ts";
import { Engine } from "../../src/engine/engine.ts";
import { State } from "../../src/engine/state.ts";
import { decodeSafetensors, encodeSafetensors } from "../../src/graph/safetensors.ts";
import type { Image } from "../../src/media/image.ts";
import { initialize, type Parameter } from "../../src/nn/parameters.ts";
import { cosineSchedule, type Range } from "../../src/nn/schedule.ts";
import { MARGIN } from "./network.ts";
import { BATCH, BETA1, BETA2, graphsOf } from "./objective.ts";
import { drawPairs, LARGE, SMALL } from "./photos.ts";

/** Parts of a training. */
export type Part = "soft" | "sharp";

/** How the network is trained. */
export interface Recipe {
  /** Steps with the absolute error alone, and then with the discriminator as well. */
  readonly steps: readonly [soft: number, sharp: number];
  readonly seed: number;
  /** Weight of the absolute error beside the adversarial loss. */
  readonly closeness: number;
  /** Weight of the zero-centred penalties. */
  readonly gamma: number;
  /** How far the network that is used is on the way from the weights before the discriminator to those after it. */
  readonly share: number;
  readonly learningRate: { readonly soft: Range; readonly sharp: Range; readonly judge: Range };
}

/** The recipe of the network that comes with Ganbox. */
export const RECIPE: Recipe = {
  steps: [2000, 1000],
  seed: 0,
  closeness: 5,
  gamma: 0.02,
  share: 0.5,
  learningRate: { soft: [2e-3, 1e-4], sharp: [3e-4, 3e-5], judge: [1e-3, 1e-4] },
};

/** Steps between two reports, and between two checkpoints. */
const [REPORT, CHECKPOINT] = [50, 250];

const scalar = (value: number): HostTensor => hostTensor("float32", [], Float32Array.of(value));

/** What is told of the training so far. */
export interface TrainingReport {
  readonly step: number;
  readonly steps: number;
  /** Means since the last report. */
  readonly values: Readonly<Record<string, number>>;
}

/** How a training runs. */
export interface TrainingOptions {
  readonly recipe: Recipe;
  /** Checkpoint: an earlier training of this file goes on. */
  readonly file: string;
  readonly onReport: (report: TrainingReport) => void;
  /** Told the averaged weights at the end of each of both parts. */
  readonly onPart: (part: Part, weights: ReadonlyMap<string, HostTensor>) => void;
}

/** Where a training is. */
interface Progress {
  readonly state: State;
  /** Steps that are done. */
  readonly step: number;
  /** Time that they took [s]. */
  readonly seconds: number;
}

/**
 * Trains the upscaler on photographs; each is in several scales.
 *
 * @returns Time that all steps took [s], those of earlier calls included.
 */
export async function trainUpscaler(
  photos: readonly (readonly Image[])[],
  { recipe, file, onReport, onPart }: TrainingOptions,
): Promise<number> {
  const { steps, seed, learningRate } = recipe;
  const total = steps[0] + steps[1];
  const random = new Random(seed);
  const graphs = graphsOf(recipe.closeness, recipe.gamma);
  const { upscaler, judge } = graphs;
  const started = existsSync(file)
    ? readCheckpoint(file)
    : begin([...upscaler, ...judge], random.split("init"));
  const { state } = started;
  if (started.step === total) return started.seconds;
  const start = performance.now();
  // One thread: the bits of the file do not depend on the number of cores.
  const engine = await Engine.create({ threads: 1, arena: true });
  const soft = await engine.compile(graphs.soft);
  const sharp = await engine.compile(graphs.sharp);
  const told = await engine.compile(graphs.told);
  const draw = (step: number): Promise<Feeds> =>
    drawFeeds(photos, random.split("pairs").split(step));
  const secondsNow = (): number => started.seconds + (performance.now() - start) / 1000;
  let sums: Record<string, number> = {};
  let next = draw(started.step);
  for (let step = started.step; step < total; step++) {
    const pairs = await next;
    next = draw(step + 1); // while this step runs
    const isSoft = step < steps[0];
    const [at, length] = isSoft ? [step, steps[0]] : [step - steps[0], steps[1]];
    const rate = (range: Range): number => cosineSchedule(range, at, length);
    const made = isSoft
      ? await soft.run({ ...pairs, ...adamFeeds(rate(learningRate.soft), step) }, state)
      : await sharp.run({ ...pairs, ...adamFeeds(rate(learningRate.sharp), step) }, state);
    const { fake, ...results } = made.results;
    if (fake !== undefined) {
      const feeds = { ...pairs, fake, ...adamFeeds(rate(learningRate.judge), at) };
      const judged = await told.run(feeds, state);
      state.commit(judged.next);
      Object.assign(results, judged.results);
    }
    state.commit(made.next);
    for (const [name, { data }] of Object.entries(results))
      sums[name] = (sums[name] ?? 0) + (data[0] as number) / REPORT;
    const done = step + 1;
    if (done % REPORT === 0) {
      onReport({ step: done, steps: total, values: sums });
      sums = {};
    }
    const end = done === steps[0] || done === total;
    if (end || done % CHECKPOINT === 0)
      writeCheckpoint(file, { state, step: done, seconds: secondsNow() });
    if (!end) continue;
    const weights = upscaler.map(({ name }) => [name, state.peek(`${name}.ema`)] as const);
    onPart(isSoft ? "soft" : "sharp", new Map(weights));
  }
  await next;
  for (const program of [soft, sharp, told]) await program.dispose();
  return secondsNow();
}

type Feeds = Readonly<Record<string, HostTensor>>;

/** What Adam needs in the step after `taken` others. */
function adamFeeds(learningRate: number, taken: number): Feeds {
  return {
    learningRate: scalar(learningRate),
    biasCorrection1: scalar(1 - BETA1 ** (taken + 1)),
    biasCorrection2: scalar(1 - BETA2 ** (taken + 1)),
  };
}

async function drawFeeds(photos: readonly (readonly Image[])[], random: Random): Promise<Feeds> {
  const inner = SMALL + 2 * MARGIN;
  const { small, large } = await drawPairs(photos, BATCH, random);
  return {
    small: hostTensor("float32", [BATCH, 3, inner, inner], small),
    large: hostTensor("float32", [BATCH, 3, LARGE, LARGE], large),
  };
}

function begin(parameters: readonly Parameter[], random: Random): Progress {
  const state = new State();
  for (const [name, tensor] of initialize(parameters, random)) {
    for (const key of [name, `${name}.ema`]) state.set(key, tensor);
    for (const key of [`${name}.v`, `${name}.m`])
      state.set(key, hostTensor("float32", tensor.shape));
  }
  return { state, step: 0, seconds: 0 };
}

function readCheckpoint(file: string): Progress {
  const { tensors, metadata } = decodeSafetensors(readFileSync(file), file);
  const state = new State();
  for (const [name, tensor] of tensors) state.set(name, tensor);
  return { state, step: Number(metadata.step), seconds: Number(metadata.seconds) };
}

/** The file is replaced as a whole. */
function writeCheckpoint(file: string, { state, step, seconds }: Progress): void {
  const tensors = new Map(state.names.map((name) => [name, state.peek(name)]));
  const metadata = { step: String(step), seconds: seconds.toFixed(0) };
  writeFileSync(`${file}.partial`, encodeSafetensors(tensors, metadata));
  renameSync(`${file}.partial`, file);
}
