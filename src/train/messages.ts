import type { PrepareEvent, TrainEvent } from "../base/events.ts";
import type { RunConfig } from "./config.ts";
import type { TrainOptions } from "./options.ts";
import type { QuickMetric } from "./quick-metric.node.ts";

/** A new run, or one to go on with. */
export type TrainingRequest =
  | { readonly source: string; readonly options: TrainOptions; readonly runs: string }
  | { readonly resume: string };

/** What a run would cost, measured on this machine. */
export interface TrainingPlan {
  readonly config: RunConfig;
  readonly parameters: { readonly generator: number; readonly discriminator: number };
  /** Peak memory of the training process [MB]. */
  readonly memoryMb: number;
  readonly secondsPerKimg: number;
  /** Whole run [s]. */
  readonly seconds: number;
}

/** Messages to the training process. */
export type ToWorker =
  | { readonly type: "train"; readonly request: TrainingRequest }
  | { readonly type: "plan"; readonly source: string; readonly options: TrainOptions }
  | { readonly type: "stop" };

/** Messages from the training process. */
export type FromWorker =
  | { readonly type: "event"; readonly event: TrainEvent | PrepareEvent }
  | { readonly type: "plan"; readonly plan: TrainingPlan }
  | { readonly type: "end" }
  | {
      readonly type: "error";
      readonly name: string;
      readonly code: string | undefined;
      readonly message: string;
      readonly stack: string;
    };

/** Message to the process that measures snapshots: one to measure. */
export interface ToEvaluator {
  /** Folder of the run. */
  readonly run: string;
  /** The snapshot's ONNX file. */
  readonly path: string;
  /** Whether training goes on beside it. */
  readonly beside: boolean;
}

/** Messages from the process that measures snapshots. */
export type FromEvaluator =
  | { readonly type: "event"; readonly event: PrepareEvent }
  | { readonly type: "metric"; readonly metric: QuickMetric; readonly cpuSeconds: number }
  | { readonly type: "error"; readonly message: string };
