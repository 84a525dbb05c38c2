/** @file A run folder as training leaves it, without the training: quick, and with whatever went wrong that a test is about. */
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeImage } from "../src/media/image.node.ts";
import { resolveConfig } from "../src/train/config.ts";
import type { TrainOptions } from "../src/train/options.ts";
import { RunFolder } from "../src/train/run-folder.node.ts";
import { tinyModel } from "./tiny-model.ts";

/** Data facts of a run that was trained on nothing. */
const DATA = { source: "/photos/faces", hash: "0".repeat(64), pictures: 120, classes: [] };

/** A new run of 2 kimg in `runs`, without a word said. */
export function newRun(runs: string, options: TrainOptions = {}): RunFolder {
  const config = resolveConfig({ resolution: 16, kimg: 2, metricKimg: 0.5, ...options }, DATA, 1);
  return RunFolder.create(runs, config);
}

/** Adds events to a run's `stats.jsonl`. */
export function say(run: RunFolder, ...events: readonly object[]): void {
  const lines = events.map((event) => `${JSON.stringify({ time: "2026-01-01", ...event })}\n`);
  appendFileSync(run.file("stats.jsonl"), lines.join(""));
}

/** A tick at a position, with the figures of a run that goes well. */
export function tick(kimg: number): object {
  return {
    type: "tick",
    step: Math.round(kimg * 100),
    kimg,
    totalKimg: 2,
    imagesPerSecond: 100,
    seconds: 10 * kimg,
    etaSeconds: 1,
    lossG: 0.7 + kimg / 10,
    lossD: 0.6,
    realLogit: 0.1,
    fakeLogit: -0.1,
    r1: 0.1,
    r2: 0.1,
    realSign: 0.5,
    gradientNormD: 1,
    gradientNormG: 1,
    augmentP: 0.1,
    learningRate: 2e-4,
    gamma: 1,
    memoryMb: 300,
  };
}

/** A snapshot's metric. */
export function metric(kimg: number, kid: number, best: boolean): object {
  const step = Math.round(kimg * 100);
  return {
    type: "metric",
    step,
    kimg,
    network: "mixed5",
    samples: 500,
    kid,
    diversity: 0.8,
    memorised: 0.05,
    best,
    cpuSeconds: 5,
  };
}

/** A run that reached its end: events, two sample grids and a model. */
export async function finishedRun(runs: string): Promise<RunFolder> {
  const run = newRun(runs);
  const parameters = { generator: 1000, discriminator: 900 };
  say(run, {
    type: "start",
    run: run.path,
    family: "r3gan",
    width: 16,
    height: 16,
    pictures: 120,
    parameters,
    kimg: 0,
    totalKimg: 2,
  });
  for (const kimg of [0.5, 1, 1.5, 2]) {
    say(run, tick(kimg), metric(kimg, kimg === 1 ? 0.05 : 0.08, kimg <= 1));
  }
  for (const [i, kimg] of [0, 2].entries()) {
    const path = run.file("samples", `kimg-00000${kimg}.0.png`);
    const data = new Uint8Array(3 * 8 * 8).fill(60 + 100 * i);
    await writeImage(path, { width: 8, height: 8, data });
    say(run, { type: "sample", kimg, path });
  }
  for (const file of [run.modelPath, run.bestModelPath]) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, tinyModel());
  }
  writeFileSync(join(run.path, "model", "card.md"), "# A card\n");
  const best = { kimg: 1, kid: 0.05, model: run.bestModelPath };
  say(run, {
    type: "done",
    run: run.path,
    kimg: 2,
    seconds: 20,
    complete: true,
    model: run.modelPath,
    best,
  });
  return run;
}
