import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { CancelledError, DivergenceError } from "../src/base/errors.ts";
import type { TrainEvent } from "../src/base/events.ts";
import { decodeGenerator } from "../src/models/model-file.ts";
import { startTraining, type TrainingHandle } from "../src/train/host.node.ts";
import type { TrainingRequest } from "../src/train/messages.ts";
import type { TrainOptions } from "../src/train/options.ts";
import { discPictures } from "./support/pictures.ts";

const OPTIONS: TrainOptions = {
  resolution: 16,
  kimg: 0.256,
  batch: 16,
  microBatch: 8,
  widths: [16, 16, 16],
  threads: 1,
  seed: 3,
  tickSeconds: 0.2,
  checkpointSeconds: 0.01,
  sampleKimg: 1,
  metricKimg: 0.128,
  heldOut: 0.25,
};

/** Events that no run should give unless something is wrong. */
const BAD = ["collapsed", "diverging", "discriminator overfits", "memorising"];

let source = "";
const runs = mkdtempSync(join(tmpdir(), "ganbox-runs-"));
beforeAll(async () => {
  process.env.GANBOX_CACHE = mkdtempSync(join(tmpdir(), "ganbox-cache-"));
  source = await discPictures(40);
});

/** The events of a training, also of one that is killed or diverges. */
async function train(
  request: TrainingRequest,
  onEvent: (event: TrainEvent, handle: TrainingHandle) => void = () => undefined,
): Promise<TrainEvent[]> {
  const handle = startTraining(request);
  const events: TrainEvent[] = [];
  try {
    for await (const event of handle) {
      events.push(event);
      onEvent(event, handle);
    }
  } catch (error) {
    if (!(error instanceof CancelledError || error instanceof DivergenceError)) throw error;
  }
  return events;
}

const of = <T extends TrainEvent["type"]>(
  events: readonly TrainEvent[],
  type: T,
): Extract<TrainEvent, { type: T }>[] =>
  events.filter((event): event is Extract<TrainEvent, { type: T }> => event.type === type);

const filesOf = (events: readonly TrainEvent[], ...parts: string[]): string =>
  join(of(events, "start")[0]?.run ?? "", ...parts);

/** What a metric event says about the snapshot. */
const values = (events: readonly TrainEvent[]): object[] =>
  of(events, "metric").map(({ cpuSeconds, ...event }) => event);

// Two snapshots take 14 s of processor time on a quiet core.
describe("the quick metric", { timeout: 240_000 }, () => {
  let whole: TrainEvent[] = [];
  beforeAll(async () => {
    whole = await train({ source, options: OPTIONS, runs });
  }, 240_000);

  it("compares snapshots with the pictures held out, beside the training", () => {
    expect(of(whole, "start")[0]).toMatchObject({ pictures: 30 });
    const metrics = of(whole, "metric");
    expect(metrics.map(({ kimg }) => kimg)).toEqual([0.128, 0.256]);
    for (const { kid, diversity, memorised, nearest, samples, network } of metrics) {
      expect([network, samples]).toEqual(["mixed5", 500]);
      expect(kid).toBeGreaterThan(0.05); // random patterns against discs
      expect(diversity).toBeGreaterThan(0.3);
      expect(memorised).toBeLessThan(0.2);
      expect(nearest).toBeGreaterThan(1);
    }
    const stages = of(whole, "prepare").map(({ stage, total }) => [stage, total]);
    expect(Object.fromEntries(stages)).toMatchObject({
      "features of training pictures, for the quick metric": 30,
      "features of held-out pictures, for the quick metric": 10,
    });
    expect(of(whole, "verdict").filter(({ name }) => BAD.includes(name))).toEqual([]);
    const stats = readFileSync(filesOf(whole, "stats.jsonl"), "utf8").trim().split("\n");
    const recorded = stats.map((line) => JSON.parse(line) as TrainEvent);
    expect(values(recorded)).toMatchObject(values(whole));
  });

  it("keeps the best snapshot beside the newest, and nothing else", () => {
    const [best] = of(whole, "metric").sort((a, b) => a.kid - b.kid);
    const done = of(whole, "done")[0];
    expect(done?.best).toEqual({
      kimg: best?.kimg,
      kid: best?.kid,
      model: filesOf(whole, "model", "best.onnx"),
    });
    const { info } = decodeGenerator(readFileSync(done?.best?.model ?? ""), "best");
    expect(info.kimg).toBe(best?.kimg);
    expect(readdirSync(filesOf(whole, "model")).sort()).toEqual([
      "best.onnx",
      "card.md",
      "discriminator.onnx",
      "generator.onnx",
      "model.safetensors",
    ]);
    expect(readFileSync(filesOf(whole, "model", "card.md"), "utf8")).toContain("Best snapshot");
  });

  it("is made up for after a kill: the same values and the same best snapshot as without", async () => {
    const killed = await train({ source, options: OPTIONS, runs }, (event, handle) => {
      if (event.type === "checkpoint" && event.kimg >= 0.144) handle.kill();
    });
    const waiting = readdirSync(filesOf(killed, "model")).filter((name) => name.startsWith("step"));
    expect(waiting).toContain("step-000000008.onnx");
    expect(of(killed, "metric")).toEqual([]);
    const resumed = await train({ resume: filesOf(killed) });
    expect(values(resumed)).toEqual(values(whole));
    for (const file of ["best.onnx", "generator.onnx"]) {
      const [a, b] = [killed, whole].map((run) => readFileSync(filesOf(run, "model", file)));
      expect(a?.equals(b as Buffer)).toBe(true);
    }
    expect(readdirSync(filesOf(killed, "model"))).toEqual(readdirSync(filesOf(whole, "model")));
  });

  it("that cannot be had is a warning, and the training goes on", async () => {
    const folder = join(mkdtempSync(join(tmpdir(), "ganbox-gone-")), "pictures");
    cpSync(source, folder, { recursive: true });
    const events = await train({ source: folder, options: OPTIONS, runs }, (event) => {
      if (event.type === "start") rmSync(folder, { recursive: true });
    });
    const warnings = of(events, "warning").map(({ message }) => message);
    expect(warnings).toHaveLength(2);
    for (const warning of warnings)
      expect(warning).toMatch(/quick metric at 0\.\d+ kimg failed: .*cannot be opened/);
    expect(of(events, "done")[0]).toMatchObject({ complete: true });
    expect(of(events, "done")[0]?.best).toBeUndefined();
    expect(existsSync(filesOf(events, "model", "best.onnx"))).toBe(false);
    expect(readdirSync(filesOf(events, "model"))).toHaveLength(4);
  });
});

describe("a run made to fail", { timeout: 240_000 }, () => {
  const names = (events: readonly TrainEvent[]): string[] =>
    of(events, "verdict").map(({ name }) => name);

  it("by a learning rate far too high is called diverging", async () => {
    // A tick a step: what is seen does not depend on the machine's speed.
    const events = await train({
      source,
      options: {
        ...OPTIONS,
        ...{ metricKimg: 0, kimg: 0.4, tickSeconds: 1e-6, learningRate: [0.05, 0.05] },
      },
      runs,
    });
    expect(names(events)).toContain("diverging");
    const verdict = of(events, "verdict").find(({ name }) => name === "diverging");
    expect(verdict?.advice).toContain("--learning-rate 0.0125,0.0125");
    const log = readFileSync(filesOf(events, "log.txt"), "utf8");
    expect(log).toContain(`diverging: ${verdict?.seen} ${verdict?.advice}`);
  });

  // The generator's first steps take it out of every picture's reach, to one spot for all z.
  it("by a loss without penalty and large steps is called collapsed", async () => {
    const events = await train({
      source,
      options: {
        ...OPTIONS,
        ...{ kimg: 0.192, metricKimg: 0.192, heldOut: 0, seed: 2, batch: 16, microBatch: 16 },
        ...{ loss: "hinge", penalty: "none", augment: "none" },
        ...{ learningRate: [0.1, 0.1], emaHalflifeKimg: [0, 0] },
      },
      runs,
    });
    expect(of(events, "metric")[0]?.diversity).toBeLessThan(0.1);
    expect(names(events)).toContain("collapsed");
    const verdict = of(events, "verdict").find(({ name }) => name === "collapsed");
    expect(verdict?.advice).toContain("--loss relativistic --penalty r1r2");
  });
});
