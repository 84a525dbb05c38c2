import { cpSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { VerdictEvent } from "../../src/base/events.ts";
import { startTraining } from "../../src/train/host.node.ts";
import type { TrainOptions } from "../../src/train/options.ts";

const LANDSCAPES = join(import.meta.dirname, "../../assets/landscapes");

const OPTIONS: TrainOptions = {
  resolution: 16,
  crops: 1,
  batch: 16,
  microBatch: 16,
  widths: [16, 16, 16],
  threads: 1,
  tickSeconds: 2,
  sampleKimg: 100,
};

beforeAll(() => {
  process.env.GANBOX_CACHE = mkdtempSync(join(tmpdir(), "ganbox-cache-"));
});

async function verdictsOf(source: string, options: TrainOptions): Promise<VerdictEvent[]> {
  const runs = mkdtempSync(join(tmpdir(), "ganbox-verdicts-"));
  const verdicts: VerdictEvent[] = [];
  for await (const event of startTraining({ source, options: { ...OPTIONS, ...options }, runs }))
    if (event.type === "verdict") verdicts.push(event);
  return verdicts;
}

const names = (verdicts: readonly VerdictEvent[]): string[] => verdicts.map(({ name }) => name);

describe("verdicts on runs made for them", { timeout: 600_000 }, () => {
  it("three pictures, shown 3,000 times without augmentation, are learnt by heart and copied", async () => {
    const source = join(mkdtempSync(join(tmpdir(), "ganbox-three-")), "three");
    mkdirSync(source);
    for (const name of ["badlands0.jpg", "badlands1.jpg", "city5.jpg"])
      cpSync(join(LANDSCAPES, name), join(source, name));
    const verdicts = await verdictsOf(source, {
      kimg: 10,
      metricKimg: 5,
      widths: [32, 32, 32],
      augment: "none",
      learningRate: [2e-3, 2e-3],
      gamma: [0.05, 0.005],
    });
    expect(names(verdicts)).toContain("discriminator overfits");
    expect(names(verdicts)).toContain("memorising");
  });

  it("a learning rate of 0 stops improving", async () => {
    const options: TrainOptions = { kimg: 3, metricKimg: 0.5, learningRate: [0, 0] };
    expect(names(await verdictsOf(LANDSCAPES, options))).toEqual(["stopped improving"]);
  });

  it("a run that goes well is still improving, and nothing is wrong", async () => {
    const options: TrainOptions = { kimg: 7, metricKimg: 1 };
    expect(names(await verdictsOf(LANDSCAPES, options))).toEqual(["still improving"]);
  });
});
