import type { ChildProcess } from "node:child_process";
import { readdirSync, renameSync, rmSync } from "node:fs";
import type { PrepareEvent } from "../base/events.ts";
import { writeFileDurably } from "./files.node.ts";
import { forkModule } from "./fork.node.ts";
import type { FromEvaluator, ToEvaluator } from "./messages.ts";
import type { QuickMetric } from "./quick-metric.node.ts";
import type { RunFolder } from "./run-folder.node.ts";

/** A snapshot that was measured, or why it could not be. */
export interface Evaluation {
  /** Position of the snapshot. */
  readonly step: number;
  readonly outcome:
    | { readonly metric: QuickMetric; readonly cpuSeconds: number }
    | { readonly problem: string };
}

const NAME = /^step-(\d{9})\.onnx$/;

/**
 * Measures snapshots of a run one after the other in a process of low priority, which is there only while there are any.
 *
 * A snapshot is a copy of the weights in a file, `model/step-….onnx`, until it is settled: a file that is there has not been dealt with, whatever
 * happened to the process. So nothing about it needs to be in a checkpoint.
 */
export class Evaluator {
  readonly #run: RunFolder;
  readonly #onPrepare: (event: PrepareEvent) => void;
  readonly #waiting: number[] = [];
  #done: Evaluation[] = [];
  #child: ChildProcess | undefined;
  #beside = true;

  constructor(run: RunFolder, onPrepare: (event: PrepareEvent) => void) {
    this.#run = run;
    this.#onPrepare = onPrepare;
  }

  /** Snapshots whose evaluations have not been taken. */
  get pending(): number {
    return this.#waiting.length + this.#done.length;
  }

  /**
   * Keeps a snapshot to be measured. Only the file is written before this returns.
   *
   * @throws {CheckpointError} if it cannot be written.
   */
  add(step: number, model: Uint8Array): void {
    writeFileDurably(this.#path(step), model);
    this.#enqueue(step);
  }

  /** Goes on with the snapshots that an earlier session left up to `step`. Later ones will be made again. */
  adopt(step: number): void {
    this.discardAfter(step);
    for (const left of this.#files()) this.#enqueue(left);
  }

  /** Forgets the snapshots after `step`: training has gone back to it. */
  discardAfter(step: number): void {
    const later = (other: number): boolean => other > step;
    if (this.#waiting.some(later) || this.#done.some((done) => later(done.step)))
      this.#endProcess();
    for (const other of this.#files().filter(later)) this.settle(other, false);
    this.#waiting.splice(0, this.#waiting.length, ...this.#waiting.filter((s) => !later(s)));
    this.#done = this.#done.filter((done) => !later(done.step));
    if (this.#child === undefined) this.#next();
  }

  /** Gives way no longer: training has ended and waits. A process cannot take back its low priority, so the current snapshot begins anew. */
  hurry(): void {
    this.#beside = false;
    this.#endProcess();
    this.#next();
  }

  /** Evaluations since the last call, in the order of their snapshots. */
  take(): Evaluation[] {
    const done = this.#done;
    this.#done = [];
    return done;
  }

  /** Deals with a snapshot's file: the best becomes `model/best.onnx`, others go. */
  settle(step: number, best: boolean): void {
    if (best) renameSync(this.#path(step), this.#run.bestModelPath);
    else rmSync(this.#path(step), { force: true });
  }

  /** Ends the process. Snapshots that were not measured stay for the next session. */
  close(): void {
    this.#waiting.length = 0;
    this.#endProcess();
  }

  #path(step: number): string {
    return this.#run.file("model", `step-${String(step).padStart(9, "0")}.onnx`);
  }

  #files(): number[] {
    return readdirSync(this.#run.file("model"))
      .flatMap((name) => NAME.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  }

  #enqueue(step: number): void {
    this.#waiting.push(step);
    if (this.#waiting.length === 1) this.#next();
  }

  /** Sends the first snapshot that waits, or ends the process when there is none. */
  #next(): void {
    const [step] = this.#waiting;
    if (step === undefined) {
      this.#endProcess();
      return;
    }
    this.#child ??= this.#startProcess();
    const path = this.#path(step);
    const message: ToEvaluator = { run: this.#run.path, path, beside: this.#beside };
    this.#child.send(message, () => undefined);
  }

  #startProcess(): ChildProcess {
    const child = forkModule("evaluator-worker.node");
    const current = (): boolean => this.#child === child;
    child.on("message", (message: FromEvaluator) => {
      if (!current()) return;
      if (message.type === "event") this.#onPrepare(message.event);
      else if (message.type === "metric") this.#finish(message);
      else this.#finish({ problem: message.message });
    });
    const gone = (why: string): void => {
      if (!current()) return;
      this.#child = undefined;
      this.#finish({ problem: `its process ended (${why})` });
    };
    child.on("error", (error) => gone(error.message)); // it never began
    child.on("exit", (code, signal) => gone(signal ?? `code ${code}`));
    return child;
  }

  #finish(outcome: Evaluation["outcome"]): void {
    const step = this.#waiting.shift();
    if (step !== undefined) this.#done.push({ step, outcome });
    this.#next();
  }

  #endProcess(): void {
    const child = this.#child;
    this.#child = undefined;
    child?.kill("SIGKILL");
  }
}
