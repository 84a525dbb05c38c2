/** @file Runs the small GAN on the CPU provider of Node before a suite starts: what every other runtime must give. */
import { resolve } from "node:path";
import type { TestProject } from "vitest/node";
import { loadGenerator } from "../../src/create/load.node.ts";
import { Engine } from "../../src/engine/engine.ts";
import type { Target } from "../../src/engine/target.ts";
import { LANDSCAPE_SEEDS } from "./landscape-seeds.ts";
import { type Numbers, pictures, type TenSteps, tenSteps, trainingStep } from "./small-gan.ts";

/** What Node's CPU provider gives. */
export interface Golden {
  readonly trainingStep: Numbers;
  readonly tenSteps: TenSteps;
  readonly pictures: readonly number[];
  /** Bytes of the ready-made model's pictures, seeds `LANDSCAPE_SEEDS`. */
  readonly landscapes: readonly (readonly number[])[];
}

declare module "vitest" {
  export interface ProvidedContext {
    golden: Golden;
    provider: Target["provider"];
  }
}

async function landscapes(): Promise<number[][]> {
  const generator = await loadGenerator(
    resolve(import.meta.dirname, "../../models/landscapes-64.onnx"),
  );
  const images: number[][] = [];
  for await (const image of generator.fromSeeds(LANDSCAPE_SEEDS)) images.push([...image.data]);
  await generator.dispose();
  return images;
}

/** Makes the numbers and hands them to the suites of a project, wherever these run. */
export default async function setup(project: TestProject): Promise<void> {
  const on = { provider: "cpu", threads: 1 } as const;
  const engine = await Engine.create(on);
  project.provide("golden", {
    trainingStep: await trainingStep(engine, false),
    tenSteps: await tenSteps(on),
    pictures: await pictures(on),
    landscapes: await landscapes(),
  });
}
