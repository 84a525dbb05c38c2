import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { TickEvent, TrainEvent, VerdictName } from "../src/base/events.ts";
import { type RunConfig, resolveConfig } from "../src/train/config.ts";
import { History } from "../src/train/history.ts";
import type { TrainOptions } from "../src/train/options.ts";
import { type Verdict, verdictsOn } from "../src/train/verdicts.ts";

const GOLDENS = join(import.meta.dirname, "goldens/verdicts");

const configOf = (pictures: number, options: TrainOptions): RunConfig =>
  resolveConfig(
    { resolution: 16, batch: 16, microBatch: 16, threads: 1, ...options },
    { source: "photos", hash: "", pictures, classes: [] },
    1,
  );

const eventsOf = (name: string): TrainEvent[] =>
  readFileSync(join(GOLDENS, `${name}.jsonl`), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as TrainEvent);

/** What a run with these events would have said, each verdict once until it changes. */
function said(events: readonly TrainEvent[], config: RunConfig): Verdict[] {
  const history = new History();
  let standing: ReadonlySet<VerdictName> = new Set();
  return events.flatMap((event) => {
    history.add(event);
    const verdicts = verdictsOn(history, config, standing);
    const fresh = verdicts.filter(({ name }) => !standing.has(name));
    standing = new Set(verdicts.map(({ name }) => name));
    return fresh;
  });
}

const namesOf = (verdicts: readonly Verdict[]): VerdictName[] => verdicts.map(({ name }) => name);

const MEMORISING: TrainOptions = {
  kimg: 10,
  augment: "none",
  widths: [32, 32, 32],
  learningRate: [2e-3, 2e-3],
};

describe("verdicts on recorded runs", () => {
  it("three pictures without augmentation: the discriminator overfits, then copies appear", () => {
    const verdicts = said(eventsOf("memorising"), configOf(3, MEMORISING));
    expect(namesOf(verdicts)).toEqual(["discriminator overfits", "memorising"]);
    const [overfits, memorising] = verdicts;
    expect(overfits?.seen).toMatch(
      /in 9\d(\.\d)? % of the pairs, after \d+ times through the data/,
    );
    expect(overfits?.advice).toContain("--augment adaptive");
    expect(memorising?.seen).toContain("at 4 kimg 46.4 % of the generated pictures");
    expect(memorising?.advice).toMatch(/more pictures than 3; --augment adaptive.*--held-out 0\.1/);
  });

  it("a learning rate of 0 stops improving, and nothing else is wrong", () => {
    const config = configOf(158, { kimg: 3.5, learningRate: [0, 0] });
    const verdicts = said(eventsOf("stopped"), config);
    expect(namesOf(verdicts)).toEqual(["stopped improving"]);
    expect(verdicts[0]?.seen).toContain("the best has KID 0.111; the best before has 0.111");
    expect(verdicts[0]?.advice).toContain("a learning rate above 0");
  });

  it("a run that goes well is still improving, and nothing is wrong", () => {
    const verdicts = said(eventsOf("healthy"), configOf(158, { kimg: 7 }));
    expect(namesOf(verdicts)).toEqual(["still improving"]);
    expect(verdicts[0]?.advice).toContain("--kimg 14");
  });
});

describe("verdicts", () => {
  const config = configOf(158, { kimg: 7 });
  const tick = eventsOf("healthy").find((event) => event.type === "tick") as TickEvent;
  const gap = (realLogit: number): TrainEvent => ({ ...tick, realLogit, fakeLogit: 0 });
  const broken: TrainEvent = { type: "warning", message: "", divergedAtKimg: 2 };

  it("are said once while a figure hovers at its limit, and again after it was well inside", () => {
    expect(namesOf(said([gap(120), gap(80), gap(110)], config))).toEqual(["diverging"]);
    expect(namesOf(said([gap(120), gap(5), gap(110)], config))).toEqual(["diverging", "diverging"]);
  });

  it("tell a critic's wide logits from a discriminator's", () => {
    const wasserstein = configOf(158, { kimg: 7, loss: "wasserstein" });
    expect(said([gap(500)], wasserstein)).toEqual([]);
    expect(namesOf(said([gap(20_000)], wasserstein))).toEqual(["diverging"]);
  });

  it("name where the numbers stopped being finite, and forget it ten ticks later", () => {
    const calm = Array.from({ length: 10 }, () => gap(1));
    const verdicts = said([gap(1), broken, ...calm, broken], config);
    expect(namesOf(verdicts)).toEqual(["diverging", "diverging"]);
    expect(verdicts[0]).toMatchObject({ seen: "numbers were not finite at 2 kimg." });
    expect(verdicts[0]?.advice).toContain("--learning-rate 0.00005,0.0000125");
  });

  it("do not take copies for an improvement, except where pictures held out tell", () => {
    const metrics = eventsOf("healthy").map((event): TrainEvent => {
      return event.type === "metric" ? { ...event, memorised: 0.9 } : event;
    });
    expect(namesOf(said(metrics, config))).toEqual(["memorising"]);
    const heldOut = configOf(158, { kimg: 7, heldOut: 0.1 });
    expect(namesOf(said(metrics, heldOut))).toEqual(["memorising", "still improving"]);
  });

  it("call a run collapsed whose pictures are alike", () => {
    const metrics = eventsOf("healthy").map((event): TrainEvent => {
      return event.type === "metric" ? { ...event, diversity: 0.1 } : event;
    });
    const [verdict] = said(metrics, config);
    expect(verdict).toMatchObject({ name: "collapsed" });
    expect(verdict?.advice).toMatch(/--gamma \S+ and --learning-rate 0.0001,0.000025/);
  });

  it("notice codes that say nothing, once they had time to, and advise what an autoencoder has", () => {
    const vae = configOf(158, { kimg: 7, family: "vae" });
    const { lossG, gradientNormG } = tick;
    const code = (step: number, divergence: number): TrainEvent =>
      ({ ...tick, step, divergence, lossG, gradientNormG, realSign: undefined }) as TrainEvent;
    expect(said([code(299, 0.1), code(400, 20)], vae)).toEqual([]);
    const verdicts = said([code(300, 0.1), code(310, 0.8), code(320, 2), code(330, 0.2)], vae);
    expect(namesOf(verdicts)).toEqual(["posterior collapsed", "posterior collapsed"]);
    expect(verdicts[0]?.advice).toMatch(/--beta 1, .* --free-bits 0\.1\./);
    expect(said([broken], vae)[0]?.advice).not.toContain("penalty");
  });

  it("leave a discriminator that is ahead to adaptive augmentation until that has nothing left", () => {
    const adaptive = configOf(3, { ...MEMORISING, augment: "adaptive" });
    const ticks = (augmentP: number): TrainEvent[] =>
      eventsOf("memorising").flatMap((e) => (e.type === "tick" ? { ...e, augmentP } : []));
    expect(said(ticks(0.5), adaptive)).toEqual([]);
    const [verdict] = said(ticks(0.85), adaptive);
    expect(verdict).toMatchObject({ name: "discriminator overfits" });
    expect(verdict?.advice).toMatch(/more pictures, or start again with --gamma/);
  });
});

describe("History", () => {
  const events = eventsOf("healthy");
  const lines = events.map((event) => JSON.stringify(event));

  it("is the same read back as it was made", () => {
    const history = new History();
    for (const event of events) history.add(event);
    expect(History.parse(lines.join("\n"), 7.008)).toEqual(history);
    expect(history.best).toMatchObject({ type: "metric", kimg: 6 });
  });

  it("forgets what a resumed run will say again, but not which snapshot was the best", () => {
    const history = History.parse([...lines, "{cut o"].join("\n"), 4);
    expect(history.ticks.every(({ kimg }) => kimg <= 4)).toBe(true);
    expect(history.metrics.map(({ kimg }) => kimg)).toEqual([1.008, 2, 3.008, 4]);
    expect(history.best?.kimg).toBe(6);
    const again = events.filter((event) => "kimg" in event && event.kimg > 4);
    for (const event of again) history.add(event);
    expect(history).toEqual(History.parse(lines.join("\n"), 7.008));
  });

  it("counts a snapshot that was measured twice once", () => {
    const last = lines.at(-1) as string;
    expect(History.parse([...lines, last].join("\n"), 7.008).metrics).toHaveLength(7);
  });
});
