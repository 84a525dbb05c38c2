/** @file A small R3GAN with fixed seeds: a training step, ten of them, and a picture, on which every runtime must agree. */
import { Random } from "../../src/base/random.ts";
import { sizeOf } from "../../src/base/shape.ts";
import { type HostTensor, hostTensor } from "../../src/base/tensor.ts";
import type { ImageDataset } from "../../src/data/dataset.ts";
import { Sampler } from "../../src/data/sampler.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { State } from "../../src/engine/state.ts";
import type { Architecture } from "../../src/models/family.ts";
import { decodeGenerator, encodeGenerator, generatorGraph } from "../../src/models/model-file.ts";
import { familyOf } from "../../src/models/registry.ts";
import { AUGMENTATIONS, sampleAugment } from "../../src/nn/augment.ts";
import { initialize, type Parameter } from "../../src/nn/parameters.ts";
import { resolveConfig } from "../../src/train/config.ts";
import { buildPhases, emaOf, moment2Of, type PhaseGraph } from "../../src/train/phases.ts";
import { SampleDrawer } from "../../src/train/samples.ts";
import { Trainer } from "../../src/train/trainer.ts";

const ARCHITECTURE: Architecture = {
  family: "r3gan",
  resolution: 16,
  latent: 16,
  classes: 3,
  widths: [16, 8, 8],
  blocks: 1,
  expansion: 2,
  groupSize: 8,
};
const BATCH = 4;

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
  const { resolution, latent, classes } = ARCHITECTURE;
  const real = hostTensor("uint8", [BATCH, 3, resolution, resolution]);
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
        sampleAugment(prefix, random.split(prefix), AUGMENTATIONS, 0.7, size, resolution),
      ),
    ),
  };
}

/** One D step and one G step in the middle of a run: every result and every tensor of the state afterwards. */
export async function trainingStep(engine: Engine, tune: boolean): Promise<Numbers> {
  const random = new Random(7);
  const { family } = ARCHITECTURE;
  const whole = { pairs: BATCH, rounds: 1 };
  const phases = buildPhases({
    family: familyOf(family),
    architecture: ARCHITECTURE,
    passes: { D: whole, G: whole },
    augmentations: AUGMENTATIONS,
  });
  const state = new State();
  for (const [name, tensor] of weightsOf([...phases.generator, ...phases.discriminator], random)) {
    state.set(name, tensor);
    // Moments as after many steps. From zero, Adam's first step would be the sign of the gradient and hide its size.
    state.set(
      moment2Of(name),
      hostTensor("float32", tensor.shape, new Float32Array(tensor.data.length).fill(0.01)),
    );
    if (phases.generator.some((p) => p.name === name)) state.set(emaOf(name), tensor);
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
  await run("D", phases.D.pass);
  await run("G", phases.G.pass);
  for (const name of state.names) numbers[name] = Array.from((await state.get(name)).data, Number);
  state.dispose();
  return numbers;
}

/** Pictures of seeds 0 .. 3 as bytes, by a generator that went through its file and has its weights frozen. */
export async function pictures(engine: Engine): Promise<number[]> {
  const { latent, classes } = ARCHITECTURE;
  const untrained = weightsOf(generatorGraph(ARCHITECTURE, 1).parameters.list(), new Random(11));
  const names = Array.from({ length: classes }, (_, i) => `class ${i}`);
  const file = encodeGenerator(
    { version: 1, architecture: ARCHITECTURE, classes: names, kimg: 0, data: "none" },
    untrained,
  );
  const { info, weights } = decodeGenerator(file, "generator.onnx");
  const program = await engine.compile(
    { images: generatorGraph(info.architecture, BATCH).images },
    { weights },
  );
  const z = hostTensor("float32", [BATCH, latent]);
  for (let seed = 0; seed < BATCH; seed++)
    z.data.set(normal(new Random(seed).split("z"), [latent]).data, seed * latent);
  const { images } = (await program.run({ z, c: oneHot(BATCH, classes) })).results;
  await program.dispose();
  return Array.from(images?.data as Float32Array, (v) => Math.round(127.5 * (v + 1)));
}

/** Pictures in memory: each has its own colours along two directions. */
function gradients(count: number, resolution: number): ImageDataset {
  const area = resolution * resolution;
  const images = Array.from({ length: count }, (_, k) => {
    const random = new Random(3).split(k);
    const [base, right, down] = [0, 1, 2].map(() => [
      random.uniform(),
      random.uniform(),
      random.uniform(),
    ]) as [number[], number[], number[]];
    return Uint8Array.from({ length: 3 * area }, (_, i) => {
      const [channel, x, y] = [
        Math.floor(i / area),
        (i % resolution) / resolution,
        Math.floor((i % area) / resolution) / resolution,
      ];
      const colour = [base, right, down].map((part) => part[channel] as number) as [
        number,
        number,
        number,
      ];
      return Math.round(85 * (colour[0] + colour[1] * x + colour[2] * y));
    });
  });
  return {
    count,
    resolution,
    channels: 3,
    classes: [],
    labels: undefined,
    files: images.map((_, i) => `${i}.png`),
    skipped: [],
    warnings: [],
    contentHash: "0",
    read(index, out, offset, flip) {
      const image = images[index] as Uint8Array;
      for (let i = 0; i < image.length; i++) {
        const x = i % resolution;
        out[offset + i] = image[flip ? i - x + (resolution - 1 - x) : i] as number;
      }
    },
    close() {},
  };
}

/** Ten steps of `Trainer` on sixteen pictures in memory: what each step reported, and the averaged generator's pictures after them. */
export async function tenSteps(engine: Engine): Promise<Numbers> {
  const dataset = gradients(16, 16);
  const config = resolveConfig(
    {
      resolution: 16,
      widths: [16, 8, 8],
      groupSize: 8,
      latent: 16,
      batch: 8,
      microBatch: 4,
      kimg: 1,
      augment: "fixed",
      augmentP: [0.5, 0.5],
    },
    {
      source: "memory",
      hash: dataset.contentHash,
      pictures: dataset.count,
      classes: dataset.classes,
    },
    engine.target.threads,
  );
  const trainer = await Trainer.create(
    config,
    engine,
    new Sampler(dataset, { seed: config.seed, mirror: config.mirror }),
  );
  const numbers: Record<string, readonly number[]> = {};
  for (let step = 0; step < 10; step++) {
    for (const [name, value] of Object.entries(await trainer.step()))
      numbers[name] = [...(numbers[name] ?? []), value as number];
  }
  const drawer = await SampleDrawer.create(config, engine);
  const drawn = await drawer.draw(4, trainer.state);
  await trainer.dispose();
  return { ...numbers, pictures: drawn.flatMap((picture) => [...picture]) };
}
