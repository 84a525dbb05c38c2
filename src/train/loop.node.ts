import { existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { DivergenceError } from "../base/errors.ts";
import type { DoneEvent, TickEvent, TrainEvent, VerdictName } from "../base/events.ts";
import { sizeOf } from "../base/shape.ts";
import type { HostTensor } from "../base/tensor.ts";
import { encodeSafetensors } from "../graph/safetensors.ts";
import { imageGrid } from "../media/grid.ts";
import { writeImage } from "../media/image.node.ts";
import type { NetworkName } from "../models/family.ts";
import {
  encodeDiscriminator,
  encodeEncoder,
  encodeGenerator,
  type ModelInfo,
} from "../models/model-file.ts";
import { familyOf } from "../models/registry.ts";
import { modelCard } from "./card.ts";
import { readNewestCheckpoint, writeCheckpoint } from "./checkpoint.node.ts";
import { type Evaluation, Evaluator } from "./evaluator.node.ts";
import { appendLine, writeFileDurably } from "./files.node.ts";
import { History } from "./history.ts";
import { drawSample } from "./media.node.ts";
import type { Session } from "./session.node.ts";
import type { StepReport } from "./trainer.ts";
import { verdictsOn } from "./verdicts.ts";

const SAMPLES = 36;
const MAX_DIVERGENCES = 3;

/** Time between looks at what the evaluator has done, once training has ended [ms]. */
const POLL_MS = 100;

/** What phases report and a tick tells on. */
type Measured = Pick<TickEvent, "lossG" | "gradientNormG" | "augmentP" | "learningRate" | "gamma">;

/** Means of what the steps since the last tick measured. */
class TickMeter {
  #sums = new Map<string, { sum: number; count: number }>();
  #steps = 0;
  #start = performance.now();

  add(report: StepReport): void {
    for (const [key, value] of Object.entries(report)) {
      const { sum, count } = this.#sums.get(key) ?? { sum: 0, count: 0 };
      this.#sums.set(key, { sum: sum + value, count: count + 1 });
    }
    this.#steps++;
  }

  get steps(): number {
    return this.#steps;
  }

  get elapsedSeconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  /** By name; what no step measured is left out. */
  get means(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#sums].map(([key, { sum, count }]) => [key, sum / count]));
  }

  reset(): void {
    this.#sums = new Map();
    this.#steps = 0;
    this.#start = performance.now();
  }
}

/**
 * Trains a prepared session to its end and reports events.
 *
 * @param shouldStop Asked after every step: true writes a checkpoint and ends.
 * @throws {DivergenceError} when training has left the finite numbers three times.
 */
export class Loop {
  readonly #session: Session;
  readonly #emit: (event: TrainEvent) => void;
  readonly #meter = new TickMeter();
  readonly #evaluator: Evaluator;
  readonly #history: History;
  /** Verdicts that hold and were said. */
  #verdicts: ReadonlySet<VerdictName>;
  #secondsBefore: number;
  #start = performance.now();
  #lastCheckpoint = performance.now();
  #divergences = 0;
  #sampledAt = -1;

  constructor(session: Session, emit: (event: TrainEvent) => void) {
    this.#session = session;
    this.#secondsBefore = session.seconds;
    const log = session.run.file("log.txt");
    const stats = session.run.file("stats.jsonl");
    this.#emit = (event) => {
      emit(event);
      if (event.type === "prepare") return;
      this.#history.add(event);
      const time = new Date().toISOString();
      appendLine(stats, `${JSON.stringify({ time, ...event })}`, event.type === "metric");
      if (event.type === "warning") appendLine(log, `${time} warning: ${event.message}`);
      else if (event.type === "verdict")
        appendLine(log, `${time} ${event.name}: ${event.seen} ${event.advice}`);
      else appendLine(log, `${time} ${JSON.stringify(event)}`);
    };
    this.#evaluator = new Evaluator(session.run, this.#emit);
    this.#history = History.parse(mendedText(stats), session.trainer.kimg);
    const verdicts = verdictsOn(this.#history, session.run.config, this.#history.said);
    this.#verdicts = new Set(verdicts.map(({ name }) => name));
  }

  get #seconds(): number {
    return this.#secondsBefore + (performance.now() - this.#start) / 1000;
  }

  /** Runs until the length is reached or `shouldStop` says so. */
  async run(shouldStop: () => boolean): Promise<void> {
    try {
      await this.#train(shouldStop);
    } finally {
      this.#evaluator.close();
    }
  }

  async #train(shouldStop: () => boolean): Promise<void> {
    const { trainer, run, dataset } = this.#session;
    const { config } = run;
    const count = (network: NetworkName): number =>
      trainer.phases.parameters[network].reduce(
        (sum, p) => sum + (p.trained ? sizeOf(p.shape) : 0),
        0,
      );
    this.#emit({
      type: "start",
      run: run.path,
      family: config.architecture.family,
      width: config.architecture.width,
      height: config.architecture.height,
      pictures: dataset.count,
      parameters: {
        generator: count("G"),
        discriminator: count("D"),
        ...(count("E") === 0 ? {} : { encoder: count("E") }),
      },
      kimg: trainer.kimg,
      totalKimg: config.kimg,
    });
    for (const message of this.#session.warnings) this.#emit({ type: "warning", message });
    if (trainer.progress.step === 0) {
      await this.#checkpoint();
      await this.#sample();
    }
    this.#evaluator.adopt(trainer.progress.step);
    while (!trainer.finished && !shouldStop()) await this.#step();
    if (this.#meter.steps > 0) this.#tick();
    if (trainer.kimg !== this.#sampledAt) await this.#sample();
    await this.#checkpoint();
    if (trainer.finished) await this.#evaluateRest(shouldStop);
    const seconds = this.#seconds;
    const best = this.#best();
    writeFileDurably(run.file("model", "card.md"), modelCard(config, trainer.kimg, seconds, best));
    this.#emit({
      type: "done",
      run: run.path,
      kimg: trainer.kimg,
      seconds,
      complete: trainer.finished,
      model: run.modelPath,
      ...(best === undefined ? {} : { best }),
    });
  }

  async #step(): Promise<void> {
    const { trainer, run, lock } = this.#session;
    lock.check();
    const { config } = run;
    const before = trainer.kimg;
    try {
      this.#meter.add(await trainer.step());
    } catch (error) {
      if (!(error instanceof DivergenceError)) throw error;
      await this.#recover(error);
      return;
    }
    const passed = (every: number): boolean =>
      Math.floor(trainer.kimg / every) > Math.floor(before / every);
    if (this.#meter.elapsedSeconds >= config.tickSeconds) this.#tick();
    if (passed(config.sampleKimg)) await this.#sample();
    // A snapshot comes before a checkpoint of the same step: with the checkpoint, the step is not taken again.
    if (config.metricKimg > 0 && (passed(config.metricKimg) || trainer.finished))
      this.#evaluator.add(trainer.progress.step, (await this.#generator()).model);
    this.#collect();
    if (performance.now() - this.#lastCheckpoint >= config.checkpointSeconds * 1000)
      await this.#checkpoint();
  }

  #tick(): void {
    const { trainer, run } = this.#session;
    const meter = this.#meter;
    const imagesPerSecond = (meter.steps * run.config.batch) / meter.elapsedSeconds;
    const event: TickEvent = {
      type: "tick",
      step: trainer.progress.step,
      kimg: trainer.kimg,
      totalKimg: run.config.kimg,
      imagesPerSecond,
      seconds: this.#seconds,
      etaSeconds: (Math.max(0, run.config.kimg - trainer.kimg) * 1000) / imagesPerSecond,
      ...(meter.means as Measured),
      memoryMb: process.memoryUsage.rss() / 1e6,
    };
    meter.reset();
    this.#emit(event);
    this.#judge();
  }

  /** Reports the snapshots that have been measured since the last call. */
  #collect(): void {
    for (const { step, outcome } of this.#evaluator.take()) {
      const best = this.#report(step, outcome);
      this.#evaluator.settle(step, best);
    }
  }

  /** @returns Whether the snapshot is the best so far. */
  #report(step: number, outcome: Evaluation["outcome"]): boolean {
    const kimg = (step * this.#session.run.config.batch) / 1000;
    if ("problem" in outcome) {
      const message = `The quick metric at ${kimg} kimg failed: ${outcome.problem} Training goes on without it.`;
      this.#emit({ type: "warning", message });
      return false;
    }
    const { metric, cpuSeconds } = outcome;
    // Not below: measured again after a crash, the best has the same value.
    const best = metric.kid <= (this.#history.best?.kid ?? Number.POSITIVE_INFINITY);
    this.#emit({ type: "metric", step, kimg, ...metric, best, cpuSeconds });
    this.#judge();
    return best;
  }

  /** Waits for the snapshots that have not been measured yet. */
  async #evaluateRest(shouldStop: () => boolean): Promise<void> {
    const total = this.#evaluator.pending;
    let said = -1;
    this.#evaluator.hurry();
    while (this.#evaluator.pending > 0 && !shouldStop()) {
      const done = total - this.#evaluator.pending;
      if (done !== said)
        this.#emit({ type: "prepare", stage: "measuring the last snapshots", done, total });
      said = done;
      await delay(POLL_MS);
      this.#collect();
    }
  }

  #best(): DoneEvent["best"] {
    const { best } = this.#history;
    const model = this.#session.run.bestModelPath;
    return best === undefined ? undefined : { kimg: best.kimg, kid: best.kid, model };
  }

  /** Says what has become true. */
  #judge(): void {
    const verdicts = verdictsOn(this.#history, this.#session.run.config, this.#verdicts);
    for (const verdict of verdicts) {
      if (this.#verdicts.has(verdict.name)) continue;
      this.#emit({ type: "verdict", kimg: this.#session.trainer.kimg, ...verdict });
    }
    this.#verdicts = new Set(verdicts.map(({ name }) => name));
  }

  /** Goes back to the last checkpoint with half the learning rates. */
  async #recover(error: DivergenceError): Promise<void> {
    const { trainer, run } = this.#session;
    this.#divergences++;
    const divergedAtKimg = trainer.kimg;
    if (this.#divergences >= MAX_DIVERGENCES) {
      throw new DivergenceError(
        `${error.message} It is the third time, so training ends. Raise gamma, lower learningRate, or look at the data; the run can be resumed with \`ganbox resume ${run.path}\`.`,
        { cause: error },
      );
    }
    const scale = trainer.progress.learningRateScale;
    const checkpoint = readNewestCheckpoint(run.checkpoints, (message) =>
      this.#emit({ type: "warning", message }),
    );
    if (checkpoint === undefined) throw error;
    trainer.restore(checkpoint.tensors, { ...checkpoint.progress, learningRateScale: scale });
    trainer.halveLearningRates();
    this.#evaluator.discardAfter(trainer.progress.step);
    this.#meter.reset();
    const kimg = trainer.kimg.toFixed(2);
    this.#emit({
      type: "warning",
      message: `${error.message} Going back to the checkpoint at ${kimg} kimg with half the learning rates.`,
      divergedAtKimg,
    });
    this.#judge();
  }

  async #sample(): Promise<void> {
    const { trainer, drawer, run } = this.#session;
    this.#sampledAt = trainer.kimg;
    const { architecture } = run.config;
    const pictures = await drawer.draw(SAMPLES, trainer.state);
    const images = pictures.map((planes) => drawSample(planes, architecture));
    const path = join(run.path, "samples", `kimg-${trainer.kimg.toFixed(1).padStart(8, "0")}.png`);
    await writeImage(path, imageGrid(images, { columns: 6 }));
    this.#emit({ type: "sample", kimg: trainer.kimg, path });
  }

  async #checkpoint(): Promise<void> {
    const { trainer, engine, run, lock } = this.#session;
    lock.check();
    const tensors = new Map<string, HostTensor>();
    for (const name of trainer.checkpointNames) tensors.set(name, await trainer.state.get(name));
    const path = writeCheckpoint(run.checkpoints, {
      tensors,
      progress: trainer.progress,
      seconds: this.#seconds,
      choices: engine.choices,
    });
    const { info, weights, model } = await this.#generator();
    writeFileDurably(run.modelPath, model);
    writeFileDurably(
      run.file("model", "model.safetensors"),
      encodeSafetensors(weights, { ganbox: JSON.stringify(info) }),
    );
    if (familyOf(info.architecture.family).discriminator !== undefined) {
      const judge = encodeDiscriminator(info, await trainer.weightsOf("D"));
      writeFileDurably(run.discriminatorPath, judge);
    }
    if (familyOf(info.architecture.family).encoder !== undefined)
      writeFileDurably(run.encoderPath, encodeEncoder(info, await trainer.weightsOf("E")));
    this.#lastCheckpoint = performance.now();
    this.#emit({ type: "checkpoint", kimg: trainer.kimg, path });
  }

  /** The averaged generator as it is now. */
  async #generator(): Promise<{
    info: ModelInfo;
    weights: Map<string, HostTensor>;
    model: Uint8Array;
  }> {
    const { trainer, run } = this.#session;
    const { architecture, data } = run.config;
    const weights = await trainer.weightsOf("G");
    const info: ModelInfo = {
      version: 1,
      architecture,
      classes: architecture.classes === 0 ? [] : data.classes,
      kimg: trainer.kimg,
      data: basename(resolve(data.source)),
    };
    return { info, weights, model: encodeGenerator(info, weights) };
  }
}

/** What a run has said so far. A line that a crash cut off is ended, so that the next one begins anew. */
function mendedText(path: string): string {
  if (!existsSync(path)) return "";
  const text = readFileSync(path, "utf8");
  if (text !== "" && !text.endsWith("\n")) appendLine(path, "");
  return text;
}
