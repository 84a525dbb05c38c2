import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { DatasetError } from "../src/base/errors.ts";
import type { TrainEvent } from "../src/base/events.ts";
import { decodeSafetensors } from "../src/graph/safetensors.ts";
import { decodeGenerator } from "../src/models/model-file.ts";
import { checkpointFiles } from "../src/train/checkpoint.node.ts";
import { planTraining, startTraining } from "../src/train/host.node.ts";
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
  sampleKimg: 1,
  augment: "adaptive",
};

let source = "";
const runs = mkdtempSync(join(tmpdir(), "ganbox-runs-"));
beforeAll(async () => {
  process.env.GANBOX_CACHE = mkdtempSync(join(tmpdir(), "ganbox-cache-"));
  source = await discPictures(40);
});

async function train(
  request: TrainingRequest,
  onEvent: (event: TrainEvent, stop: () => void, kill: () => void) => void = () => undefined,
): Promise<TrainEvent[]> {
  const handle = startTraining(request);
  const events: TrainEvent[] = [];
  for await (const event of handle) {
    events.push(event);
    onEvent(event, handle.stop, handle.kill);
  }
  return events;
}

const of = <T extends TrainEvent["type"]>(
  events: readonly TrainEvent[],
  type: T,
): Extract<TrainEvent, { type: T }>[] =>
  events.filter((event): event is Extract<TrainEvent, { type: T }> => event.type === type);

const runOf = (events: readonly TrainEvent[]): string => of(events, "start")[0]?.run ?? "";

/** Bytes of all tensors in the newest checkpoint. */
function weightsOf(run: string): Map<string, Uint8Array> {
  const path = checkpointFiles(join(run, "checkpoints"))[0] as string;
  const { tensors } = decodeSafetensors(readFileSync(path));
  return new Map(
    [...tensors].map(([name, { data }]) => [
      name,
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    ]),
  );
}

describe("a training run", () => {
  let whole: TrainEvent[] = [];
  beforeAll(async () => {
    whole = await train({ source, options: OPTIONS, runs });
  });

  it("reports its start, its ticks, its pictures and its end", () => {
    expect(of(whole, "start")[0]).toMatchObject({
      family: "r3gan",
      width: 16,
      height: 16,
      pictures: 40,
      kimg: 0,
      totalKimg: 0.256,
    });
    const done = of(whole, "done")[0];
    expect(done).toMatchObject({ complete: true, kimg: 0.256 });
    expect(existsSync(done?.model ?? "")).toBe(true);
    const ticks = of(whole, "tick");
    expect(ticks.at(-1)?.step).toBe(16);
    for (const tick of ticks)
      for (const value of Object.values(tick))
        if (typeof value === "number") expect(Number.isFinite(value)).toBe(true);
    for (const { path } of of(whole, "sample")) expect(existsSync(path)).toBe(true);
  });

  it("leaves a folder that is readable without Ganbox", () => {
    const run = runOf(whole);
    expect(readdirSync(run).sort()).toEqual([
      "checkpoints",
      "config.json",
      "log.txt",
      "model",
      "samples",
      "stats.jsonl",
    ]);
    expect(readdirSync(join(run, "model")).sort()).toEqual([
      "card.md",
      "discriminator.onnx",
      "generator.onnx",
      "model.safetensors",
    ]);
    const stats = readFileSync(join(run, "stats.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as TrainEvent);
    expect(stats.map((event) => event.type)).toContain("tick");
    expect(JSON.parse(readFileSync(join(run, "config.json"), "utf8"))).toMatchObject({
      seed: 3,
      architecture: { widths: [16, 16, 16] },
    });
  });

  it("gives the same weights from the same seed, others from another", async () => {
    const again = await train({ source, options: OPTIONS, runs });
    expect(weightsOf(runOf(again))).toEqual(weightsOf(runOf(whole)));
    const other = await train({ source, options: { ...OPTIONS, seed: 4, kimg: 0.032 }, runs });
    const start = await train({ source, options: { ...OPTIONS, kimg: 0.032 }, runs });
    expect(weightsOf(runOf(other))).not.toEqual(weightsOf(runOf(start)));
  });

  it("continues after a stop as if it had never stopped", async () => {
    const first = await train({ source, options: OPTIONS, runs }, (event, stop) => {
      if (event.type === "tick") stop();
    });
    const run = runOf(first);
    expect(of(first, "done")[0]?.complete).toBe(false);
    const second = await train({ resume: run });
    expect(of(second, "start")[0]?.kimg).toBeGreaterThan(0);
    expect(weightsOf(run)).toEqual(weightsOf(runOf(whole)));
  });

  it("falls back to the checkpoint before a damaged one, says so, and ends with the same weights", async () => {
    const first = await train(
      { source, options: { ...OPTIONS, checkpointSeconds: 0.01 }, runs },
      (event, stop) => {
        if (event.type === "tick") stop();
      },
    );
    const run = runOf(first);
    const [newest = "", older = ""] = checkpointFiles(join(run, "checkpoints"));
    truncateSync(newest, 5000);
    const second = await train({ resume: run });
    const warning = of(second, "warning")
      .map((w) => w.message)
      .join("\n");
    expect(warning).toContain(newest);
    expect(warning).toContain(`Going on from ${older}`);
    expect(weightsOf(run)).toEqual(weightsOf(runOf(whole)));
  });

  it("notices a flipped bit in a checkpoint", async () => {
    const run = join(runs, "flipped");
    cpSync(runOf(whole), run, { recursive: true });
    for (const file of checkpointFiles(join(run, "checkpoints"))) {
      const bytes = readFileSync(file);
      bytes[bytes.length - 10] = (bytes[bytes.length - 10] as number) ^ 1;
      writeFileSync(file, bytes);
    }
    await expect(train({ resume: run })).rejects.toThrow(
      /every checkpoint is damaged[\s\S]*checksum/,
    );
  });

  it("refuses pictures that have changed, a configuration that has changed, and folders that are no run", async () => {
    const run = join(runs, "changed");
    cpSync(runOf(whole), run, { recursive: true });
    const config = join(run, "config.json");
    const text = readFileSync(config, "utf8");
    writeFileSync(config, text.replace('"blocks": 1', '"blocks": 2'));
    await expect(train({ resume: run })).rejects.toThrow(/does not match the checkpoint/);
    writeFileSync(config, text.replace(/"hash": "[0-9a-f]+"/, '"hash": "00"'));
    await expect(train({ resume: run })).rejects.toThrow(/pictures have changed/);
    writeFileSync(config, text);
    rmSync(join(run, "checkpoints"), { recursive: true });
    await expect(train({ resume: run })).rejects.toThrow(/has no checkpoint/);
    await expect(train({ resume: source })).rejects.toThrow(/no run here/);
  });
});

describe("classes", () => {
  it("are learnt from sub-folders and kept in the model", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ganbox-classes-"));
    for (const name of ["left", "right"])
      cpSync(await discPictures(6), join(folder, name), { recursive: true });
    const events = await train({
      source: folder,
      options: { ...OPTIONS, kimg: 0.032, conditional: true },
      runs,
    });
    const { info } = decodeGenerator(readFileSync(of(events, "done")[0]?.model ?? ""), "model");
    expect(info).toMatchObject({ classes: ["left", "right"], architecture: { classes: 2 } });
  });
});

describe("pictures that are gone", () => {
  it("stop a resume with a clear error, and the run goes on when they are back", async () => {
    const folder = join(mkdtempSync(join(tmpdir(), "ganbox-gone-")), "pictures");
    cpSync(source, folder, { recursive: true });
    const first = await train({ source: folder, options: { ...OPTIONS, kimg: 0.032 }, runs });
    const run = runOf(first);
    const config = join(run, "config.json");
    writeFileSync(config, readFileSync(config, "utf8").replace('"kimg": 0.032', '"kimg": 0.064'));
    rmSync(folder, { recursive: true });
    await expect(train({ resume: run })).rejects.toThrow(DatasetError);
    cpSync(source, folder, { recursive: true });
    expect(of(await train({ resume: run }), "done")[0]).toMatchObject({
      complete: true,
      kimg: 0.064,
    });
  });
});

describe("numbers that are not finite", () => {
  it("are named, halve the learning rates twice and end the run the third time, with the weights as before", async () => {
    const events: TrainEvent[] = [];
    const handle = startTraining({
      source,
      options: { ...OPTIONS, learningRate: [1e30, 1e30] },
      runs,
    });
    await expect(async () => {
      for await (const event of handle) events.push(event);
    }).rejects.toThrow(
      /[DG] phase: the result of .* in "(generator|discriminator|adam).*" is not finite\. It is the third time/,
    );
    const warnings = of(events, "warning").map((w) => w.message);
    expect(warnings).toHaveLength(2);
    for (const warning of warnings) expect(warning).toMatch(/half the learning rates/);
    for (const data of weightsOf(runOf(events)).values()) {
      expect(
        new Float32Array(data.buffer, data.byteOffset, data.length / 4).every(Number.isFinite),
      ).toBe(true);
    }
  });
});

describe("a plan", () => {
  it("measures what the run would cost without starting it", async () => {
    const before = readdirSync(runs).length;
    const plan = await planTraining(source, OPTIONS);
    expect(plan.parameters.generator).toBeGreaterThan(1000);
    expect(plan.secondsPerKimg).toBeGreaterThan(0);
    expect(plan.seconds).toBeCloseTo(plan.secondsPerKimg * 0.256, 6);
    expect(plan.memoryMb).toBeGreaterThan(50);
    expect(readdirSync(runs)).toHaveLength(before);
  });
});
