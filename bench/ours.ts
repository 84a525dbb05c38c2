/**
 * Ganbox's side of the comparison, a process of its own like its training: answers `train` and `generate` on the standard input
 * with seconds, and ends with its peak memory. Started by main.ts with a network's name and the number of threads.
 */
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Random } from "../src/base/random.ts";
import { hostTensor } from "../src/base/tensor.ts";
import { defaultCacheDir } from "../src/data/cache-dir.node.ts";
import { Sampler } from "../src/data/sampler.ts";
import { Engine } from "../src/engine/engine.ts";
import type { Program } from "../src/engine/program.ts";
import { Replicas } from "../src/engine/replicas.node.ts";
import { fileStore } from "../src/engine/tuning-store.node.ts";
import { generatorGraph } from "../src/models/model-file.ts";
import type { RunConfig } from "../src/train/config.ts";
import { Trainer } from "../src/train/trainer.ts";
import { randomPictures } from "./pictures.ts";
import { type BenchNetwork, configOf, networksNamed, settingsOf } from "./settings.ts";

/** The generator as `ganbox generate` runs it: weights are constants, nothing is measured beforehand. */
async function freeze(
  { architecture }: RunConfig,
  trainer: Trainer,
  engine: Engine,
  batch: number,
): Promise<Program> {
  const { images } = generatorGraph(architecture, batch);
  const names = trainer.phases.parameters.G.map(({ name }) => name);
  const weights = new Map(names.map((name) => [name, trainer.state.peek(name)]));
  return await engine.compile({ images }, { weights, tune: false });
}

const report = (line: object): void => console.log(JSON.stringify(line));
const seconds = (start: number): number => (performance.now() - start) / 1000;

const [name, threads] = process.argv.slice(2);
const [network] = networksNamed(name) as readonly [BenchNetwork];
const config = configOf(network, Number(threads));
const { generate, steps } = settingsOf(config);
const engine = await Engine.create({
  threads: config.threads,
  arena: config.arena,
  store: fileStore(join(defaultCacheDir(), "lowerings.json")),
});
const pictures = randomPictures(config.architecture.height);
const trainer = await Trainer.create(
  config,
  engine,
  new Sampler(pictures, { seed: 0, mirror: false }),
  Replicas.start,
);
const z = new Random(1);
let generator: Program | undefined;

report({ ready: true });
for await (const command of createInterface({ input: process.stdin })) {
  if (command === "train") {
    const start = performance.now();
    for (let step = 0; step < steps; step++) await trainer.step();
    report({ seconds: seconds(start) });
  } else if (command === "generate") {
    generator ??= await freeze(config, trainer, engine, generate);
    const start = performance.now();
    const { latent } = config.architecture;
    const data = z.fillNormal(new Float32Array(generate * latent));
    await generator.run({ z: hostTensor("float32", [generate, latent], data) });
    report({ seconds: seconds(start) });
  }
}
report({ peakMb: process.resourceUsage().maxRSS / 1024 });
