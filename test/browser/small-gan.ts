/** @file A small R3GAN with fixed seeds: a training step, ten of them, and a picture, on which every runtime must agree. */
import { Random } from "../../src/base/random.ts";
import { sizeOf } from "../../src/base/shape.ts";
import { type HostTensor, hostTensor } from "../../src/base/tensor.ts";
import type { Engine, EngineOptions } from "../../src/engine/engine.ts";
import { State } from "../../src/engine/state.ts";
import type { ObjectiveOptions } from "../../src/models/family.ts";
import { encodeGenerator, generatorGraph } from "../../src/models/model-file.ts";
import { familyOf } from "../../src/models/registry.ts";
import { AUGMENTATIONS, sampleAugment } from "../../src/nn/augment.ts";
import { initialize, type Parameter } from "../../src/nn/parameters.ts";
import { buildPhases, emaOf, moment2Of, type PhaseGraph } from "../../src/train/phases.ts";
import {
  type Architecture,
  Generator,
  type Image,
  memoryDataset,
  Training,
} from "../../src/web.ts";

/** Where it runs. */
type Target = Required<Pick<EngineOptions, "provider" | "threads">>;

const ARCHITECTURE: Architecture = {
  family: "r3gan",
  channels: 3,
  height: 16,
  width: 16,
  latent: 16,
  classes: 3,
  widths: [16, 8, 8],
  blocks: 1,
  expansion: 2,
  groupSize: 8,
};
/** Odd, so that the discriminator's phase does not halve it: each phase takes the batch in one pass. */
const BATCH = 5;

const OBJECTIVE: ObjectiveOptions = {
  loss: "relativistic",
  penalty: "r1r2",
  penaltyEvery: 1,
  mixing: 0,
  pathLength: 0,
  beta: 0,
  freeBits: 0,
};

/** Tensors by name, as plain numbers. */
export type Numbers = Readonly<Record<string, readonly number[]>>;

const normal = (random: Random, shape: readonly number[]): HostTensor<"float32"> =>
  hostTensor("float32", shape, random.fillNormal(new Float32Array(sizeOf(shape))));

const scalar = (value: number): HostTensor => hostTensor("float32", [], Float32Array.of(value));

/** Starting weights, but none zero: a layer that starts at zero would keep gradients from the layers before it. */
function weightsOf(parameters: readonly Parameter[], random: Random): Map<string, HostTensor> {
  const weights = initialize(parameters, random.split("init"));
  for (const [name, { data, shape }] of weights) {
    if (!data.some((v) => v !== 0))
      weights.set(name, {
        dtype: "float32",
        shape,
        data: normal(random.split(name), shape).data.map((v) => 0.1 * v),
      });
  }
  return weights;
}

function oneHot(rows: number, columns: number): HostTensor {
  const c = hostTensor("float32", [rows, columns]);
  for (let i = 0; i < rows; i++) c.data[i * columns + (i % columns)] = 1;
  return c;
}

function stepFeeds(random: Random): Record<string, HostTensor> {
  const { height, width, latent, classes } = ARCHITECTURE;
  const real = hostTensor("uint8", [BATCH, 3, height, width]);
  const pixels = random.split("real");
  for (let i = 0; i < real.data.length; i++) real.data[i] = pixels.integer(256);
  const augmented = [
    ["augment", 2 * BATCH],
    ["augment/real", BATCH],
    ["augment/fake", BATCH],
  ] as const;
  return {
    real,
    z: normal(random.split("z"), [BATCH, latent]),
    c: oneHot(BATCH, classes),
    gamma: scalar(0.5),
    emaRate: scalar(0.1),
    // Large, so that an error of the gradient shows in the weights.
    learningRate: scalar(0.02),
    beta2: scalar(0.9),
    biasCorrection2: scalar(1),
    ...Object.assign(
      {},
      ...augmented.map(([prefix, size]) =>
        sampleAugment(prefix, random.split(prefix), AUGMENTATIONS, 0.7, size, ARCHITECTURE),
      ),
    ),
  };
}

/** One D step and one G step in the middle of a run: every result and every tensor of the state afterwards. */
export async function trainingStep(engine: Engine, tune: boolean): Promise<Numbers> {
  const random = new Random(7);
  const { family } = ARCHITECTURE;
  const phases = buildPhases({
    family: familyOf(family),
    architecture: ARCHITECTURE,
    batch: BATCH,
    replicas: 1,
    microBatch: BATCH,
    beta1: 0,
    augmentations: AUGMENTATIONS,
    objective: OBJECTIVE,
  });
  const { G, D } = phases.parameters;
  const state = new State();
  for (const [name, tensor] of weightsOf([...G, ...D], random)) {
    state.set(name, tensor);
    // Moments as after many steps. From zero, Adam's first step would be the sign of the gradient and hide its size.
    state.set(
      moment2Of(name),
      hostTensor("float32", tensor.shape, new Float32Array(tensor.data.length).fill(0.01)),
    );
    if (G.some((p) => p.name === name)) state.set(emaOf(name), tensor);
  }
  const feeds = stepFeeds(random);
  const numbers: Record<string, readonly number[]> = {};
  const run = async (phase: string, graph: PhaseGraph): Promise<void> => {
    const program = await engine.compile(graph, { tune });
    const { results, next } = await program.run(feeds, state);
    for (const [name, { data }] of Object.entries(results))
      numbers[`${phase} ${name}`] = Array.from(data, Number);
    state.commit(next);
    await program.dispose();
  };
  for (const { name, pass } of phases.phases) await run(name, pass);
  for (const name of state.names) numbers[name] = Array.from((await state.get(name)).data, Number);
  state.dispose();
  return numbers;
}

/** Bytes of pictures, one after the other. */
const bytesOf = (images: readonly Image[]): number[] => images.flatMap(({ data }) => [...data]);

/** Pictures of seeds 0 .. 3 by the generator of a model file, as bytes. */
async function picturesOf(file: Uint8Array, where: string, on: Target): Promise<number[]> {
  const generator = await Generator.decode(file, where, on);
  const images: Image[] = [];
  for await (const image of generator.fromSeeds([0, 1, 2, 3])) images.push(image);
  await generator.dispose();
  return bytesOf(images);
}

/** Pictures of seeds 0 .. 3 as bytes, by a generator that went through its file and has its weights frozen. */
export async function pictures(on: Target): Promise<number[]> {
  const untrained = weightsOf(generatorGraph(ARCHITECTURE, 1).parameters.list(), new Random(11));
  const classes = Array.from({ length: ARCHITECTURE.classes }, (_, i) => `class ${i}`);
  const file = encodeGenerator(
    { version: 1, architecture: ARCHITECTURE, classes, kimg: 0, data: "none" },
    untrained,
  );
  return await picturesOf(file, "generator.onnx", on);
}

/** Pictures in memory: each has its own colours along two directions. */
function gradients(count: number, side: number): Image[] {
  return Array.from({ length: count }, (_, k) => {
    const random = new Random(3).split(k);
    const draw = (): number[] => [random.uniform(), random.uniform(), random.uniform()];
    const [base, right, down] = [draw(), draw(), draw()];
    const data = Uint8Array.from({ length: 3 * side * side }, (_, i) => {
      const [channel, x, y] = [i % 3, Math.floor(i / 3) % side, Math.floor(i / 3 / side)];
      const [b, r, d] = [base, right, down].map((colour) => colour[channel] as number) as [
        number,
        number,
        number,
      ];
      return Math.round(85 * (b + (r * x) / side + (d * y) / side));
    });
    return { width: side, height: side, data };
  });
}

/** What ten steps of training on sixteen pictures in memory gave. */
export interface TenSteps {
  /** What each step reported. */
  readonly reports: Numbers;
  /** Pictures of the averaged generator, as bytes. */
  readonly drawn: readonly number[];
  /** The same pictures by its model file. */
  readonly generated: readonly number[];
}

/** Ten steps of training, as a page would take them. */
export async function tenSteps(on: Target): Promise<TenSteps> {
  const training = await Training.create(await memoryDataset(gradients(16, 16)), {
    ...on,
    widths: [16, 8, 8],
    groupSize: 8,
    latent: 16,
    batch: 8,
    microBatch: 4,
    kimg: 1,
    augment: "fixed",
    augmentP: [0.5, 0.5],
  });
  const reports: Record<string, readonly number[]> = {};
  for (let step = 0; step < 10; step++) {
    for (const [name, value] of Object.entries(await training.step()))
      reports[name] = [...(reports[name] ?? []), value as number];
  }
  const drawn = bytesOf(await training.draw(4));
  const generated = await picturesOf(await training.encodeModel(), "trained.onnx", on);
  await training.dispose();
  return { reports, drawn, generated };
}
