import { describe, expect, it } from "vitest";
import { Random } from "../base/random.ts";
import { memoryDataset } from "../data/memory.ts";
import { Sampler } from "../data/sampler.ts";
import { Engine } from "../engine/engine.ts";
import { Replicas } from "../engine/replicas.node.ts";
import { resolveConfig } from "./config.ts";
import type { TrainOptions } from "./options.ts";
import { type StartReplicas, Trainer } from "./trainer.ts";

const SIDE = 8;

const images = Array.from({ length: 24 }, (_, seed) => {
  const random = new Random(seed);
  const data = Uint8Array.from({ length: 3 * SIDE * SIDE }, () => random.integer(256));
  return { width: SIDE, height: SIDE, data };
});

/** Kernels that were measured to be fastest: others would give other bits. */
const choices: Record<string, string> = {};

/** The state after some steps, by name, and what was reported. */
async function trained(options: TrainOptions, start?: StartReplicas, steps = 3) {
  const small = { resolution: SIDE, widths: [16, 16], latent: 8, batch: 16, threads: 2, seed: 4 };
  const data = { source: "memory", hash: "", pictures: images.length, classes: [] };
  const config = resolveConfig({ ...small, ...options }, data, 2);
  expect(config.replicas).toBe(2);
  const engine = await Engine.create({ threads: 1, choices });
  const dataset = await memoryDataset(images);
  const sampler = new Sampler(dataset, { seed: 4, mirror: true });
  const trainer = await Trainer.create(config, engine, sampler, start);
  try {
    const reports = [await trainer.step()];
    // As going back to a checkpoint does it.
    trainer.restore(
      new Map(trainer.checkpointNames.map((name) => [name, trainer.state.peek(name)])),
      trainer.progress,
    );
    while (reports.length < steps) reports.push(await trainer.step());
    Object.assign(choices, engine.choices);
    const tensors = trainer.checkpointNames.map((name): [string, number[]] => [
      name,
      [...(trainer.state.peek(name).data as Float32Array)],
    ]);
    const buffers = Object.values(trainer.phases.parameters)
      .flat()
      .filter((p) => !p.trained);
    return { reports, tensors: new Map(tensors), buffers: buffers.map(({ name }) => name) };
  } finally {
    await trainer.dispose();
  }
}

describe("training in replicas", () => {
  it("takes the same steps twice to the bit, and those of one thread but for the order of sums", async () => {
    const shared = await trained({}, Replicas.start);
    expect(shared).toEqual(await trained({}, Replicas.start));
    const alone = await trained({});
    for (const [i, report] of shared.reports.entries())
      for (const [key, value] of Object.entries(report))
        expect(value, key).toBeCloseTo(alone.reports[i]?.[key] as number, 3);
    for (const [name, values] of alone.tensors)
      for (const [i, value] of values.entries())
        expect(shared.tensors.get(name)?.[i], `${name}[${i}]`).toBeCloseTo(value, 3);
  });

  it("averages what follows the data in each of them", async () => {
    const options: TrainOptions = { family: "stylegan2" };
    const shared = await trained(options, Replicas.start, 1);
    const alone = await trained(options, undefined, 1);
    const name = "G/mapping/w_avg";
    expect(alone.buffers).toContain(name);
    const [here, there] = [shared.tensors.get(name) ?? [], alone.tensors.get(name) ?? []];
    // From zero, two small steps one after the other go twice as far as the mean of two.
    for (const [i, value] of here.entries()) expect(2 * value).toBeCloseTo(there[i] as number, 4);
  });
});
