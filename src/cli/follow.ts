import { CancelledError } from "../base/errors.ts";
import type { DoneEvent } from "../base/events.ts";
import {
  type RunConfig,
  RunFolder,
  startTraining,
  type TrainingHandle,
  type TrainingRequest,
} from "../box/training.ts";
import type { Reporter } from "./reporter.ts";
import { formatDuration, formatNumber, showPath } from "./text.ts";

/** How far a training has come, for messages. */
interface Progress {
  run: string | undefined;
  kimg: number;
  /** Position of the newest checkpoint, or undefined before the first. */
  saved: number | undefined;
}

/**
 * Starts a training and shows it to its end. The first Ctrl-C lets it finish the step and write a checkpoint, the second ends it at once.
 *
 * @param onHandle Gets the training as soon as it exists.
 * @returns How it ended, or undefined if it was ended at once.
 */
export async function follow(
  request: TrainingRequest,
  reporter: Reporter,
  onHandle: (handle: TrainingHandle) => void = () => undefined,
): Promise<DoneEvent | undefined> {
  const handle = startTraining(request);
  const progress: Progress = {
    run: "resume" in request ? request.resume : undefined,
    kimg: 0,
    saved: undefined,
  };
  let interrupts = 0;
  const interrupt = (): void => {
    interrupts++;
    if (interrupts === 1) {
      reporter.note(
        "Stopping: finishing this step and writing a checkpoint. Ctrl-C again stops at once and loses what was done since the last checkpoint.",
      );
      handle.stop();
    } else if (interrupts === 2) handle.kill();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  onHandle(handle);
  let done: DoneEvent | undefined;
  try {
    for await (const event of handle) {
      if (event.type === "start") progress.run = event.run;
      if (event.type === "start" || event.type === "tick") progress.kimg = event.kimg;
      if (event.type === "checkpoint") progress.saved = progress.kimg = event.kimg;
      if (event.type === "done") done = event;
      reporter.event(event);
      if (event.type === "start") reporter.note(describeSettings(RunFolder.open(event.run).config));
    }
  } catch (error) {
    if (!(error instanceof CancelledError) || interrupts < 2) throw error;
    reporter.close();
    reporter.note(killed(progress));
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
    reporter.close();
  }
  return done;
}

/** The settings that were chosen or given, those that matter most. */
export function describeSettings(config: RunConfig): string {
  const { batch, microBatch, replicas, gamma, learningRate, beta2, emaHalflifeKimg } = config;
  const passes = microBatch * replicas >= batch ? "" : ` in passes of ${microBatch}`;
  const range = ([start, end]: readonly [number, number]): string =>
    start === end ? formatNumber(start) : `${formatNumber(start)} to ${formatNumber(end)}`;
  return [
    `batch ${batch}${passes}`,
    `gamma ${range(gamma)}`,
    `learning rate ${range(learningRate)}`,
    `beta2 ${range(beta2)}`,
    `EMA half-life ${range(emaHalflifeKimg)} kimg`,
    `schedules over ${formatNumber(config.scheduleKimg)} kimg`,
    `augmentation ${config.augment}`,
    `threads ${config.threads}${replicas > 1 ? ` in ${replicas} replicas` : ""}`,
  ].join(", ");
}

/** What was lost by stopping at once. */
function killed({ run, kimg, saved }: Progress): string {
  if (run === undefined) return "Stopped at once, before the training began. Nothing was lost.";
  if (saved === undefined) {
    return `Stopped at once. What was done since the last checkpoint is lost. Go on with: ganbox resume ${showPath(run)}`;
  }
  const lost = `at least ${formatNumber(kimg - saved)} kimg since the checkpoint at ${formatNumber(saved)} kimg`;
  return `Stopped at once. Lost: ${lost}. Go on with: ganbox resume ${showPath(run)}`;
}

/** A snapshot that was better than the last one. */
function describeBest({ kimg, kid, model }: NonNullable<DoneEvent["best"]>): string {
  return `The best snapshot by the quick metric is that of ${formatNumber(kimg)} kimg (KID ${formatNumber(kid)}): ${showPath(model)}`;
}

/** What can be done with a finished run. */
function nextStep(run: string): string {
  const { family } = RunFolder.open(run).config.architecture;
  if (family === "sound")
    return `Make sounds with: ganbox sounds generate ${showPath(run)} --seeds 0-15 --out sounds`;
  if (family === "music")
    return `Make music with: ganbox music generate ${showPath(run)} --seeds 0-7 --out songs`;
  if (family === "video")
    return `Make films with: ganbox generate ${showPath(run)} --video --seconds 10 --out film.mp4`;
  return `Make pictures with: ganbox generate ${showPath(run)} --seeds 0-31 --out pictures --grid`;
}

/** Follows a training and says at the end what can be done next. The exit code becomes 130 if it was stopped. */
export async function followToEnd(request: TrainingRequest, reporter: Reporter): Promise<void> {
  const done = await follow(request, reporter);
  if (done?.complete !== true) process.exitCode = 130;
  if (done === undefined) return;
  const { run, kimg, seconds, complete, model, best } = done;
  const trained = `${formatNumber(kimg)} kimg in ${formatDuration(seconds)}`;
  if (complete) {
    reporter.note(`Done: ${trained}. The generator is ${showPath(model)}`);
    if (best !== undefined && best.kimg !== kimg) reporter.note(describeBest(best));
    reporter.note(nextStep(run));
  } else {
    reporter.note(`Stopped after ${trained}; a checkpoint is saved.`);
    reporter.note(`Go on with: ganbox resume ${showPath(run)}`);
  }
}
