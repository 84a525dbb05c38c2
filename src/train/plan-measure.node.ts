import type { PrepareEvent } from "../base/events.ts";
import { sizeOf } from "../base/shape.ts";
import { Sampler } from "../data/sampler.ts";
import { Replicas } from "../engine/replicas.node.ts";
import type { Parameter } from "../nn/parameters.ts";
import type { TrainingPlan } from "./messages.ts";
import type { TrainOptions } from "./options.ts";
import { openEngine, prepareConfig } from "./session.node.ts";
import { Trainer } from "./trainer.ts";

const STEPS = 3;

/** Takes a few real steps and says what the whole run would cost. Nothing is written but caches. */
export async function measurePlan(
  source: string,
  options: TrainOptions,
  onPrepare: (event: PrepareEvent) => void,
): Promise<TrainingPlan> {
  const { config, dataset } = await prepareConfig(source, options, onPrepare);
  const engine = await openEngine(config, onPrepare);
  const trainer = await Trainer.create(
    config,
    engine,
    new Sampler(dataset, { seed: config.seed, mirror: config.mirror }),
    Replicas.start,
  );
  const times: number[] = [];
  for (let i = 0; i <= STEPS; i++) {
    const start = performance.now();
    await trainer.step();
    // The first step touches all memory for the first time.
    if (i > 0) times.push((performance.now() - start) / 1000);
    onPrepare({ type: "prepare", stage: "measuring steps", done: i, total: STEPS });
  }
  const median = times.sort((a, b) => a - b)[times.length >> 1] as number;
  const secondsPerKimg = (median * 1000) / config.batch;
  const count = (parameters: readonly Parameter[]): number =>
    parameters.reduce((sum, p) => sum + (p.trained ? sizeOf(p.shape) : 0), 0);
  const { G, D } = trainer.phases.parameters;
  dataset.close();
  return {
    config,
    parameters: { generator: count(G), discriminator: count(D) },
    memoryMb: process.resourceUsage().maxRSS / 1024,
    secondsPerKimg,
    seconds: secondsPerKimg * config.kimg,
  };
}
