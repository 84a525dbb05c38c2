/** @file Runs the small GAN on the CPU provider of Node before a suite starts: what every other runtime must give. */
import type { TestProject } from "vitest/node";
import { Engine } from "../../src/engine/engine.ts";
import type { Target } from "../../src/engine/target.ts";
import { type Numbers, pictures, tenSteps, trainingStep } from "./small-gan.ts";

/** What Node's CPU provider gives. */
export interface Golden {
  readonly trainingStep: Numbers;
  readonly tenSteps: Numbers;
  readonly pictures: readonly number[];
}

declare module "vitest" {
  export interface ProvidedContext {
    golden: Golden;
    provider: Target["provider"];
  }
}

/** Makes the numbers and hands them to the suites of a project, wherever these run. */
export default async function setup(project: TestProject): Promise<void> {
  const engine = await Engine.create({ provider: "cpu", threads: 1 });
  project.provide("golden", {
    trainingStep: await trainingStep(engine, false),
    tenSteps: await tenSteps(engine),
    pictures: await pictures(engine),
  });
}
