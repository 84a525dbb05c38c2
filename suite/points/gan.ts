import { Random } from "../../src/base/random.ts";
import { type HostTensor, hostTensor } from "../../src/base/tensor.ts";
import { Engine } from "../../src/engine/engine.ts";
import type { Program } from "../../src/engine/program.ts";
import { State } from "../../src/engine/state.ts";
import { input } from "../../src/graph/ops/index.ts";
import { initialize, Parameters } from "../../src/nn/parameters.ts";
import { cosineSchedule, emaBeta, type Range } from "../../src/nn/schedule.ts";
import { drawPoints, type Mixture } from "./mixture.ts";
import {
  emaOf,
  generator,
  LATENT,
  type Layers,
  moment2Of,
  type PointsPhases,
  pointsPhases,
} from "./phases.ts";

/** How a GAN of points is trained. Ranges go from their first to their last value along half a cosine over all steps. */
export interface PointsRecipe {
  readonly generator: Layers;
  readonly discriminator: Layers;
  readonly batch: number;
  readonly steps: number;
  readonly learningRateG: Range;
  readonly learningRateD: Range;
  /** Decay of Adam's second moment; there is no first. */
  readonly beta2: Range;
  /** Weight of R1 and R2, on points divided by the standard deviation of the data. */
  readonly gamma: Range;
  /** Half-life of the generator's moving average [thousand points]. */
  readonly emaHalflife: Range;
}

/** Size of the training set, as in PacGAN. */
const TRAINING_POINTS = 100_000;

type Feeds = Readonly<Record<string, HostTensor>>;

const scalar = (value: number): HostTensor => hostTensor("float32", [], Float32Array.of(value));

function latents(random: Random, count: number): HostTensor<"float32"> {
  const data = random.split("z").fillNormal(new Float32Array(count * LATENT));
  return hostTensor("float32", [count, LATENT], data);
}

/** Root mean square of coordinates: the standard deviation, since the mixtures are centred. */
function standardDeviation(points: Float32Array): number {
  return Math.sqrt(points.reduce((sum, v) => sum + v * v, 0) / points.length);
}

/** A random batch [batch, 2, 1, 1] of a training set [count, 2], each coordinate divided by `scale`. */
function drawBatch(set: Float32Array, scale: number, random: Random, batch: number): HostTensor {
  const real = hostTensor("float32", [batch, 2, 1, 1]);
  for (let i = 0; i < batch; i++) {
    const row = random.integer(set.length / 2);
    real.data[2 * i] = (set[2 * row] as number) / scale;
    real.data[2 * i + 1] = (set[2 * row + 1] as number) / scale;
  }
  return real;
}

/** The scalar inputs of a step, but for the learning rate, which each network has its own of. */
function scalarsOf(recipe: PointsRecipe, step: number, beta2Product: number): Feeds {
  const { steps, batch } = recipe;
  const halflife = cosineSchedule(recipe.emaHalflife, step, steps);
  return {
    beta2: scalar(cosineSchedule(recipe.beta2, step, steps)),
    biasCorrection2: scalar(1 - beta2Product),
    gamma: scalar(cosineSchedule(recipe.gamma, step, steps)),
    emaRate: scalar(1 - emaBeta(batch, halflife)),
  };
}

async function advance(program: Program, feeds: Feeds, state: State): Promise<void> {
  const { next } = await program.run(feeds, state);
  state.commit(next);
}

function initialState(phases: PointsPhases, random: Random): State {
  const state = new State();
  for (const [name, tensor] of initialize([...phases.generator, ...phases.discriminator], random)) {
    state.set(name, tensor);
    state.set(moment2Of(name), hostTensor("float32", tensor.shape));
  }
  for (const { name } of phases.generator) state.set(emaOf(name), state.peek(name));
  return state;
}

/** Points of the averaged generator, [count, 2]. */
async function generate(
  engine: Engine,
  layers: Layers,
  state: State,
  z: HostTensor,
): Promise<Float32Array> {
  const p = new Parameters("G");
  const points = generator(p, input("z", z.shape), layers);
  const weights = new Map(p.list().map(({ name }) => [name, state.peek(emaOf(name))]));
  const program = await engine.compile({ points }, { weights });
  const { results } = await program.run({ z });
  const data = (results.points as HostTensor<"float32">).data.slice();
  await program.dispose();
  return data;
}

/**
 * Trains a GAN on 100,000 points of a mixture and draws samples of it. Everything follows from the seed.
 *
 * @param samples Points to generate after training.
 * @param onStep Called after every step with the number of steps done.
 * @returns Generated points, [samples, 2].
 */
export async function trainPoints(
  mixture: Mixture,
  recipe: PointsRecipe,
  seed: number,
  samples: number,
  onStep: (step: number) => void = () => undefined,
): Promise<Float32Array> {
  const { batch, steps } = recipe;
  const random = new Random(seed);
  const set = drawPoints(mixture, random.split("data"), TRAINING_POINTS);
  const scale = standardDeviation(set);
  // One thread: the operations are too small to share.
  const engine = await Engine.create({ threads: 1, arena: true });
  const phases = pointsPhases(batch, recipe.generator, recipe.discriminator);
  const programs = [
    { program: await engine.compile(phases.D), learningRate: recipe.learningRateD },
    { program: await engine.compile(phases.G), learningRate: recipe.learningRateG },
  ];
  const state = initialState(phases, random.split("init"));
  let beta2Product = 1;
  for (let step = 0; step < steps; step++) {
    beta2Product *= cosineSchedule(recipe.beta2, step, steps);
    const scalars = scalarsOf(recipe, step, beta2Product);
    for (const [phase, { program, learningRate }] of programs.entries()) {
      const draw = random.split("batch").split(2 * step + phase);
      const feeds = {
        ...scalars,
        learningRate: scalar(cosineSchedule(learningRate, step, steps)),
        real: drawBatch(set, scale, draw, batch),
        z: latents(draw, batch),
      };
      await advance(program, feeds, state);
    }
    onStep(step + 1);
  }
  const z = latents(random.split("samples"), samples);
  const points = await generate(engine, recipe.generator, state, z);
  for (const { program } of programs) await program.dispose();
  state.dispose();
  return points.map((v) => v * scale);
}
