import { CancelledError, CheckpointError, invariant } from "../../base/errors.ts";
import type { TrainEvent } from "../../base/events.ts";
import { startTraining } from "../../train/host.node.ts";
import type { TrainOptions } from "../../train/options.ts";
import { type RunRecord, readRun } from "../workspace/run-record.ts";
import type { Cost } from "./figures.ts";
import type { Plan } from "./plan.ts";

/** What one family's training needs. */
export interface FamilyTraining {
  readonly family: string;
  readonly plan: Plan;
  readonly source: string;
  readonly options: TrainOptions;
  readonly signal: AbortSignal | undefined;
  readonly onEvent: (event: TrainEvent) => void;
}

/**
 * Trains a family, goes on with its run, or finds that it is done.
 *
 * @throws {CancelledError} if the signal stopped it; a checkpoint is written then.
 */
export async function trainFamily(training: FamilyTraining): Promise<RunRecord> {
  const { family, plan, source, options, signal, onEvent } = training;
  const before = plan.runOf(family);
  if (before !== undefined) {
    const record = readRun(before);
    if (record.summary.problem !== undefined) throw new CheckpointError(record.summary.problem);
    if (record.summary.state === "finished") return record;
  }
  const handle = startTraining(
    before === undefined
      ? { source, options: { ...options, family }, runs: plan.runs }
      : { resume: before },
  );
  const stop = (): void => handle.stop();
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop();
  let [run, complete, kimg] = [before, false, 0];
  try {
    for await (const event of handle) {
      if (event.type === "start") {
        run = event.run;
        plan.note(family, run);
      } else if (event.type === "done") {
        complete = event.complete;
        kimg = event.kimg;
      }
      onEvent(event);
    }
  } finally {
    signal?.removeEventListener("abort", stop);
  }
  if (!complete) {
    throw new CancelledError(
      `compare: stopped in the training of ${family} after ${kimg.toFixed(1)} kimg; a checkpoint is saved. Repeat the same command to go on.`,
    );
  }
  invariant(run !== undefined, "a training ended without a start");
  return readRun(run);
}

/** What a finished run has cost. */
export function trainingCost({ ticks, start, summary }: RunRecord): Omit<Cost, "imagesPerSecond"> {
  const seconds = ticks.at(-1)?.seconds ?? 0;
  const { generator = 0, discriminator = 0, encoder = 0 } = start?.parameters ?? {};
  return {
    seconds,
    secondsPerKimg: seconds / Math.max(summary.kimg, Number.MIN_VALUE),
    memoryMb: Math.max(0, ...ticks.map(({ memoryMb }) => memoryMb)),
    weights: { generator, discriminator, encoder },
  };
}
